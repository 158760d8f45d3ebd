// What the specifications of charts say; that Vega draws them is seen in tests/browser.
#include <catch2/catch.hpp>
#include <set>

#include "model/report/page/bar_chart.h"
#include "model/report/page/cause_chart.h"
#include "model/report/page/chart_style.h"
#include "model/report/page/curve_chart.h"
#include "model/report/page/figures.h"
#include "model/report/page/round_chart.h"
#include "model/report/page/sensitivity.h"
#include "model/report/page/tornado_chart.h"
#include "tests/model/report/page/sample_experiment.h"

namespace p9mmu::model::report::page {
namespace {

const Json& named(const Json& list, const std::string& name) {
  for (const Json& one : list) {
    if (one["name"] == name) {
      return one;
    }
  }
  FAIL("nothing is named " << name);
  return list;
}

/// A copy: the chart is often a temporary.
Json values(const Chart& chart, const std::string& data) {
  return named(chart.spec["data"], data)["values"];
}

Quantity time_in_ms() {
  return {"ms", [](const Measured& measured) { return std::optional(in_ms(measured.result.elapsed_ps)); },
          [](const Measured& measured) { return measured.result.published_ms; }};
}

Chart curves(const Experiment& experiment, const Quantity& quantity) {
  const Layout layout = lay_out(experiment, "munmap");
  return curve_chart("Time", layout, layout.panels.at(0), kernels_of(experiment), quantity);
}

TEST_CASE("a curve has the simulated points and no others, on two logarithmic axes") {
  const Experiment experiment =
      along_cpus({{"ipi", {{4, 2'000'000'000}, {64, 90'000'000'000}}}, {"free", {{4, 1'000'000'000}}}});
  const Chart chart = curves(experiment, time_in_ms());
  const Json points = values(chart, "points");
  REQUIRE(points.size() == 3);
  CHECK(points[0]["x"] == 4);
  CHECK(points[0]["y"] == 2);
  CHECK(points[1]["x"] == 64);
  CHECK(points[1]["y"] == 90);
  CHECK(named(chart.spec["scales"], "x")["type"] == "log");
  const Json& y = named(chart.spec["scales"], "y");
  CHECK(y["type"] == "log");
  // The published time is on the axis as well.
  CHECK(y["domain"][0] < 0.002);
  CHECK(y["domain"][1] > 90);
  CHECK(chart.spec["axes"][0]["values"] == Json::array({4, 64}));
}

TEST_CASE("no line joins points whose places are words") {
  const bool words = GENERATE(true, false);
  CAPTURE(words);
  const Chart chart =
      curves(words ? sample_experiment({sample_point("ipi", 4, 2'000, {{"linux.silicon", "dd2.2", 0.0}}),
                                        sample_point("ipi", 4, 3'000, {{"linux.silicon", "dd2.3", 1.0}})})
                   : along_cpus({{"ipi", {{4, 2'000}, {64, 3'000}}}}),
             time_in_ms());
  CHECK(values(chart, "points").size() == 2);
  const bool has_lines = chart.spec["marks"].dump().find("\"line\"") != std::string::npos;
  CHECK(has_lines != words);
}

TEST_CASE("a logarithmic axis has two labels at least, however narrow or wide") {
  const auto [least, greatest] = GENERATE(table<double, double>(
      {{39.0, 39.2}, {120, 160}, {2e9, 3e9}, {0.0019, 0.0021}, {3, 11}, {6, 900}, {0.5, 2e6}}));
  CAPTURE(least, greatest);
  const LogScale scale = log_scale("y", "height", least, greatest);
  CHECK(scale.labels.size() >= 2);
  CHECK(scale.labels.front() >= least / 1.31);
  CHECK(scale.labels.back() <= greatest * 1.31);
}

TEST_CASE("a published figure is a level for its kernel, and a mark where it may be compared") {
  Experiment experiment = along_cpus({{"ipi", {{4, 2'000'000}, {64, 90'000'000}}}});
  experiment.points[1].phases[0].published_is = "prediction";
  const Chart chart = curves(experiment, time_in_ms());
  CHECK(values(chart, "levels").size() == 1);
  REQUIRE(values(chart, "published").size() == 1);
  CHECK(values(chart, "published")[0]["x"] == 64);
  CHECK(values(chart, "published")[0]["y"] == 0.002);
}

TEST_CASE("what is not above zero has no place on a logarithmic axis and is left out") {
  Experiment experiment = along_cpus({{"ipi", {{4, 2'000'000}, {64, 90'000'000}}}});
  experiment.points[0].phases[0].victim_cycles = 0;
  const Chart chart = curves(
      experiment,
      {"cycles", [](const Measured& measured) { return std::optional(measured.victim_cycles); }, nullptr});
  CHECK(values(chart, "points").size() == 1);
  CHECK(values(chart, "levels").empty());
}

TEST_CASE("where kernels change places there is a band between the two simulated points") {
  const Experiment experiment =
      along_cpus({{"ipi", {{4, 10}, {16, 20}, {64, 90}}}, {"free", {{4, 30}, {16, 30}, {64, 30}}}});
  const Json bands = values(curves(experiment, time_in_ms()), "crossovers");
  REQUIRE(bands.size() == 1);
  CHECK(bands[0]["from"] == 16);
  CHECK(bands[0]["to"] == 64);
}

TEST_CASE("a logarithmic axis is labelled by powers of ten, a short one by halves and fifths as well") {
  CHECK(log_scale("y", "height", 0.03, 800).labels == std::vector<double>{0.1, 1, 10, 100, 1000});
  CHECK(log_scale("y", "height", 3, 60).labels == std::vector<double>{5, 10, 20, 50});
  const LogScale one = log_scale("y", "height", 7, 7);
  CHECK(one.scale["domain"][0] < 7);
  CHECK(one.scale["domain"][1] > 7);
}

TEST_CASE("kernels differ in colour, symbol and dash") {
  Json scales = Json::array();
  add_kernel_scales(scales, {"a", "b", "c", "d", "e", "f"});
  for (const Json& scale : scales) {
    const Json& range = scale["range"];
    CHECK(std::set<Json>(range.begin(), range.end()).size() == 6);
  }
  CHECK(kernel_class({"a", "b"}, "b") == "kernel-1");
}

TEST_CASE("the segments of a bar of causes join from nothing to all") {
  Experiment experiment = along_cpus({{"ipi", {{4, 1'000'000}}}});
  const PhaseResult& result = experiment.points[0].phases[0].result;
  const bool columns = GENERATE(false, true);
  const std::vector<CauseBar> bars = {{"ipi", "1 ms", &result}};
  const Chart chart = columns ? cause_columns("t", "CPUs", bars) : cause_rows("t", bars);
  const Json segments = values(chart, "segments");
  REQUIRE(segments.size() == 2);
  CHECK(segments[0]["from"] == 0);
  CHECK(segments[0]["to"] == segments[1]["from"]);
  CHECK(segments[1]["to"] == 1);
  CHECK(segments[1]["label"] == "60%");
  CHECK(segments[1]["fill"] == "var(--memory, var(--other))");
}

TEST_CASE("a tornado's nearer end is drawn over the farther one on the same side") {
  const Experiment experiment = sample_experiment(
      {sample_point("flush", 4, 100, {{"a", "2", 2.0}}), sample_point("flush", 4, 170, {{"a", "1", 1.0}}),
       sample_point("flush", 4, 130, {{"a", "3", 3.0}}), sample_point("flush", 4, 100, {{"a", "2", 2.0}})});
  const Sensitivities one = sensitivities(experiment, "munmap").at(0);
  const Chart chart = tornado_chart("t", one);
  const Json ends = values(chart, "ends");
  REQUIRE(ends.size() == 2);
  CHECK(ends[0]["ms"] == 170e-9);
  CHECK(ends[0]["fill"] == "var(--low)");
  CHECK(ends[1]["ms"] == 130e-9);
  const Json rows = values(chart, "rows");
  CHECK(rows[0]["left"] == "3");
  CHECK(rows[0]["left_ms"] == 100e-9);
  CHECK(rows[0]["right"] == "1");
}

TEST_CASE("a histogram shows each bucket of rounds, single ones as well") {
  Experiment experiment = along_cpus({{"ipi", {{4, 1}}}});
  PhaseResult& result = experiment.points[0].phases[0].result;
  result.ipi_round_times = {{192'937'984, 201'326'592, 253'943}, {1'073'741'824, 1'140'850'688, 1}};
  const Chart chart = round_histogram("t", result, "kernel-0");
  REQUIRE(values(chart, "buckets").size() == 2);
  const Json& rounds = named(chart.spec["scales"], "rounds");
  CHECK(rounds["domain"][0] < 1);
  CHECK(rounds["domain"][1] > 253'943);
  CHECK(chart.description.find("253,944 rounds") == 0);
}

TEST_CASE("bars and dots say in words what they show") {
  const std::vector<BarValue> bars = {{"ipi", "ipi", 49472, 82150.0}, {"free", "free", 39, std::nullopt}};
  CHECK(bar_chart("t", "ms", bars, {"ipi", "free"}).description ==
        "ms; ipi: 49,472, published 82,150; free: 39.00");
  const Chart dots = dot_chart("t", "ms", bars, {"ipi", "free"});
  CHECK(named(dots.spec["scales"], "x")["domain"][1] > 82150);
}

}  // namespace
}  // namespace p9mmu::model::report::page
