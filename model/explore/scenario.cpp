// Scenarios: scripts read once, and the words in which steps and outcomes are told.
#include <algorithm>
#include <set>
#include <sstream>

#include "mmu/error.h"
#include "model/explore/explored_machine.h"
#include "model/explore/words.h"

namespace p9mmu::model::explore {
namespace {

/// A scheduler for laying the scene, in which nobody moves.
class NobodyMoves final : public cpus::Scheduler {
 public:
  void schedule(CpuId, Time) override {}
  void cancel(CpuId) override {}
};

}  // namespace

Scenario read_scenario(const Machine& machine, const workloads::KernelPolicy& policy,
                       const workloads::ScriptSource& script, std::uint64_t seed,
                       const std::map<std::string, std::string>& options) {
  Scenario scenario{machine.parameters, policy, {}, {}, {}};
  scenario.machine.interconnect.topology = {1, 3, 2};
  NobodyMoves scheduler;
  cpus::System system(scenario.machine.interconnect, scenario.machine.cpus, scenario.machine.mmu, scheduler);
  workloads::Kernel kernel(system, scenario.machine.kernel, policy);
  workloads::LinuxWorld world(kernel, scenario.machine.interconnect.topology.cores_per_chip);
  scenario.script = workloads::record_script(world, script, seed, options);
  std::set<std::uint32_t> cpus;
  for (const workloads::RecordedThread& thread : scenario.script.threads) {
    if (!cpus.insert(thread.cpu.value()).second) {
      throw mmu::UserError(script.path, 0,
                           "two threads on CPU " + std::to_string(thread.cpu.value()) +
                               "; an explored scenario has at most one on each");
    }
  }
  for (const std::uint32_t cpu : world.cpus_that_ran()) {
    cpus.insert(cpu);
  }
  scenario.cpus.assign(cpus.begin(), cpus.end());
  if (scenario.script.threads.empty()) {
    throw mmu::UserError(script.path, 0, "it spawns no thread; there is nothing to explore");
  }
  if (scenario.actors() > kMostActors) {
    throw mmu::UserError(script.path, 0,
                         std::to_string(cpus.size()) + " CPUs take part; at most " +
                             std::to_string(kMostActors / scenario.actors() * cpus.size()) +
                             " can be explored");
  }
  return scenario;
}

void ExploredMachine::tell_touch(cpus::SharedObject object, cpus::Touch how) {
  using cpus::SharedKind;
  using cpus::Touch;
  if (object.kind() == SharedKind::memory && how == Touch::read) {
    const mmu::RadixEntry entry{system_.memory().read64(mmu::RealAddress(object.number()))};
    tell("reads " + describe_entry(entry) + " at " + hex(object.number()));
  } else if (object.kind() == SharedKind::lock) {
    const bool takes = how == Touch::acquire || how == Touch::acquire_shared;
    const bool is_shared = how == Touch::acquire_shared || how == Touch::release_shared;
    constexpr std::uint64_t kFirstTable = 1 << 20;
    const std::string lock = object.number() < kFirstTable
                                 ? "mmap_lock of PID " + std::to_string(object.number())
                                 : "the lock of the PMD table at " + hex(object.number());
    tell(std::string(takes ? "takes " : "releases ") + lock + (is_shared ? " as a reader" : ""));
  }
}

void ExploredMachine::describe(std::string actor, CpuId cpu, std::string operation) {
  description_ = StepDescription{};
  description_.actor = std::move(actor);
  description_.path = system_.paths().text(system_.cpu(cpu).path());
  description_.routine = innermost(description_.path);
  description_.operation = std::move(operation);
}

void ExploredMachine::tell(const std::string& what) {
  if (described_) {
    description_.effect += (description_.effect.empty() ? "" : "; ") + what;
  }
}

void ExploredMachine::check_ended() {
  std::string waiting;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!threads_[i]->finished) {
      cpus::Cpu& cpu = *threads_[i]->cpu;
      waiting += (waiting.empty() ? "" : "; ") + ("CPU " + std::to_string(cpu.id().value())) + " waits in " +
                 system_.paths().text(cpu.path());
    }
  }
  if (!waiting.empty()) {
    auditor_.nobody_goes_on(waiting);
  }
}

std::string ExploredMachine::outcome() const {
  std::ostringstream text;
  text << std::hex;
  for (const std::uint32_t cpu : scenario_.cpus) {
    for (const Loaded& loaded : loaded_) {
      if (loaded.cpu == cpu) {
        text << cpu << ':' << loaded.value << ' ';
      }
    }
  }
  for (const workloads::AuditFinding& finding : auditor_.findings()) {
    text << workloads::kAuditRuleNames[static_cast<std::size_t>(finding.rule)] << '@' << finding.place << ' ';
  }
  return text.str();
}

}  // namespace p9mmu::model::explore
