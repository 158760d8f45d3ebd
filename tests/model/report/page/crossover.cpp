#include "model/report/page/crossover.h"

#include <catch2/catch.hpp>

#include "model/report/page/sections.h"
#include "tests/model/report/page/sample_experiment.h"

namespace p9mmu::model::report::page {
namespace {

/// "ipi until 8, flush from 32" for each place where they change.
std::vector<std::string> crossovers_of(const Times& ipi, const Times& flush) {
  const Experiment experiment = along_cpus({{"ipi", ipi}, {"flush", flush}});
  const Layout layout = lay_out(experiment, "munmap");
  REQUIRE(layout.panels.size() == 1);
  const std::vector<Comparison> comparisons = compare_kernels(layout.panels.front(), layout.spacing);
  REQUIRE(comparisons.size() == 1);
  std::vector<std::string> texts;
  for (const Crossover& one : comparisons.front().crossovers) {
    texts.push_back(one.faster_before + " until " + one.from_text + ", " + one.faster_after + " from " +
                    one.to_text);
  }
  return texts;
}

TEST_CASE("a crossover lies between the last simulated point with one order and the first with the other") {
  struct Case {
    Times ipi;
    Times flush;
    std::vector<std::string> expected;
  };
  const auto one = GENERATE(values<Case>({
      {{{4, 10}, {8, 20}, {32, 90}}, {{4, 30}, {8, 30}, {32, 30}}, {"ipi until 8, flush from 32"}},
      {{{4, 10}, {8, 20}, {32, 90}},
       {{4, 5}, {8, 30}, {32, 30}},
       {"flush until 4, ipi from 8", "ipi until 8, flush from 32"}},
      // What only one of them has says nothing.
      {{{4, 10}, {8, 99}, {32, 90}}, {{4, 30}, {16, 30}, {32, 30}}, {"ipi until 4, flush from 32"}},
      // Where both take equally long neither is faster.
      {{{4, 10}, {8, 30}, {32, 90}}, {{4, 30}, {8, 30}, {32, 30}}, {"ipi until 4, flush from 32"}},
      {{{4, 10}, {8, 30}, {32, 10}}, {{4, 30}, {8, 30}, {32, 30}}, {}},
      {{{4, 10}, {8, 20}}, {{4, 11}, {8, 21}}, {}},
      {{{4, 10}}, {{8, 5}}, {}},
  }));
  CHECK(crossovers_of(one.ipi, one.flush) == one.expected);
}

TEST_CASE("kernels that never change places are compared over the points that both have") {
  const Experiment experiment =
      along_cpus({{"ipi", {{4, 10}, {8, 20}, {16, 40}}}, {"free", {{8, 5}, {16, 5}, {32, 5}}}});
  const Layout layout = lay_out(experiment, "munmap");
  const Comparison comparison = compare_kernels(layout.panels.front(), layout.spacing).front();
  CHECK(comparison.common == 2);
  CHECK(comparison.least_text == "8");
  CHECK(comparison.greatest_text == "16");
  CHECK(comparison.faster == "free");
}

TEST_CASE("points at which both kernels take equally long are counted, not passed over") {
  const Experiment experiment =
      along_cpus({{"ipi", {{4, 10}, {8, 10}, {16, 10}}}, {"free", {{4, 10}, {8, 10}, {16, 5}}}});
  const Layout layout = lay_out(experiment, "munmap");
  const Comparison comparison = compare_kernels(layout.panels.front(), layout.spacing).front();
  CHECK(comparison.equal == 2);
  CHECK(comparison.faster == "free");
  const Section section = crossover_section(experiment);
  const Table& table = std::get<Table>(section.blocks.front());
  CHECK(
      table.rows.at(0).cells.back() ==
      "free is faster at every simulated point but 2 of 3 simulated points, at which both take equally long");
}

TEST_CASE("different points of two kernels are never held against each other") {
  // Both have two points at 4 CPUs, as runs may that differ in nothing else.
  const Experiment experiment =
      along_cpus({{"ipi", {{4, 10}, {4, 20}, {8, 30}}}, {"free", {{4, 10}, {4, 20}, {8, 30}}}});
  const Layout layout = lay_out(experiment, "munmap");
  const Comparison comparison = compare_kernels(layout.panels.front(), layout.spacing).front();
  CHECK(comparison.common == 3);
  CHECK(comparison.equal == 3);
  CHECK(comparison.faster.empty());
}

TEST_CASE("there are no crossovers along words, which have no order") {
  const Experiment experiment =
      sample_experiment({sample_point("ipi", 4, 10, {{"linux.silicon", "dd2.2", 0.0}}),
                         sample_point("ipi", 4, 30, {{"linux.silicon", "dd2.3", 1.0}}),
                         sample_point("free", 4, 20, {{"linux.silicon", "dd2.2", 0.0}}),
                         sample_point("free", 4, 20, {{"linux.silicon", "dd2.3", 1.0}})});
  const Layout layout = lay_out(experiment, "munmap");
  CHECK(layout.spacing == Spacing::words);
  CHECK(compare_kernels(layout.panels.front(), layout.spacing).empty());
}

}  // namespace
}  // namespace p9mmu::model::report::page
