// A round of interrupts to quiescent targets, computed leg by leg in one pass: every target is idle with
// interrupts on and nothing else happens before the round can be over. Each leg has its own distances, line
// owners, idle state and wake-up; the steps and their order are those of workloads/linux/smp_call.cpp, and
// the figures are equal to the picosecond. What is charged to the targets is summed up here and written into
// their accounts when these are read.
#pragma once

#include <cstdint>
#include <vector>

#include "cpus/operations.h"
#include "workloads/linux/smp_call.h"

namespace p9mmu::workloads {

class QuiescentRounds final : public cpus::DeferredCharges {
 public:
  explicit QuiescentRounds(SmpCall& smp);

  /// Whether a round of `cpu` to these targets, beginning now, may be computed in place.
  [[nodiscard]] bool possible(const Cpu& cpu, const TargetList& list, const RemoteFunction& function) const;

  /// Computes the round and charges for it; when it is over.
  Time run(Cpu& cpu, const TargetList& list, const RemoteFunction& function);

  void settle(CpuId cpu) override;

 private:
  /// What has been spent on one target's behalf and is not yet in its account.
  struct Spent {
    std::int64_t legs = 0;
    Time slept;
    Time waking;
    Time memory;
  };
  /// What one leg to a target costs when all its lines are as the sender's last round has left them: every
  /// access is one transfer over the same distance.
  struct SettledLeg {
    Time distance;
    Time issue;     ///< of the sending instruction
    Time delivery;  ///< from its issue until the interrupt is pending
  };
  /// The steps of a leg, with what all legs of a round have in common.
  struct Leg;

  // Both begin at `over`, leave there when the round is over, and return the leg with the sender's charges.
  Leg run_settled(Leg leg, const std::vector<CpuId>& targets, Time& over);
  Leg run_first(Leg leg, const TargetList& list, Time& over);
  void charge_sender(Cpu& cpu, const Leg& leg, std::int64_t targets);

  SmpCall& smp_;
  System& system_;
  mmu::IdVector<CpuId, Spent> spent_;
  Time function_;               ///< cost of the function in what is spent
  std::vector<Time> released_;  ///< scratch: when each target has released its call
  // The round whose lines are settled: no step has written one of them since.
  std::uint64_t settled_list_ = 0;
  std::uint64_t settled_writes_ = 0;
  std::vector<SettledLeg> settled_;
  cpus::PathId idle_path_;
  cpus::PathId handler_path_;
  cpus::PathId function_path_;
};

/// The round as one operation of the sender.
struct QuiescentRound {
  static constexpr const char* kName = "round of interrupts";
  QuiescentRounds* rounds;
  const TargetList* list;
  const RemoteFunction* function;
  Time issue(Cpu& cpu) const { return rounds->run(cpu, *list, *function); }
  void effect(Cpu&) const {}
};

}  // namespace p9mmu::workloads
