#include "model/report/page/sensitivity.h"

#include <catch2/catch.hpp>

#include "tests/model/report/page/sample_experiment.h"

namespace p9mmu::model::report::page {
namespace {

Setting issue(int ns) {
  return {"fabric.tlbie.issue", std::to_string(ns) + " ns", ns * 1e3};
}
Setting sync(int cycles) {
  return {"cpu.hwsync", std::to_string(cycles) + " cycles", cycles * 263.0};
}

/// Full grid or one at a time, around 370 ns and 42 cycles.
Experiment grid(bool full) {
  std::vector<Point> points;
  for (const int ns : {350, 370, 440}) {
    for (const int cycles : {40, 42, 60}) {
      if (full || ns == 370 || cycles == 42) {
        points.push_back(sample_point("flush", 4, ns * 1000 + cycles, {issue(ns), sync(cycles)}));
      }
    }
  }
  return sample_experiment(std::move(points));
}

TEST_CASE(
    "each setting is taken to its ends alone, from the value that most points have or the machine's own") {
  const bool full = GENERATE(false, true);
  CAPTURE(full);
  const Experiment experiment = grid(full);
  const std::vector<Sensitivities> all = sensitivities(experiment, "munmap");
  REQUIRE(all.size() == 1);
  CHECK(all[0].kernel == "flush");
  // In a full grid all values are equally frequent: 370 ns is what the sample's machine replaced.
  CHECK(all[0].base_ps == 370'042);
  REQUIRE(all[0].bars.size() == 2);
  CHECK(all[0].bars[0].axis == "fabric.tlbie.issue");
  CHECK(all[0].bars[0].base_value == "370 ns");
  CHECK(all[0].bars[0].least.value == "350 ns");
  CHECK(all[0].bars[0].least.elapsed_ps == 350'042);
  CHECK(all[0].bars[0].greatest.value == "440 ns");
  CHECK(all[0].bars[0].greatest.elapsed_ps == 440'042);
  CHECK(all[0].bars[0].span_ps() == 90'000);
  CHECK(all[0].bars[1].axis == "cpu.hwsync");
  CHECK(all[0].bars[1].least.elapsed_ps == 370'040);
  CHECK(all[0].bars[1].greatest.elapsed_ps == 370'060);
  CHECK(is_one_at_a_time(experiment) == !full);
}

TEST_CASE("a point that does not state a setting has the machine's own, whether or not another one says so") {
  // 370 ns, the machine's own, is told once: a point that is another plan's as well may do so.
  const bool told = GENERATE(false, true);
  const Experiment experiment = sample_experiment(
      {sample_point("flush", 4, 100, told ? std::vector<Setting>{issue(370)} : std::vector<Setting>{}),
       sample_point("flush", 4, 90, {issue(350)}), sample_point("flush", 4, 120, {issue(440)}),
       sample_point("flush", 4, 99, {sync(40)}), sample_point("flush", 4, 101, {sync(60)})});
  const std::vector<Sensitivities> all = sensitivities(experiment, "munmap");
  REQUIRE(all.size() == 1);
  CHECK(all[0].base_ps == 100);
  REQUIRE(all[0].bars.size() == 2);
  CHECK(all[0].bars[0].base_value == "370 ns");
  CHECK(all[0].bars[0].least.value == "350 ns");
  CHECK(all[0].bars[0].greatest.value == "440 ns");
  CHECK(is_one_at_a_time(experiment));
}

TEST_CASE("the ends are the values', not the times': more may take less") {
  const Experiment experiment = sample_experiment({sample_point("flush", 4, 90, {issue(350)}),
                                                   sample_point("flush", 4, 70, {issue(370)}),
                                                   sample_point("flush", 4, 20, {issue(440)})});
  const Sensitivity bar = sensitivities(experiment, "munmap").at(0).bars.at(0);
  CHECK(bar.least.value == "350 ns");
  CHECK(bar.greatest.elapsed_ps == 20);
  CHECK(bar.span_ps() == 70);
}

TEST_CASE("of words the ends are those with the shortest and the longest time") {
  const Experiment experiment = sample_experiment({sample_point("flush", 4, 50, {{"a", "x", std::nullopt}}),
                                                   sample_point("flush", 4, 10, {{"a", "y", std::nullopt}}),
                                                   sample_point("flush", 4, 90, {{"a", "z", std::nullopt}})});
  const Sensitivity bar = sensitivities(experiment, "munmap").at(0).bars.at(0);
  CHECK_FALSE(bar.is_numeric);
  CHECK(bar.least.value == "y");
  CHECK(bar.greatest.value == "z");
}

TEST_CASE("CPU counts are kept and have no bar; a setting that was never varied alone has none either") {
  const Experiment experiment = sample_experiment({sample_point("flush", 4, 10, {issue(350)}),
                                                   sample_point("flush", 8, 20, {issue(350)}),
                                                   sample_point("flush", 16, 30, {issue(440)})});
  CHECK(sensitivities(experiment, "munmap").empty());
}

}  // namespace
}  // namespace p9mmu::model::report::page
