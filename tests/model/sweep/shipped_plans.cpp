// The plans in workloads/plans: each means something, and is told in the README with the question that it
// states.
#include <algorithm>
#include <catch2/catch.hpp>

#include "model/sweep/script_survey.h"
#include "model/sweep/sweep_plan.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(__FILE__).parent_path() / "../../../workloads/plans";

std::vector<std::string> plans() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".toml") {
      result.push_back(entry.path().stem().string());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

SweepPlan load(const std::string& name) {
  const std::string path = (kFolder / (name + ".toml")).string();
  return SweepPlan(parse_plan_file(read_whole(path), path), "1");
}

/// With every run of blanks and line ends as one blank.
std::string in_one_line(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank || (!result.empty() && result.back() != ' ')) {
      result += blank ? ' ' : c;
    }
  }
  return result;
}

TEST_CASE("every shipped plan has a script and a machine that take each of its points") {
  const std::string name = GENERATE(from_range(plans()));
  CAPTURE(name);
  const SweepPlan plan = load(name);
  CHECK(plan.file().name == name);
  CHECK(plan.size() >= 6);
  const std::string script = read_whole(plan.inputs(0).script);
  for (std::size_t point = 0; point < plan.size(); ++point) {
    CAPTURE(point);
    const PointInputs inputs = plan.inputs(point);
    const Machine machine = plan.machines().resolve(inputs);
    const interconnect::TopologyParameters& topology = machine.parameters.interconnect.topology;
    CHECK_NOTHROW((void)declared_options(
        inputs.script, script,
        {topology.cpus(), topology.threads_per_core, topology.cores_per_chip, inputs.kernel, inputs.seed},
        inputs.options));
  }
}

TEST_CASE("no shipped plan makes a remote line dearer or cheaper than its range says, the factor included") {
  const std::string name = GENERATE(from_range(plans()));
  CAPTURE(name);
  const SweepPlan plan = load(name);
  const auto check = [](const interconnect::LineParameters& line, interconnect::Time cost, double least_ns,
                        double greatest_ns) {
    const double ns = line.scale * static_cast<double>(cost.ps()) / 1e3;
    CHECK(ns > least_ns - 0.001);
    CHECK(ns < greatest_ns + 0.001);
  };
  for (std::size_t point = 0; point < plan.size(); ++point) {
    CAPTURE(point);
    const Machine machine = plan.machines().resolve(plan.inputs(point));
    const interconnect::LineParameters& line = machine.parameters.interconnect.line;
    check(line, line.same_chip, 60, 175);
    check(line, line.cross_chip, 150, 445);
  }
}

TEST_CASE("workloads/plans/README.md has every shipped plan with its question") {
  const std::string readme = in_one_line(read_whole((kFolder / "README.md").string()));
  for (const std::string& name : plans()) {
    const SweepPlan plan = load(name);
    CAPTURE(name);
    REQUIRE_FALSE(plan.file().question.empty());
    CHECK(readme.find("`" + name + ".toml`") != std::string::npos);
    CHECK(readme.find(in_one_line(plan.file().question)) != std::string::npos);
  }
}

TEST_CASE("the shipped plan of core counts goes from 4 to 1,024 CPUs under the three kernels") {
  const SweepPlan plan = load("core-counts");
  CHECK(plan.file().kernels == std::vector<std::string>{"ipi", "ipi-free", "ipi-free-flush"});
  CHECK(plan.machines().resolve(plan.inputs(0)).parameters.interconnect.topology.cpus() == 4);
  const std::size_t last = plan.size() - 1;
  CHECK(plan.machines().resolve(plan.inputs(last)).parameters.interconnect.topology.cpus() == 1024);
  CHECK(plan.options_in_force(plan.inputs(last)).at("guest") == "496GiB");
}

}  // namespace
}  // namespace p9mmu::model
