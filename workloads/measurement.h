// Phases: what happened in the whole machine between two moments of one CPU, and where every CPU's time went.
// The accounts of each CPU are checked to add up to the time that has passed, at the begin and at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpus/system.h"

namespace p9mmu::workloads {

/// Time that CPUs spent in one routine for one cause.
struct Spending {
  bool measured_cpu;  ///< the measured CPU, or all the others together
  std::string path;   ///< routine names joined by ';', outermost first
  cpus::Cause cause;
  interconnect::Time span;
};

struct Phase {
  std::string name;
  interconnect::CpuId cpu;
  interconnect::Time begin;
  interconnect::Time end;
  cpus::Counters counters;
  cpus::TimeHistogram ipi_round_times;  ///< of the rounds that ended in the phase
  std::vector<Spending> spending;       ///< ordered by path and cause; none of them zero
  /// Taken from other CPUs: waking them, their interrupts and guest exits, and what snoops cost programs
  /// there.
  interconnect::Time taken_from_others;
};

class Measurements {
 public:
  explicit Measurements(cpus::System& system) : system_(system) {}

  /// `cpu` begins phase `name` now.
  void begin(const cpus::Cpu& cpu, const std::string& name);
  /// It ends now. The phase must have been begun on that CPU and not ended.
  void end(const cpus::Cpu& cpu, const std::string& name);

  /// The phases that have ended, in that order.
  [[nodiscard]] const std::vector<Phase>& phases() const { return phases_; }
  /// A phase that has begun and not ended, or none.
  [[nodiscard]] const Phase* open() const { return open_.empty() ? nullptr : &open_.front().phase; }

 private:
  using AccountViews = std::vector<std::vector<interconnect::Time>>;
  struct Open {
    Phase phase;
    cpus::Counters counters;
    cpus::TimeHistogram ipi_round_times;
    AccountViews accounts;
  };
  /// All CPUs' accounts at `moment`, each checked to add up to it.
  AccountViews view_accounts(interconnect::Time moment);
  void spend(Phase& phase, const AccountViews& before, const AccountViews& after);

  cpus::System& system_;
  std::vector<Open> open_;
  std::vector<Phase> phases_;
};

}  // namespace p9mmu::workloads
