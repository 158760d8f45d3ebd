#include "cpus/timed_scheduler.h"

#include <utility>

#include "cpus/system.h"
#include "interconnect/sc_time_conversion.h"
#include "mmu/check.h"

namespace p9mmu::cpus {

TimedScheduler::TimedScheduler(std::uint32_t cpus, bool exact_events)
    : exact_events_(exact_events), appointments_(cpus) {
  update_horizon();
}

void TimedScheduler::connect(System& system, std::vector<sc_core::sc_event*> events) {
  system_ = &system;
  events_ = std::move(events);
}

void TimedScheduler::update_horizon() {
  if (exact_events_) {
    return;
  }
  horizon_ = appointments_.empty() ? Time::never() : appointments_.first().at;
  horizon_cpu_ = appointments_.empty() ? 0 : appointments_.first().cpu;
}

void TimedScheduler::schedule(CpuId cpu, Time at) {
  const Time present = interconnect::from_sc_time(sc_core::sc_time_stamp());
  P9MMU_CHECK(at >= present, "CPU " << cpu.value() << " at " << at.ps() << ", present " << present.ps());
  sc_core::sc_event& event = *events_[cpu.value()];
  // An appointment that was kept early, in the order of CPUs, has left its notification behind; SystemC would
  // drop a later one beside it.
  event.cancel();
  appointments_.set(cpu, at);
  update_horizon();
  event.notify(interconnect::to_sc_time(at - present));
}

void TimedScheduler::cancel(CpuId cpu) {
  events_[cpu.value()]->cancel();
  appointments_.remove(cpu);
  update_horizon();
}

void TimedScheduler::keep_appointments() {
  const Time present = interconnect::from_sc_time(sc_core::sc_time_stamp());
  while (!appointments_.empty() && appointments_.first().at == present) {
    const CpuId cpu(appointments_.first().cpu);
    appointments_.remove(cpu);
    update_horizon();
    ++kept_;
    system_->cpu(cpu).dispatch(present);
    if (system_->failure) [[unlikely]] {
      sc_core::sc_stop();
      return;
    }
  }
}

}  // namespace p9mmu::cpus
