#include "model/compare/comparison.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

ComparedRun run_of(std::vector<report::PhaseResult> results) {
  ComparedRun run;
  run.label = "run";
  run.inputs = {{"seed", "1"}, {"fabric.tlbie.issue", "370 ns"}};
  run.results = std::move(results);
  return run;
}

TEST_CASE("a run compared with itself has the same results and no differences") {
  const ComparedRun run = run_of({sample_result("ipi"), sample_result("ipi-free")});
  const Comparison comparison = compare(run, run);
  CHECK(comparison.same_results());
  CHECK(comparison.inputs.empty());
  REQUIRE(comparison.phases.size() == 2);
  CHECK(comparison.phases[0].same);
  CHECK(comparison.phases[0].causes.empty());
  CHECK(comparison.phases[0].paths.empty());
}

TEST_CASE("what is not simulated does not make results differ") {
  ComparedRun other = run_of({sample_result("ipi")});
  other.results[0].host_seconds = 99;
  other.results[0].published_ms.reset();
  CHECK(compare(run_of({sample_result("ipi")}), other).same_results());
}

TEST_CASE("every simulated figure alone makes results differ") {
  ComparedRun other = run_of({sample_result("ipi")});
  report::PhaseResult& result = other.results[0];
  switch (GENERATE(range(0, 8))) {
    case 0:
      ++result.elapsed_ps;
      break;
    case 1:
      ++result.victim_ps;
      break;
    case 2:
      ++result.counters[3].value;
      break;
    case 3:
      result.counters.pop_back();
      break;
    case 4:
      ++result.accounts[2].ps;
      break;
    case 5:
      result.accounts[1].cause = "lock";
      break;
    case 6:
      result.ipi_round_times[0].rounds += 1;
      break;
    default:
      result.cpus = 8;
  }
  CHECK_FALSE(compare(run_of({sample_result("ipi")}), other).same_results());
  CHECK_FALSE(compare(other, run_of({sample_result("ipi")})).same_results());
}

TEST_CASE("inputs that differ or that only one run has are named with both values") {
  const ComparedRun a = run_of({});
  ComparedRun b = run_of({});
  b.inputs = {{"seed", "2"}, {"option guest", "8GiB"}};
  const Comparison comparison = compare(a, b);
  REQUIRE(comparison.inputs.size() == 3);
  CHECK(comparison.inputs[0].name == "seed");
  CHECK(comparison.inputs[0].a == "1");
  CHECK(comparison.inputs[0].b == "2");
  CHECK(comparison.inputs[1].name == "fabric.tlbie.issue");
  CHECK_FALSE(comparison.inputs[1].b);
  CHECK(comparison.inputs[2].name == "option guest");
  CHECK_FALSE(comparison.inputs[2].a);
}

TEST_CASE("causes and call paths that differ come with the largest difference first and add up") {
  ComparedRun a = run_of({sample_result("ipi")});
  ComparedRun b = a;
  a.results[0].accounts = {{"0", "x;y", "memory", 500'000},
                           {"0", "x", "memory", 100'000},
                           {"0", "x", "compute", 400'000},
                           {"others", "", "idle", 3'000'000}};
  b.results[0].elapsed_ps = 1'300'000;
  b.results[0].accounts = {{"0", "x;y", "memory", 700'000},
                           {"0", "x;z", "lock", 150'000},
                           {"0", "x", "memory", 50'000},
                           {"0", "x", "compute", 400'000},
                           {"others", "", "idle", 3'900'000}};
  const PhaseComparison phase = compare(a, b).phases.at(0);
  REQUIRE(phase.causes.size() == 3);
  CHECK(phase.causes[0].cause == "lock");
  CHECK(phase.causes[1].cause == "memory");
  CHECK(phase.causes[1].a_ps == 600'000);
  CHECK(phase.causes[1].b_ps == 750'000);
  CHECK_FALSE(phase.causes[2].measured_cpu);
  REQUIRE(phase.paths.size() == 4);
  CHECK(phase.paths[0].path == "x;y");
  CHECK(phase.paths[1].path == "x;z");
  CHECK(phase.paths[2].path == "x");
  CHECK(phase.paths[3].cause == "idle");
  std::int64_t sum = 0;
  for (const SpentPair& pair : phase.paths) {
    sum += pair.measured_cpu ? pair.b_ps - pair.a_ps : 0;
  }
  CHECK(sum == 300'000);
}

TEST_CASE("the measured CPUs are held against each other though their numbers differ") {
  ComparedRun b = run_of({sample_result("ipi")});
  b.results[0].measured_cpu = 2;
  for (report::AccountRow& row : b.results[0].accounts) {
    row.cpus = row.cpus == "0" ? "2" : row.cpus;
  }
  const PhaseComparison phase = compare(run_of({sample_result("ipi")}), b).phases.at(0);
  CHECK(phase.paths.empty());
  CHECK_FALSE(phase.same);
}

TEST_CASE("phases of one name are told apart by their number, and one that only one run has is named") {
  const report::PhaseResult phase = sample_result("ipi");
  report::PhaseResult later = phase;
  later.elapsed_ps += 5;
  const Comparison comparison = compare(run_of({phase, later}), run_of({phase, later, phase}));
  REQUIRE(comparison.phases.size() == 3);
  CHECK_FALSE(comparison.phases[0].a);
  CHECK(comparison.phases[0].b == PhaseName{"ipi", "munmap", 2});
  CHECK(comparison.phases[1].same);
  CHECK(comparison.phases[2].same);
}

TEST_CASE("phases with the larger difference of elapsed time come first, equal ones last") {
  std::vector<report::PhaseResult> results = {sample_result("ipi"), sample_result("ipi-free"),
                                              sample_result("ipi-free-flush")};
  const ComparedRun a = run_of(results);
  results[1].elapsed_ps += 10;
  results[2].elapsed_ps -= 20;
  const Comparison comparison = compare(a, run_of(results));
  CHECK(comparison.phases[0].a->kernel == "ipi-free-flush");
  CHECK(comparison.phases[1].a->kernel == "ipi-free");
  CHECK(comparison.phases[2].a->kernel == "ipi");
}

TEST_CASE("two kernels correspond only where the user has named one for each run") {
  ComparedRun a = run_of({sample_result("ipi")});
  ComparedRun b = run_of({sample_result("ipi-free")});
  CHECK(compare(a, b).phases.size() == 2);
  a.any_kernel = true;
  b.any_kernel = true;
  const Comparison comparison = compare(a, b);
  REQUIRE(comparison.phases.size() == 1);
  CHECK(comparison.phases[0].same);
  CHECK(comparison.phases[0].b->kernel == "ipi-free");
}

TEST_CASE("a ratio needs two figures and something to divide by") {
  CHECK(ratio(4, 6) == 1.5);
  CHECK(ratio(4, 0) == 0.0);
  CHECK_FALSE(ratio(0, 4));
  CHECK_FALSE(ratio(std::nullopt, 4));
  CHECK_FALSE(ratio(4, std::nullopt));
}

}  // namespace
}  // namespace p9mmu::model
