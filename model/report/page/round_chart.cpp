#include "model/report/page/round_chart.h"

#include <algorithm>
#include <cmath>

#include "model/report/numbers.h"
#include "model/report/page/chart_style.h"

namespace p9mmu::model::report::page {
namespace {

constexpr int kHeight = 220;
constexpr int kColumnsHeight = 280;

double us(std::int64_t ps) {
  return static_cast<double>(ps) / 1e6;
}

std::string tip(const RoundTimes& bucket) {
  return grouped(bucket.rounds) + (bucket.rounds == 1 ? " round" : " rounds") + " of " +
         significant(us(bucket.from_ps), 4) + " to " + significant(us(bucket.below_ps), 4) + " us";
}

std::string describe(const std::string& of, const std::vector<RoundTimes>& buckets) {
  std::int64_t all = 0;
  const RoundTimes* most = nullptr;
  for (const RoundTimes& bucket : buckets) {
    all += bucket.rounds;
    most = most == nullptr || bucket.rounds > most->rounds ? &bucket : most;
  }
  return grouped(all) + " rounds" + of + (most == nullptr ? "" : "; the fullest bucket: " + tip(*most));
}

/// A logarithmic scale of durations that begins and ends a little outside of all buckets.
LogScale duration_scale(const char* range, const std::vector<const PhaseResult*>& results) {
  double least = 0;
  double greatest = 0;
  for (const PhaseResult* result : results) {
    for (const RoundTimes& bucket : result->ipi_round_times) {
      const double from = std::max(us(bucket.from_ps), 1e-6);
      least = least == 0 ? from : std::min(least, from);
      greatest = std::max(greatest, us(bucket.below_ps));
    }
  }
  return log_scale("duration", range, least, greatest);
}

}  // namespace

Chart round_histogram(const std::string& title, const PhaseResult& result, const std::string& style) {
  Json values = Json::array();
  std::int64_t most = 1;
  for (const RoundTimes& bucket : result.ipi_round_times) {
    most = std::max(most, bucket.rounds);
    values.push_back({{"from", std::max(us(bucket.from_ps), 1e-6)},
                      {"below", us(bucket.below_ps)},
                      {"rounds", bucket.rounds},
                      {"text", grouped(bucket.rounds)},
                      {"tip", tip(bucket)}});
  }
  Json spec = chart_frame(kHeight);
  spec["data"] = Json::array({{{"name", "buckets"}, {"values", values}}});
  const LogScale duration = duration_scale("width", {&result});
  // Room for the numbers above the bars; from below 1, so that a single round has a height.
  const LogScale rounds = log_scale("rounds", "height", 0.7, 3 * static_cast<double>(most));
  spec["scales"] = Json::array({duration.scale, rounds.scale});
  spec["axes"] = Json::array(
      {log_axis(duration, "bottom", "duration of a round, us"), log_axis(rounds, "left", "rounds")});
  spec["marks"] = Json::array(
      {mark("rect", "buckets",
            {{"x", scaled("duration", "from")},
             {"x2", signal("max(scale('duration', datum.below), scale('duration', datum.from) + 2)")},
             {"y", scaled("rounds", "rounds")},
             {"y2", signal("height")},
             {"fill", constant("var(--" + style + ")")},
             {"tooltip", {{"field", "tip"}}}}),
       mark("text", "buckets",
            {{"x", signal("(scale('duration', datum.from) + scale('duration', datum.below)) / 2")},
             {"y", {{"scale", "rounds"}, {"field", "rounds"}, {"offset", -5}}},
             {"align", constant("center")},
             {"baseline", constant("bottom")},
             {"fontSize", constant(11)},
             {"fill", constant("var(--ink)")},
             {"text", signal(values.size() <= 6 ? "datum.text" : "''")}})});
  return Chart{title, describe("", result.ipi_round_times), spec};
}

Chart round_columns(const std::string& title, const Layout& layout, const Curve& curve,
                    const std::string& style) {
  Json values = Json::array();
  std::vector<const PhaseResult*> results;
  Json columns = Json::array();
  for (const Sample& sample : curve.samples) {
    const PhaseResult& result = sample.measured->result;
    if (result.ipi_round_times.empty()) {
      continue;
    }
    results.push_back(&result);
    columns.push_back(sample.x_text);
    std::int64_t most = 0;
    for (const RoundTimes& bucket : result.ipi_round_times) {
      most = std::max(most, bucket.rounds);
    }
    for (const RoundTimes& bucket : result.ipi_round_times) {
      // A single round is still to be seen.
      const double depth = 0.25 + 0.75 * std::log1p(static_cast<double>(bucket.rounds)) /
                                      std::log1p(static_cast<double>(most));
      values.push_back({{"column", sample.x_text},
                        {"from", std::max(us(bucket.from_ps), 1e-6)},
                        {"below", us(bucket.below_ps)},
                        {"depth", std::round(1000 * depth) / 1000},
                        {"tip", "at " + sample.x_text + ": " + tip(bucket)}});
    }
  }
  Json spec = chart_frame(kColumnsHeight);
  spec["data"] = Json::array({{{"name", "buckets"}, {"values", values}}});
  const LogScale duration = duration_scale("height", results);
  spec["scales"] = Json::array(
      {duration.scale,
       {{"name", "x"}, {"type", "band"}, {"range", "width"}, {"domain", columns}, {"padding", 0.15}}});
  Json x = chart_axis("x", "bottom", layout.title);
  x["grid"] = false;
  const Json y = log_axis(duration, "left", "duration of a round, us");
  spec["axes"] = Json::array({x, y});
  spec["marks"] = Json::array(
      {mark("rect", "buckets",
            {{"x", scaled("x", "column")},
             {"width", {{"scale", "x"}, {"band", 1}}},
             {"y", signal("min(scale('duration', datum.below), scale('duration', datum.from) - 3)")},
             {"y2", scaled("duration", "from")},
             {"fill", constant("var(--" + style + ")")},
             {"fillOpacity", {{"field", "depth"}}},
             {"tooltip", {{"field", "tip"}}}})});
  return Chart{title, "Durations of rounds along " + layout.title + "; the tables hold the figures", spec};
}

}  // namespace p9mmu::model::report::page
