#include "model/compare/sweep_comparison.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "model/compare/sweep_comparison_report.h"
#include "tests/model/documented_fields.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using Catch::EndsWith;
using report::Json;

constexpr const char* kPlan = R"(name = "hosts"
kernels = ["ipi", "ipi-free"]
[[axis]]
vary = "cpus"
values = [64, 128]
)";

/// Elapsed times grow with the CPUs; with a slower tlbie, those of ipi-free on the larger host do more so.
std::vector<report::PhaseResult> simulate_hosts(const RunRequest& request) {
  std::vector<report::PhaseResult> results = simulate_nothing(request);
  report::PhaseResult& result = results.front();
  const auto cpus = static_cast<std::int64_t>(request.machine.parameters.interconnect.topology.cpus());
  const bool slower = request.machine.parameters.interconnect.tlbie.issue > interconnect::Time(370'000);
  const std::int64_t more = slower && cpus == 128 && request.kernel == "ipi-free" ? 250'000 : 0;
  result.elapsed_ps += more;
  result.accounts[0].ps += more;
  return results;
}

struct TwoSweeps {
  SweepFolder a;
  SweepFolder b;

  explicit TwoSweeps(const std::string& plan_b = kPlan) {
    (void)a.write_plan(kPlan);
    (void)b.write_plan(plan_b);
    REQUIRE(a.sweep({}, simulate_hosts).code == ExitCode::success);
  }
  void sweep_b(const std::vector<std::string>& more = {}) const {
    REQUIRE(b.sweep(more, simulate_hosts).code == ExitCode::success);
  }
  [[nodiscard]] Outcome compare(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"compare", a.results(), b.results()};
    words.insert(words.end(), more.begin(), more.end());
    return run_words(words);
  }
  [[nodiscard]] Json json() const { return Json::parse(compare({"--format", "json"}).out); }
};

TEST_CASE("two sweeps of one plan are the same, whenever they ran") {
  const TwoSweeps sweeps;
  sweeps.sweep_b();
  // Each folder has a script of its own.
  const Outcome outcome = sweeps.compare();
  CHECK(outcome.code == ExitCode::success);
  CHECK_THAT(outcome.out,
             Contains("4 points are the same, 0 points differ.") && EndsWith("The results are the same.\n"));
  CHECK_THAT(run_words({"compare", sweeps.a.results(), sweeps.a.results()}).out,
             Contains("The inputs are the same."));
}

TEST_CASE("sweeps that differ are told by inputs, by point, by cause and by call path, with ratios") {
  const TwoSweeps sweeps;
  sweeps.sweep_b({"--set", "fabric.tlbie.issue=400ns"});
  const Outcome outcome = sweeps.compare();
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("fabric.tlbie.issue") && Contains("370 ns") && Contains("400 ns") &&
                              Contains("3 points are the same, 1 point differs.") &&
                              Contains("  cpus=128, ipi-free  1.000 us  1.250 us   +250.0 ns  1.250  "
                                       "[memory] +250.0 ns\n") &&
                              Contains("All points that differ, added up:\n\nmunmap under ipi-free\n") &&
                              Contains("by cause, the measured CPU") &&
                              Contains("sys_munmap > zap_huge_pmd") && EndsWith("The results differ.\n"));
  CHECK_THAT(sweeps.compare({"--points", "0", "--paths", "0"}).out,
             !Contains("cpus=128") && !Contains("zap_huge_pmd"));
  const Json json = sweeps.json();
  CHECK(json["same_points"] == 3);
  REQUIRE(json["points"].size() == 1);
  CHECK(json["points"][0]["place"] == Json::parse(R"([{"axis": "cpus", "value": "128"},
                                                      {"axis": "kernel", "value": "ipi-free"}])"));
  CHECK(json["points"][0]["phases"][0]["figures"][0]["ratio"] == 1.25);
  CHECK(json["together"][0]["figures"][0]["difference"] == 250'000);
  const Json& inputs = json["inputs"];
  const auto issue = std::find_if(inputs.begin(), inputs.end(),
                                  [](const Json& input) { return input["name"] == "fabric.tlbie.issue"; });
  REQUIRE(issue != inputs.end());
  CHECK((*issue)["points"] == 4);
}

TEST_CASE("points correspond by what is in force on axes that only one plan has") {
  const TwoSweeps sweeps(std::string(kPlan) +
                         "[[axis]]\nvary = \"fabric.tlbie.issue\"\nvalues = [\"370ns\", \"400ns\"]\n");
  sweeps.sweep_b();
  const Json json = sweeps.json();
  CHECK(json["same_points"] == 4);
  REQUIRE(json["points"].size() == 4);
  for (const Json& point : json["points"]) {
    CHECK(point["state_a"].is_null());
    CHECK(point["place"][1] == Json({{"axis", "fabric.tlbie.issue"}, {"value", "400 ns"}}));
  }
  CHECK_THAT(sweeps.compare().out, Contains("  cpus=64, fabric.tlbie.issue=400 ns, ipi: only in B\n"));
}

TEST_CASE("two kernels of a sweep are held against each other at every point") {
  const TwoSweeps sweeps;
  const std::string file = sweeps.a.results();
  const Outcome outcome = run_words({"compare", file + ":ipi", file + ":ipi-free"});
  CHECK(outcome.code == ExitCode::success);
  CHECK_THAT(outcome.out, Contains("  kernel  ipi  ipi-free") && Contains("2 points are the same"));
  CHECK(run_words({"compare", file + ":ipj", file}).err ==
        "p9mmu: " + file + ": has no point under kernel 'ipj' (did you mean 'ipi'?)\n");
}

TEST_CASE("a point that failed in one sweep makes the results differ") {
  const TwoSweeps sweeps;
  REQUIRE(sweeps.b
              .sweep({},
                     [](const RunRequest& request) {
                       if (request.kernel == "ipi") {
                         throw std::runtime_error("out of luck");
                       }
                       return simulate_hosts(request);
                     })
              .code != ExitCode::user_mistake);
  const Outcome outcome = sweeps.compare();
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK_THAT(outcome.out, Contains("  cpus=64, ipi: A done, B failed: out of luck\n"));
}

TEST_CASE("what are not two sweeps is the user's mistake") {
  const TwoSweeps sweeps;
  const std::string run = sweeps.a.write("run.json", report::dump(to_json(sample_document())));
  CHECK(run_words({"compare", run, sweeps.a.results()}).err ==
        "p9mmu: " + sweeps.a.results() + ": is a database and " + run +
            " is not; expected two runs or two sweeps\n");
  const std::string other = sweeps.a.file("other.sqlite");
  Sqlite(other, Sqlite::Mode::create).execute("CREATE TABLE t(x)");
  CHECK(run_words({"compare", other, other}).err ==
        "p9mmu: " + other + ": is not a database of a sweep's results; expected one, or a new name\n");
}

/// Without what stands below a phase, which is as of two runs.
TEST_CASE("docs/profiles-and-traces.md describes exactly the fields that a comparison of sweeps has") {
  const TwoSweeps sweeps;
  sweeps.sweep_b({"--set", "fabric.tlbie.issue=400ns"});
  std::set<std::string> written;
  collect_fields(sweeps.json(), "", {"points[].phases", "together"}, written);
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  const std::string text = read_whole((root / "docs/profiles-and-traces.md").string());
  CHECK(described_fields(text, "schema is `p9mmu.compare-sweeps/1`") == written);
}

}  // namespace
}  // namespace p9mmu::model
