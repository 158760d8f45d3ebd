// One execution of a scenario, one step at a time: whoever explores chooses, among the actors that can take a
// step, which does. CPUs are actors, and so are the machine's parts that work by themselves: interrupts on
// their way, stores on their way to the table walkers, each CPU's tlbies in each core. Time stands still. The
// kernel's routines and the scripts' requests are those of timed runs; no SystemC.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cpus/exploration.h"
#include "cpus/scheduler.h"
#include "cpus/system.h"
#include "model/explore/explored_mmu.h"
#include "model/machine/machine.h"
#include "workloads/linux/auditor.h"
#include "workloads/linux/kernel.h"
#include "workloads/script/perform.h"
#include "workloads/script/recording.h"

namespace p9mmu::model::explore {

using cpus::CpuId;
using interconnect::Time;

/// An actor, numbered the same in every execution of a scenario.
using Actor = std::uint32_t;
/// A set of actors.
using Actors = std::uint64_t;
inline constexpr std::uint32_t kMostActors = 64;

/// What accesses and invalidations in a core have in common, each a thing of its own.
enum class CorePart : std::uint8_t {
  base_pages,      ///< in a core's TLB and ERATs: translations of base pages
  huge_pages,      ///< and of huge ones
  passed_over,     ///< those of a core's ERATs that a tlbie has passed over
  walk_cache,      ///< a core's walk cache
  base_in_hand,    ///< by CPU: whether its access has a base page's leaf or translation, and not used it yet
  huge_in_hand,    ///< or a huge page's
  passed_in_hand,  ///< or one that a tlbie has passed over
};
[[nodiscard]] inline cpus::SharedObject core_part(CorePart part, std::uint32_t core_or_cpu) {
  return {cpus::SharedKind::core, std::uint64_t{core_or_cpu} << 3 | static_cast<std::uint64_t>(part)};
}

/// What an access that is tried again after a fault needs to itself: no store of anybody is on its way. Each
/// store holds it, as a reader does a lock, until it arrives.
inline const cpus::SharedObject kStoresOnTheirWay{cpus::SharedKind::stores, std::uint64_t{1} << 32};

/// What a step touched.
struct Touched {
  cpus::SharedObject object;
  cpus::Touch how;
};

/// An operation that a routine leaves out, as if the kernel had forgotten it: "_tlbie_va_range", "ptesync".
struct Omission {
  std::string routine;
  std::string operation;
};

/// What everything that is executed has in common.
struct Scenario {
  MachineParameters machine;
  workloads::KernelPolicy policy;
  workloads::RecordedScript script;
  std::vector<std::uint32_t> cpus;  ///< that take part, ascending
  std::vector<Omission> omissions;
  /// When it is given and something is left out: filled with every operation that could have been.
  std::set<std::pair<std::string, std::string>>* omissible = nullptr;

  [[nodiscard]] std::uint32_t actors() const;
};

/// The scenario that a script describes, on a machine of 3 cores with 2 threads each. Throws mmu::UserError
/// for a script that is wrong or too large to be explored.
[[nodiscard]] Scenario read_scenario(const Machine& machine, const workloads::KernelPolicy& policy,
                                     const workloads::ScriptSource& script, std::uint64_t seed,
                                     const std::map<std::string, std::string>& options);

/// What happened in one step, in words.
struct StepDescription {
  std::string actor;    ///< "CPU 0", "core 1"
  std::string routine;  ///< the innermost routine's name
  std::string path;     ///< all of them
  std::string operation;
  std::string effect;
};

class ExploredMachine final : private cpus::Exploration,
                              private cpus::Scheduler,
                              private interconnect::TlbieTransport,
                              private interconnect::IpiDelivery {
 public:
  /// `memory` is for its use alone and outlives it, as does `scenario`.
  ExploredMachine(const Scenario& scenario, mmu::RealMemory& memory);
  ~ExploredMachine() override;
  ExploredMachine(const ExploredMachine&) = delete;
  ExploredMachine& operator=(const ExploredMachine&) = delete;

  /// Who can take a step now.
  [[nodiscard]] Actors possible() const;
  /// `actor`, one of those, takes it. Throws mmu::UserError for a mistake of the script's.
  void step(Actor actor);
  /// What the last step touched; empty if that was not to be noted.
  [[nodiscard]] const std::vector<Touched>& touched() const { return touched_; }
  /// Without which earlier steps, counted from 0, the last one would not have been possible.
  [[nodiscard]] const std::vector<std::uint32_t>& enabled_by() const { return enabled_by_; }
  void note_touches(bool noted) { noted_ = noted; }
  /// Threads that have not ended although nobody can take a step, told to the auditor.
  void check_ended();

  [[nodiscard]] const std::vector<workloads::AuditFinding>& findings() const { return auditor_.findings(); }
  /// What the threads have loaded and the tables hold, as a text that is equal for equal outcomes.
  [[nodiscard]] std::string outcome() const;

  /// From now on each step is put in words.
  void describe_steps() { described_ = true; }
  [[nodiscard]] const StepDescription& description() const { return description_; }

 private:
  // --- cpus::Scheduler ---
  void schedule(CpuId cpu, Time at) override;
  void cancel(CpuId cpu) override;
  // --- interconnect: time stands still ---
  interconnect::TlbieIssued tlbie(CpuId, Time now) override { return {now, now}; }
  void tlbsync(CpuId, Time) override {}
  Time ptesync(CpuId, Time now, Time) override { return now; }
  [[nodiscard]] Time core_done(interconnect::CoreId) const override { return Time(); }
  [[nodiscard]] Time core_served(interconnect::CoreId) const override { return Time(); }
  [[nodiscard]] interconnect::IpiSent send(CpuId, CpuId, Time now) const override { return {now, now}; }
  [[nodiscard]] Time accept() const override { return Time(); }
  // --- cpus::Exploration ---
  void touch(cpus::SharedObject object, cpus::Touch how) override;
  void table_store(CpuId cpu, mmu::RealAddress address, std::uint64_t value) override;
  void tlbie(CpuId cpu, const mmu::TlbInvalidate& operands) override;
  [[nodiscard]] bool tlbies_complete(CpuId cpu) const override;
  [[nodiscard]] bool omits(const cpus::Cpu& cpu, const char* operation) const override;
  [[nodiscard]] bool is_omitted(const std::string& routine, const std::string& operation) const;
  [[nodiscard]] bool stores_arrived(CpuId cpu) const override;
  void tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets) override;
  void slbia(CpuId cpu) override;
  void displace(CpuId cpu, const mmu::Context& context, mmu::EffectiveAddress address) override;
  [[nodiscard]] bool access_possible(CpuId cpu) const override;
  bool access(cpus::Cpu& cpu, mmu::Access kind, const mmu::Context& context, mmu::EffectiveAddress address,
              mmu::Translation& result) override;

  struct PendingStore {
    CpuId cpu;
    std::uint64_t address;
    std::uint64_t old;  ///< what table walkers still see
    std::uint32_t step;
  };
  struct Snoop {
    mmu::TlbInvalidate operands;
    std::uint32_t step;
  };
  /// Steps that something still to come will have waited for.
  struct Signals {
    cpus::SharedObject object;
    std::vector<std::uint32_t> steps;
  };
  struct DataWord {
    std::uint64_t address;
    std::uint64_t value;
  };
  struct Loaded {
    std::uint32_t cpu;
    std::uint64_t value;
  };
  struct Place {
    std::uint32_t core;
    std::uint32_t thread;
  };

  [[nodiscard]] Signals& signals_of(cpus::SharedObject object);
  [[nodiscard]] Place place_of(CpuId cpu) const;
  [[nodiscard]] std::uint32_t index_of(CpuId cpu) const;
  [[nodiscard]] CpuId cpu_at(std::uint32_t index) const { return CpuId(scenario_.cpus[index]); }
  [[nodiscard]] bool can_propagate(CpuId cpu) const;
  [[nodiscard]] bool can_snoop(std::uint32_t core, std::uint32_t issuer) const;
  void run_to_next_step(cpus::Cpu& cpu);
  void propagate(CpuId cpu);
  void snoop(std::uint32_t core, std::uint32_t issuer);
  void touch_translations(std::uint32_t core, cpus::Touch how);
  void touch_invalidated(std::uint32_t core, const mmu::TlbInvalidate& operands, const Invalidated& done);
  cpus::Task<void> run_thread(cpus::Cpu& cpu, const workloads::RecordedThread& thread);

  // The stages of an access; true when it has ended.
  void look_up(CpuId cpu, AccessUnderWay& access, const mmu::Context& context);
  bool read_level(cpus::Cpu& cpu, AccessUnderWay& access, const mmu::Context& context,
                  mmu::Translation& result);
  void fill(cpus::Cpu& cpu, AccessUnderWay& access);
  void go_to_memory(cpus::Cpu& cpu, AccessUnderWay& access, mmu::Translation& result);
  void take_in_hand(CpuId cpu, const CachedTranslation& translation);
  [[nodiscard]] std::uint64_t seen_by_walkers(std::uint64_t address) const;

  void tell_touch(cpus::SharedObject object, cpus::Touch how);
  void describe(std::string actor, CpuId cpu, std::string operation);
  void tell(const std::string& what);

  const Scenario& scenario_;
  bool noted_ = true;
  bool described_ = false;
  std::vector<Touched> touched_;
  std::vector<std::uint32_t> enabled_by_;
  std::vector<Signals> signals_;
  std::uint32_t steps_ = 0;
  StepDescription description_;
  std::vector<Time> due_;  ///< by CPU: when it goes on by itself, or never

  cpus::System system_;
  workloads::Auditor auditor_;
  workloads::Kernel kernel_;
  workloads::LinuxWorld world_;
  std::vector<cpus::SoftwareThread*> threads_;
  workloads::Performer performer_;

  std::vector<ExploredMmu> cores_;
  std::vector<PendingStore> stores_;        ///< in the order in which they were made
  std::vector<std::vector<Snoop>> snoops_;  ///< by core and issuer
  std::vector<std::uint32_t> outstanding_;  ///< by issuer: tlbies in cores
  std::vector<bool> faulted_;               ///< by CPU: its last access did
  std::vector<DataWord> data_;
  std::vector<Loaded> loaded_;
  std::uint64_t values_stored_ = 0;
};

}  // namespace p9mmu::model::explore
