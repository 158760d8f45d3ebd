// The processors as SystemC users look for them: machine.chip0.core3.thread1. The modules give names, events
// and ports; what a hardware thread does is cpus/cpu.h's. A different fabric or interrupt controller is bound
// to the ports in place of the machine's own.
#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "cpus/system.h"
#include "cpus/timed_scheduler.h"
#include "interconnect/fabric.h"

namespace p9mmu::cpus {

class HwThread final : public sc_core::sc_module {
 public:
  HwThread(const sc_core::sc_module_name& name, TimedScheduler& scheduler);

  sc_core::sc_port<interconnect::IpiIf> ipi{"ipi"};
  sc_core::sc_event appointment;

 private:
  void keep_appointment() { scheduler_.keep_appointments(); }
  TimedScheduler& scheduler_;
};

class Core final : public sc_core::sc_module {
 public:
  Core(const sc_core::sc_module_name& name, std::uint32_t threads, TimedScheduler& scheduler);

  sc_core::sc_port<interconnect::TlbieFabricIf> fabric{"fabric"};
  [[nodiscard]] const std::vector<std::unique_ptr<HwThread>>& threads() const { return threads_; }

 private:
  std::vector<std::unique_ptr<HwThread>> threads_;
};

class Chip final : public sc_core::sc_module {
 public:
  Chip(const sc_core::sc_module_name& name, std::uint32_t cores, std::uint32_t threads,
       TimedScheduler& scheduler);

  [[nodiscard]] const std::vector<std::unique_ptr<Core>>& cores() const { return cores_; }

 private:
  std::vector<std::unique_ptr<Core>> cores_;
};

class Machine final : public sc_core::sc_module {
 public:
  Machine(const sc_core::sc_module_name& name, const interconnect::InterconnectParameters& interconnect,
          const CpuParameters& cpu, const mmu::MmuParameters& mmu, bool exact_events);

  [[nodiscard]] System& system() { return system_; }
  [[nodiscard]] const TimedScheduler& scheduler() const { return scheduler_; }

  /// Simulates until nobody has anything to do. One SystemC simulation per process: call it once.
  void run();

 private:
  void end_of_elaboration() override;

  TimedScheduler scheduler_;
  System system_;
  interconnect::Fabric fabric_;
  interconnect::IpiController ipi_;
  std::vector<std::unique_ptr<Chip>> chips_;
};

}  // namespace p9mmu::cpus
