#include "model/sweep/plan_file.h"

#include <catch2/catch.hpp>

#include "model/sweep/plan_vocabulary.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Words = std::vector<std::string>;

Words texts(const PlanAxis& axis) {
  Words result;
  for (const StatedValue& value : axis.values) {
    result.push_back(value.text);
  }
  return result;
}

std::string listed(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::string problem(const std::string& text) {
  return user_error([&] { (void)parse_plan_file(text, "dir/plan.toml"); });
}

TEST_CASE("a plan is read with its question, script, machine, kernels, what is fixed, limits and axes") {
  const PlanFile plan = parse_plan_file(R"(
name = "mine"
question = "what if?"
script = "a.lua"
machine = "power9-2x22"
kernels = ["ipi-free", "ipi"]
seed = 3
[option]
guest = "4GiB"
[set]
fabric.tlbie.issue = "400 ns"
idle.stop2.enabled = false
[limit]
time = "1.5min"
memory = "2 GiB"
[[axis]]
vary = "cpus"
values = [64, 128]
[[axis]]
vary = "clock.core"
group = "g"
linear = {from = "2.8 GHz", to = "3.8 GHz", points = 2}
[[axis]]
vary = "option.base_page"
group = "g"
values = ["4K", "64K"]
)",
                                        "dir/plan.toml");
  CHECK(plan.name == "mine");
  CHECK(plan.question == "what if?");
  CHECK(plan.script.text == "a.lua");
  CHECK(plan.machine.text == "power9-2x22");
  CHECK(plan.kernels == Words{"ipi-free", "ipi"});
  CHECK(plan.fixed.at("seed").text == "3");
  CHECK(plan.fixed.at("option.guest").text == "4GiB");
  CHECK(plan.fixed.at("fabric.tlbie.issue").text == "400 ns");
  CHECK(plan.fixed.at("fabric.tlbie.issue").where.line == 11);
  CHECK(plan.fixed.at("idle.stop2.enabled").text == "false");
  CHECK(plan.limits.seconds == 90);
  CHECK(plan.limits.memory_bytes == std::uint64_t{2} << 30);
  REQUIRE(plan.axes.size() == 3);
  CHECK(texts(plan.axes[0]) == Words{"64", "128"});
  CHECK(texts(plan.axes[1]) == Words{"2.8 GHz", "3.8 GHz"});
  CHECK(plan.axes[1].group == "g");
  CHECK(texts(plan.axes[2]) == Words{"4K", "64K"});
}

TEST_CASE("a plan has the file's name, the default machine and every kernel unless it says otherwise") {
  const PlanFile plan = parse_plan_file("script = \"a.lua\"", "dir/core-counts.toml");
  CHECK(plan.name == "core-counts");
  CHECK(plan.machine.text == "power9-2x16");
  CHECK(plan.kernels == kernel_names());
  const PlanFile varied =
      parse_plan_file("script = \"a.lua\"\n[[axis]]\nvary = \"kernel\"\nvalues = [\"ipi\"]", "p.toml");
  CHECK(varied.kernels.empty());
}

TEST_CASE("counts in a range are whole") {
  const PlanFile plan = parse_plan_file(R"(
script = "a.lua"
[[axis]]
vary = "seed"
linear = {from = 1, to = 10, points = 4}
[[axis]]
vary = "linux.flush_ceiling.global"
geometric = {from = 1, to = 100, points = 4}
)",
                                        "plan.toml");
  CHECK(texts(plan.axes[0]) == Words{"1", "4", "7", "10"});
  CHECK(texts(plan.axes[1]) == Words{"1", "5", "22", "100"});
}

TEST_CASE("a mistake in a plan is told with file, line and the nearest right answer") {
  const std::string script = "script = \"a.lua\"\n";
  const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
      {"name = \"x\"", "1: the plan has no script; expected a line such as script = \"teardown.lua\""},
      {script + "kernel = [\"ipi\"]",
       "2: unknown key 'kernel' (did you mean 'kernels'?); expected name, question, script, machine, "
       "kernels, "
       "cpus, seed, option, set, limit or tables [[axis]]"},
      {script + "kernels = [\"ipi-fre\"]",
       "2: unknown kernel 'ipi-fre' (did you mean 'ipi-free'?); expected one of " + listed(kernel_names())},
      {script + "kernels = [\"ipi\", \"ipi\"]", "2: ipi is named twice"},
      {script + "kernels = []", "2: kernels is not a list; expected one such as [\"ipi\", \"ipi-free\"]"},
      {script + "seed = -1", "2: seed is '-1'; expected a whole number from 0 to 9223372036854775807"},
      {script + "cpus = \"many\"", "2: cpus is 'many'; expected a whole number from 0 to 4294967295"},
      {script + "question = 3", "2: question is not a text; expected one in quotation marks"},
      {script + "[set]\nfabric.tlbie.isue = \"1 ns\"",
       "3: unknown parameter 'fabric.tlbie.isue' (did you mean 'fabric.tlbie.issue'?)"},
      {script + "[limit]\ntime = \"soon\"",
       "3: 'soon' is not a time limit; expected one such as 30s, 5min or 2h"},
      {script + "[limit]\nmemory = \"1MiB\"",
       "3: '1MiB' is not a memory limit; expected one of at least 64MiB, such as 2GiB"},
      {script + "[limit]\nspace = \"1MiB\"", "3: unknown limit 'space'; expected time or memory"},
      {script + "[axis]\nvary = \"cpus\"",
       "2: axis is not a list of tables; expected [[axis]], with two brackets on each side"},
      {script + "[[axis]]\nvalues = [1]",
       "2: an axis does not say what varies; expected a line such as vary = \"cpus\""},
      {script + "[[axis]]\nvary = \"cpus\"",
       "2: the axis cpus has no values; expected values, linear or geometric"},
      {script + "[[axis]]\nvary = \"cpu\"\nvalues = [1]",
       "3: an axis cannot vary 'cpu' (did you mean 'cpus'?); expected cpus, seed, kernel, machine, "
       "option.NAME "
       "or a parameter (p9mmu params)"},
      {script + "[[axis]]\nvary = \"cpus\"\nvalue = [1]",
       "4: an axis has an unknown key 'value' (did you mean 'values'?); expected vary, group, in_turn, "
       "values, "
       "linear, "
       "geometric"},
      {script + "[[axis]]\nvary = \"cpus\"\nvalues = [1]\nlinear = {from = 1, to = 2, points = 2}",
       "5: an axis has its values twice; expected one of values, linear and geometric"},
      {script + "[[axis]]\nvary = \"cpus\"\nvalues = [64, 64]", "4: the axis cpus has the value 64 twice"},
      {script + "[[axis]]\nvary = \"cpus\"\nlinear = {from = 1, to = 2}",
       "4: the range of cpus is not complete; expected from, to, and either points or step"},
      {script + "[[axis]]\nvary = \"cpus\"\nlinear = {from = 1, to = 2, factor = 2}",
       "4: the range of cpus has a wrong 'factor'; expected from, to, and points (a whole number) or step, "
       "and perhaps multiple_of"},
      {script + "cpus = 64\n[[axis]]\nvary = \"cpus\"\nvalues = [128]",
       "3: cpus varies here and is fixed at line 2; expected one of them"},
      {script + "kernels = [\"ipi\"]\n[[axis]]\nvary = \"kernel\"\nvalues = [\"ipi\"]",
       "3: both kernels and an axis kernel are given; expected one of them"},
      {script + "[[axis]]\nvary = \"seed\"\nvalues = [1]\n[[axis]]\nvary = \"seed\"\nvalues = [2]",
       "5: seed varies along two axes; expected one"},
      {script + "[[axis]]\nvary = \"seed\"\ngroup = \"g\"\nin_turn = \"h\"\nvalues = [1, 2]",
       "2: the axis seed has both group and in_turn; expected one of them"},
      {script + "[[axis]]\nvary = \"seed\"\nvalues = \"range\"",
       "4: only parameters have a range of their own; expected values, or from and to"},
      {script + "[[axis]]\nvary = \"cpus\"\nlinear = {points = 3}",
       "4: only parameters have a range of their own; expected values, or from and to"},
      {script + "name = ", "2: not TOML: Error while parsing key-value pair: encountered end-of-file"},
  }));
  CAPTURE(text);
  CHECK(problem(text) == "dir/plan.toml:" + expected);
}

}  // namespace
}  // namespace p9mmu::model
