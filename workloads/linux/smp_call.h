// smp_call_function_many and the doorbell's handler: how one CPU has a function run on many and waits for
// them. Three serial loops over the targets in CPU order: queue the call, send the interrupt, wait for each.
// The lines that travel are the ones that matter: the call itself (csd), the target's call queue, its message
// word, its host_ipi. A round to quiescent targets is computed in place (workloads/linux/quiescent_round.h);
// otherwise every step is an operation and every target runs the handler. Both give the same figures.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cpus/interrupt_handler.h"
#include "cpus/system.h"
#include "cpus/watched_line.h"
#include "workloads/linux/cpu_mask.h"
#include "workloads/linux/parameters.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using cpus::System;
using cpus::Task;

/// What a function does beyond costing time; it runs in the interrupt handler of each target.
class RemoteWork {
 public:
  virtual ~RemoteWork() = default;
  virtual Task<void> run(Cpu& cpu) = 0;
};

/// A function that other CPUs are asked to run: its name, its cost, and its work, if that is more than time.
struct RemoteFunction {
  const char* name;
  Time cost;
  RemoteWork* work = nullptr;
};

/// call_single_data: one sender's call for one target.
struct CallSingleData {
  cpus::WatchedLine line;
  bool locked = false;  ///< CSD_FLAG_LOCK: until the target has run it
  const RemoteFunction* function = nullptr;
};

/// Calls that wait for one CPU, in the order in which they were queued.
using CallQueue = std::vector<CallSingleData*>;

/// What of a target's per-CPU data a sender writes.
struct CallTarget {
  interconnect::Line queue;     ///< call_single_queue
  interconnect::Line message;   ///< the message word of the multiplexed IPI
  interconnect::Line host_ipi;  ///< in its paca
};

/// The targets of one sender's rounds: mm_cpumask without itself, in CPU order.
struct TargetList {
  const CpuMask* mask = nullptr;
  std::uint64_t version = 0;  ///< of the mask
  std::uint64_t serial = 0;   ///< differs from every other list's, and changes when the targets do
  std::vector<CpuId> targets;
};

class QuiescentRounds;

class SmpCall final : public cpus::InterruptHandler {
 public:
  SmpCall(System& system, const KernelParameters& parameters);
  ~SmpCall() override;
  SmpCall(const SmpCall&) = delete;
  SmpCall& operator=(const SmpCall&) = delete;

  /// Runs `function` on every CPU of `mask` but this one and waits until all have. Preemption is off,
  /// interrupts are on. `function` must outlive the call.
  Task<void> smp_call_function_many(Cpu& cpu, const CpuMask& mask, const RemoteFunction& function);

  // The handler of the doorbell.
  [[nodiscard]] Time entry() const override { return parameters_.doorbell_entry; }
  [[nodiscard]] Time exit() const override { return parameters_.doorbell_exit; }
  [[nodiscard]] const char* name() const override { return "doorbell_exception"; }
  Task<void> handle(Cpu& cpu) override;

  // --- For the steps of a round ---
  [[nodiscard]] System& system() { return system_; }
  [[nodiscard]] const KernelParameters& parameters() const { return parameters_; }
  [[nodiscard]] CallTarget& target(CpuId cpu) { return targets_[cpu]; }
  /// The calls of one sender, by target.
  [[nodiscard]] mmu::IdVector<CpuId, CallSingleData>& calls_of(CpuId sender);
  [[nodiscard]] CallQueue& queue(CpuId cpu) { return queues_[cpu]; }
  /// How often a step has written one of the lines that a round's legs write.
  [[nodiscard]] std::uint64_t line_writes() const { return line_writes_; }
  void note_line_write() { ++line_writes_; }

 private:
  const TargetList& targets_of(const CpuMask& mask, CpuId self);
  Task<void> call_one_by_one(Cpu& cpu, const std::vector<CpuId>& targets, const RemoteFunction& function);

  System& system_;
  const KernelParameters parameters_;
  mmu::IdVector<CpuId, CallTarget> targets_;
  mmu::IdVector<CpuId, CallQueue> queues_;
  mmu::IdVector<CpuId, CallQueue> taken_;  ///< by the handler that runs on the CPU
  mmu::IdVector<CpuId, std::unique_ptr<mmu::IdVector<CpuId, CallSingleData>>> calls_;
  std::unique_ptr<QuiescentRounds> quiescent_;
  std::uint64_t line_writes_ = 0;
  std::uint64_t last_serial_ = 0;

  mmu::IdVector<CpuId, TargetList> lists_;  ///< by sender, while its mask does not change
};

}  // namespace p9mmu::workloads
