// A scheduler for tests: the same appointments as the timed one, kept by a plain loop instead of SystemC, so
// that a test can have any number of machines and stop them at any moment. With exact events nobody ever runs
// ahead. What both schedulers promise is in tests/cpus/scheduler_contract.h.
#pragma once

#include <cstdint>
#include <exception>

#include "cpus/appointments.h"
#include "cpus/scheduler.h"
#include "cpus/system.h"
#include "mmu/check.h"

namespace p9mmu::testing {

using interconnect::CpuId;
using interconnect::Time;

class ManualScheduler final : public cpus::Scheduler {
 public:
  ManualScheduler(std::uint32_t cpus, bool exact_events)
      : exact_events_(exact_events), appointments_(cpus), limit_(Time::never()) {
    update_horizon();
  }

  void connect(cpus::System& system) { system_ = &system; }

  void schedule(CpuId cpu, Time at) override {
    P9MMU_CHECK(at >= present_, "CPU " << cpu.value() << " at " << at.ps() << ", present " << present_.ps());
    appointments_.set(cpu, at);
    update_horizon();
  }
  void cancel(CpuId cpu) override {
    appointments_.remove(cpu);
    update_horizon();
  }

  /// Keeps every appointment up to and at `last`; nobody runs ahead of it.
  void run_until(Time last) {
    limit_ = last;
    update_horizon();
    while (!appointments_.empty() && appointments_.first().at <= last) {
      const CpuId cpu(appointments_.first().cpu);
      present_ = appointments_.first().at;
      appointments_.remove(cpu);
      update_horizon();
      ++kept_;
      system_->cpu(cpu).dispatch(present_);
      if (system_->failure) {
        std::rethrow_exception(system_->failure);
      }
    }
    if (last != Time::never()) {
      present_ = last;
    }
  }
  /// Until nobody has an appointment.
  void run() { run_until(Time::never()); }

  [[nodiscard]] Time present() const { return present_; }
  /// How many appointments have been kept.
  [[nodiscard]] std::int64_t kept() const { return kept_; }

 private:
  void update_horizon() {
    if (exact_events_) {
      return;
    }
    horizon_ = appointments_.empty() ? Time::never() : appointments_.first().at;
    horizon_cpu_ = appointments_.empty() ? 0 : appointments_.first().cpu;
    if (limit_ < horizon_) {
      // Steps that end at the limit are still taken, by whatever CPU.
      horizon_ = limit_ + Time(1);
      horizon_cpu_ = 0;
    }
  }

  const bool exact_events_;
  cpus::Appointments appointments_;
  cpus::System* system_ = nullptr;
  Time present_;
  Time limit_;
  std::int64_t kept_ = 0;
};

}  // namespace p9mmu::testing
