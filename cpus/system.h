// All CPUs of a machine and what they share: topology, line transfers, the ways to invalidate and to
// interrupt, the cores' translation caches, call paths, counters. Plain C++: the SystemC hierarchy
// (cpus/modules.h) is built around it and hands in the fabric that its ports lead to.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "cpus/accounts.h"
#include "cpus/audit.h"
#include "cpus/counters.h"
#include "cpus/cpu.h"
#include "cpus/exploration.h"
#include "cpus/idle.h"
#include "cpus/interrupt_handler.h"
#include "cpus/invalidation_observer.h"
#include "cpus/mask_observer.h"
#include "cpus/observed_fabric.h"
#include "cpus/parameters.h"
#include "cpus/scheduler.h"
#include "cpus/time_histogram.h"
#include "interconnect/ipi_controller.h"
#include "interconnect/line.h"
#include "interconnect/tlbie_broadcast.h"
#include "interconnect/topology.h"
#include "mmu/core_mmu.h"
#include "mmu/parameters.h"
#include "mmu/real_memory.h"

namespace p9mmu::cpus {

/// Somebody who sums up charges to idle CPUs, because one at a time would cost more than computing them.
class DeferredCharges {
 public:
  virtual ~DeferredCharges() = default;
  /// Writes what is summed up for that CPU into its account, the interrupt's exit last.
  virtual void settle(CpuId cpu) = 0;
};

/// One core's translation caches, with the snoops that it has been sent and not yet completed.
struct CoreTranslation {
  /// Applies every invalidation that the core has completed by `now`.
  void catch_up(Time now);

  std::optional<mmu::CoreMmu>
      mmu;  ///< made when the core first translates: most cores of a large machine never do
  struct Snoop {
    Time completed;
    mmu::TlbInvalidate operands;
  };
  std::deque<Snoop> snoops;
};

class System {
 public:
  /// With a memory of its own.
  System(const interconnect::InterconnectParameters& interconnect, const CpuParameters& cpu,
         const mmu::MmuParameters& mmu, Scheduler& scheduler);
  /// For who makes many systems one after the other: `memory` reads as zero and outlives it.
  System(const interconnect::InterconnectParameters& interconnect, const CpuParameters& cpu,
         const mmu::MmuParameters& mmu, Scheduler& scheduler, mmu::RealMemory& memory);

  /// The ways to invalidate and to interrupt; must be set before anything runs.
  void connect(interconnect::TlbieTransport& fabric, interconnect::IpiDelivery& ipi);
  void set_interrupt_handler(InterruptHandler& handler) { handler_ = &handler; }

  [[nodiscard]] const CpuParameters& parameters() const { return parameters_; }
  [[nodiscard]] const interconnect::Topology& topology() const { return topology_; }
  [[nodiscard]] const interconnect::LineTransfers& lines() const { return lines_; }
  [[nodiscard]] const StopStates& stop_states() const { return stop_states_; }
  [[nodiscard]] interconnect::TlbieTransport& fabric() { return *fabric_; }
  [[nodiscard]] interconnect::IpiDelivery& ipi() { return *ipi_; }
  [[nodiscard]] InterruptHandler& interrupt_handler() { return *handler_; }
  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] CallPaths& paths() { return paths_; }
  [[nodiscard]] Counters& counters() { return counters_; }
  /// Of rounds of interrupts, from the first step until the last target has answered.
  [[nodiscard]] TimeHistogram& ipi_round_times() { return ipi_round_times_; }
  [[nodiscard]] mmu::RealMemory& memory() { return memory_; }
  [[nodiscard]] const mmu::RealMemory& memory() const { return memory_; }
  [[nodiscard]] Cpu& cpu(CpuId id) { return *cpus_[id]; }
  [[nodiscard]] std::uint32_t cpus() const { return topology_.cpus(); }
  [[nodiscard]] CoreTranslation& core(interconnect::CoreId id) { return cores_[id.value()]; }
  /// That core's MMU, made if it has none yet.
  [[nodiscard]] mmu::CoreMmu& mmu_of(CoreTranslation& core);

  /// A tlbie that the fabric has accepted: every core will have applied it when it has completed its snoop.
  void broadcast(const mmu::TlbInvalidate& operands, Time now);

  /// CPUs that are not quiescent: the running one and everybody with something to do.
  [[nodiscard]] std::uint32_t busy_cpus() const { return busy_cpus_; }
  void note_quiescent(bool quiescent) { quiescent ? --busy_cpus_ : ++busy_cpus_; }

  /// The software thread that `body` makes, ready on `cpu` at `at`.
  SoftwareThread& spawn(CpuId cpu, std::string name, Task<void> body, Time at);

  /// Who looks on; null if nobody does.
  [[nodiscard]] Audit* audit() const { return audit_; }
  void set_audit(Audit& audit) { audit_ = &audit; }
  /// Every interleaving is tried from now on, instead of the one that time gives.
  void set_exploration(Exploration& exploration);
  /// Null when time decides.
  [[nodiscard]] Exploration* exploration() const { return exploration_; }
  /// For who explores: the running step touches this.
  void touch(SharedObject object, Touch how) {
    if (exploration_ != nullptr) [[unlikely]] {
      exploration_->touch(object, how);
    }
  }
  /// The CPU whose code runs, or ran last.
  [[nodiscard]] CpuId running() const { return running_; }
  void set_running(CpuId cpu) { running_ = cpu; }
  /// With a random delay among the parameters, what each CPU draws from now on; must be set before anything
  /// runs.
  void set_random_seed(std::uint64_t seed);
  /// Stores a double word of a table, on behalf of `cpu`.
  void store_table_word(CpuId cpu, mmu::RealAddress address, std::uint64_t value) {
    if (exploration_ != nullptr) [[unlikely]] {
      exploration_->table_store(cpu, address, value);
    }
    if (audit_ != nullptr) [[unlikely]] {
      audit_->table_stored(address);
    }
    memory_.write64(address, value);
  }

  void set_deferred_charges(DeferredCharges* deferred) { deferred_ = deferred; }
  /// Writes what is summed up elsewhere into that idle CPU's account, before anything else is charged to it.
  void settle_deferred(CpuId cpu) {
    if (deferred_ != nullptr) {
      deferred_->settle(cpu);
    }
  }
  /// Who is shown the invalidations from now on; nobody if null. It must outlive what it sees.
  void set_invalidation_observer(InvalidationObserver* observer) { observer_ = observer; }
  [[nodiscard]] InvalidationObserver* invalidation_observer() const { return observer_; }
  /// Who is shown what the CPUs do from now on; it must outlive what it sees.
  void set_timeline_observer(TimelineObserver& observer);
  [[nodiscard]] TimelineObserver* timeline_observer() const { return timeline_; }
  /// Who is told when a CPU's interrupts are enabled again; nobody if null.
  void set_mask_observer(MaskObserver* observer) { mask_observer_ = observer; }
  [[nodiscard]] MaskObserver* mask_observer() const { return mask_observer_; }
  /// Idle periods and their history, by CPU.
  [[nodiscard]] IdleCpu& idle_cpu(CpuId cpu) { return idle_cpus_[cpu]; }

  /// A thread's body that ended with an exception leaves it here; the simulation stops.
  std::exception_ptr failure;

 private:
  Scheduler& scheduler_;
  CpuParameters parameters_;
  interconnect::Topology topology_;
  interconnect::LineTransfers lines_;
  StopStates stop_states_;
  interconnect::TlbieTransport* fabric_ = nullptr;
  interconnect::IpiDelivery* ipi_ = nullptr;
  InterruptHandler* handler_ = nullptr;
  CallPaths paths_;
  Counters counters_;
  TimeHistogram ipi_round_times_;
  std::unique_ptr<mmu::RealMemory> own_memory_;
  mmu::RealMemory& memory_;
  std::uint32_t busy_cpus_ = 0;
  mmu::IdVector<CpuId, IdleCpu> idle_cpus_;
  mmu::IdVector<CpuId, std::unique_ptr<Cpu>> cpus_;
  std::vector<CoreTranslation> cores_;  ///< by core
  mmu::MmuParameters mmu_parameters_;
  std::deque<SoftwareThread> threads_;
  DeferredCharges* deferred_ = nullptr;
  InvalidationObserver* observer_ = nullptr;
  Exploration* exploration_ = nullptr;
  Audit* audit_ = nullptr;
  CpuId running_{0};
  TimelineObserver* timeline_ = nullptr;
  std::optional<ObservedFabric> observed_fabric_;
  MaskObserver* mask_observer_ = nullptr;
};

}  // namespace p9mmu::cpus
