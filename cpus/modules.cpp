#include "cpus/modules.h"

#include <string>

#include "interconnect/sc_time_conversion.h"
#include "mmu/check.h"

namespace p9mmu::cpus {

HwThread::HwThread(const sc_core::sc_module_name& name, TimedScheduler& scheduler)
    : sc_module(name), scheduler_(scheduler) {
  SC_HAS_PROCESS(HwThread);
  SC_METHOD(keep_appointment);
  sensitive << appointment;
  dont_initialize();
}

Core::Core(const sc_core::sc_module_name& name, std::uint32_t threads, TimedScheduler& scheduler)
    : sc_module(name) {
  for (std::uint32_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<HwThread>(("thread" + std::to_string(i)).c_str(), scheduler));
  }
}

Chip::Chip(const sc_core::sc_module_name& name, std::uint32_t cores, std::uint32_t threads,
           TimedScheduler& scheduler)
    : sc_module(name) {
  for (std::uint32_t i = 0; i < cores; ++i) {
    cores_.push_back(std::make_unique<Core>(("core" + std::to_string(i)).c_str(), threads, scheduler));
  }
}

Machine::Machine(const sc_core::sc_module_name& name,
                 const interconnect::InterconnectParameters& interconnect, const CpuParameters& cpu,
                 const mmu::MmuParameters& mmu, bool exact_events)
    : sc_module(name),
      scheduler_(interconnect.topology.cpus(), exact_events),
      system_(interconnect, cpu, mmu, scheduler_),
      fabric_("fabric", interconnect.tlbie, system_.topology()),
      ipi_("ipi", interconnect.ipi) {
  P9MMU_CHECK(sc_core::sc_get_time_resolution() == interconnect::to_sc_time(Time(1)),
              "SystemC's resolution is " << sc_core::sc_get_time_resolution());
  std::vector<sc_core::sc_event*> events;
  for (std::uint32_t i = 0; i < interconnect.topology.chips; ++i) {
    chips_.push_back(std::make_unique<Chip>(("chip" + std::to_string(i)).c_str(),
                                            interconnect.topology.cores_per_chip,
                                            interconnect.topology.threads_per_core, scheduler_));
    for (const std::unique_ptr<Core>& core : chips_.back()->cores()) {
      core->fabric.bind(fabric_);
      for (const std::unique_ptr<HwThread>& thread : core->threads()) {
        thread->ipi.bind(ipi_);
        events.push_back(&thread->appointment);
      }
    }
  }
  scheduler_.connect(system_, std::move(events));
}

void Machine::end_of_elaboration() {
  Core& first = *chips_.front()->cores().front();
  system_.connect(*first.fabric.operator->(), *first.threads().front()->ipi.operator->());
}

void Machine::run() {
  sc_core::sc_start();
  if (system_.failure) {
    std::rethrow_exception(system_.failure);
  }
}

}  // namespace p9mmu::cpus
