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

  /// Whether a round of `cpu` to `targets`, beginning now, may be computed in place.
  [[nodiscard]] bool possible(const Cpu& cpu, const std::vector<CpuId>& targets,
                              const RemoteFunction& function) const;

  /// Computes the round and charges for it; when it is over.
  Time run(Cpu& cpu, const std::vector<CpuId>& targets, const RemoteFunction& function);

  void settle(CpuId cpu) override;

 private:
  /// What has been spent on one target's behalf and is not yet in its account.
  struct Spent {
    std::int64_t legs = 0;
    Time slept;
    Time waking;
    Time memory;
    Time function;
  };
  /// One leg's steps with what they have in common.
  struct Leg;

  SmpCall& smp_;
  System& system_;
  mmu::IdVector<CpuId, Spent> spent_;
  std::vector<Time> released_;  ///< scratch: when each target has released its call
  std::vector<Time> distance_;  ///< transfer between `distance_from_` and every CPU
  CpuId distance_from_{interconnect::kNobody};
  cpus::PathId idle_path_;
  cpus::PathId handler_path_;
  cpus::PathId function_path_;
};

/// The round as one operation of the sender.
struct QuiescentRound {
  QuiescentRounds* rounds;
  const std::vector<CpuId>* targets;
  const RemoteFunction* function;
  Time issue(Cpu& cpu) const { return rounds->run(cpu, *targets, *function); }
  void effect(Cpu&) const {}
};

}  // namespace p9mmu::workloads
