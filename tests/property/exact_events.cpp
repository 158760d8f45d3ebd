// Running ahead and rounds computed in place are an optimisation and nothing else: with one event for every
// operation the figures are the same to the picosecond. Each case is a process of its own, as SystemC wants
// it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "model/machine/resolve.h"
#include "tests/property/random_workload.h"
#include "tests/property/run_in_child.h"
#include "tests/property/script_file.h"

namespace {

using p9mmu::model::RunRequest;
using p9mmu::tests::run_in_child;
using p9mmu::tests::ScriptFile;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE(
    "Random workloads give the same figures with one event per operation as without, and twice the same") {
  const std::uint64_t first = from_environment("P9MMU_FIRST_SEED", 1);
  const std::uint64_t count = from_environment("P9MMU_SEEDS", 150);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const p9mmu::tests::RandomWorkload workload = p9mmu::tests::random_workload(seed);
    std::string command = "p9mmu run SCRIPT --seed " + std::to_string(seed) + " --kernel " + workload.kernel;
    for (const std::string& set : workload.sets) {
      command += " --set " + set;
    }
    INFO(command << "\n" << workload.script);
    const ScriptFile script(workload.script);
    p9mmu::model::MachineChoice choice;
    choice.sets = workload.sets;
    RunRequest request{
        p9mmu::model::resolve_machine(choice), script.path(), {}, workload.kernel, seed, false};
    const std::string ahead = run_in_child(request);
    CHECK(ahead.find("failed") == std::string::npos);
    CHECK(ahead.find("munmap 1") != std::string::npos);
    const std::string again = run_in_child(request);
    CHECK(again == ahead);
    request.exact_events = true;
    const std::string exact = run_in_child(request);
    REQUIRE(exact == ahead);
  }
}
