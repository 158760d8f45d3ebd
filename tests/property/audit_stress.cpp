// Each shipped scenario as a stress: a machine of eight cores in simulated time, operations that others can
// see delayed at random, other processes' teardowns on the CPUs that the scenario leaves free, and the
// auditor looking on. Some seed finds what the explorer finds, in the same kernels, and none finds anything
// where the explorer found nothing. P9MMU_STRESS_SEEDS says how many seeds a safe kernel has to stand (few in
// every build; 1,000 by hand), P9MMU_FIRST_SEED which is the first.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "model/explore/shipped.h"
#include "model/explore/verdict.h"
#include "model/machine/resolve.h"
#include "tests/support/sample_machine.h"
#include "workloads/linux/auditor.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/policy.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/stage.h"

namespace {

using namespace p9mmu;
using model::explore::shipped_scenario;
using model::explore::shipped_scenario_names;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Its threads begin at moments of the seed's choice, so that a short one meets any part of a long one.
constexpr const char* kAnyBeginning = R"(
local spawn = function(cpu, name, body)
  local late = math.random(0, 1000) << math.random(0, 10)
  return spawn(cpu, name, function(t)
    t:compute(late .. "ns")
    body(t)
  end)
end
)";

/// A scenario has the first three cores. Each of the others tears down one process's page after the other.
constexpr const char* kOthers = R"(
do
  local size = 2 * 1024 * 1024
  for cpu = 3 * machine.threads_per_core, machine.cpus - 1, machine.threads_per_core do
    local mm = linux.mm{base_page = "64K"}
    local pages = mm:mmap(2 * size)
    mm:populate(pages, 2 * size, "2M")
    mm:ran_on{cpu, cpu + 1}
    spawn(cpu, "other", function(t)
      for page = pages, pages + size, size do t:munmap(mm, page, size) end
    end)
  end
end
)";

const model::Machine& stress_machine() {
  static const model::Machine machine = [] {
    model::MachineChoice choice;
    choice.sets = {"stress.random_delay=100us"};
    return model::resolve_machine(choice);
  }();
  return machine;
}

/// The first finding of one seed, in words.
std::optional<std::string> finding_of(const std::string& name, const workloads::KernelPolicy& policy,
                                      std::uint64_t seed) {
  const model::MachineParameters& parameters = stress_machine().parameters;
  interconnect::InterconnectParameters interconnect = parameters.interconnect;
  interconnect.topology = {1, 8, 2};
  testing::SampleMachine machine(interconnect, parameters.cpus, false, parameters.mmu);
  machine.system.set_random_seed(seed);
  workloads::Kernel kernel(machine.system, parameters.kernel, policy);
  workloads::Auditor auditor(machine.system);
  machine.system.set_audit(auditor);
  kernel.set_auditor(auditor);
  workloads::LinuxWorld world(kernel, interconnect.topology.cores_per_chip);
  workloads::LuaHost host(world, workloads::Limits{}, seed, {});
  host.load_text(name + ".lua", kAnyBeginning + std::string(*shipped_scenario(name)) + kOthers);
  workloads::Stage stage(world, host);
  stage.let_signals_end_threads();
  stage.enter(testing::Time());
  machine.run();
  if (auditor.findings().empty()) {
    return std::nullopt;
  }
  const workloads::AuditFinding& finding = auditor.findings().front();
  return std::string(workloads::kAuditRuleNames[static_cast<std::size_t>(finding.rule)]) + ": " +
         finding.text + ", CPU " + std::to_string(finding.actor.cpu.value()) + " in " + finding.actor.path;
}

/// The first interleavings tell; that they are all that there are is the matrix's to derive.
bool explored_safe(const std::string& name, const workloads::KernelPolicy& policy) {
  static const model::Machine machine = model::resolve_machine(model::MachineChoice{});
  const model::explore::Scenario scenario = model::explore::read_scenario(
      machine, policy, {name + ".lua", std::string(*shipped_scenario(name))}, 1, {});
  model::explore::SearchLimits limits;
  limits.schedules = 1'500;
  return model::explore::explore(scenario, model::explore::Reduction::full, limits, nullptr).safe();
}

}  // namespace

TEST_CASE(
    "A stress with random delays breaks a rule in the kernels in which an interleaving breaks one, and in no "
    "other") {
  const std::uint64_t first = from_environment("P9MMU_FIRST_SEED", 1);
  const std::uint64_t stood = from_environment("P9MMU_STRESS_SEEDS", 20);
  for (const std::string& name : shipped_scenario_names()) {
    for (std::size_t i = 0; i < workloads::kDefaultKernels; ++i) {
      for (const workloads::WalkerPolicy& walkers : workloads::kWalkers) {
        workloads::KernelPolicy policy = workloads::kKernels[i];
        policy.walkers = walkers;
        const bool safe = explored_safe(name, policy);
        std::optional<std::string> found;
        std::uint64_t seed = first;
        const std::uint64_t count = safe ? stood : 5'000;
        while (seed < first + count && !found) {
          found = finding_of(name, policy, seed++);
        }
        INFO(name << ", kernel " << policy.name << ", walkers " << walkers.name << ", seed " << seed - 1
                  << (found ? ": " + *found : std::string()));
        CHECK(found.has_value() == !safe);
      }
    }
  }
}
