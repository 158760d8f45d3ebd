// The scheduler that knows time: appointments come as SystemC events, one pending per hardware thread.
// Appointments for the same moment are kept in the order of CPU numbers, whatever order SystemC's evaluation
// phase has. With exact events nobody ever goes on without an appointment; otherwise a CPU runs ahead up to
// the next one of another. Both give the same figures.
#pragma once

#include <systemc>
#include <vector>

#include "cpus/appointments.h"
#include "cpus/scheduler.h"

namespace p9mmu::cpus {

class System;

class TimedScheduler final : public Scheduler {
 public:
  TimedScheduler(std::uint32_t cpus, bool exact_events);

  /// The system that is run, and for each CPU the event that its module is sensitive to.
  void connect(System& system, std::vector<sc_core::sc_event*> events);

  void schedule(CpuId cpu, Time at) override;
  void cancel(CpuId cpu) override;

  /// Keeps every appointment of the present moment, in order.
  void keep_appointments();

  /// How many appointments have been kept.
  [[nodiscard]] std::int64_t kept() const { return kept_; }

 private:
  void update_horizon();

  const bool exact_events_;
  Appointments appointments_;
  System* system_ = nullptr;
  std::vector<sc_core::sc_event*> events_;
  std::int64_t kept_ = 0;
};

}  // namespace p9mmu::cpus
