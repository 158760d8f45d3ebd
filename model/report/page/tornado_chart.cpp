#include "model/report/page/tornado_chart.h"

#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/chart_style.h"

namespace p9mmu::model::report::page {
namespace {

constexpr int kRowHeight = 46;

double ms(std::int64_t ps) {
  return static_cast<double>(ps) / 1e9;
}

std::string end_text(const Sensitivity& bar, const SensitivityEnd& end) {
  return axis_name(bar.axis) + " = " + end.value + ": " + significant(ms(end.elapsed_ps), 4) + " ms";
}

/// The two ends of each bar, the one that is farther from the base first, so that a nearer one on the same
/// side stays visible.
Json ends_data(const Sensitivities& sensitivities) {
  Json values = Json::array();
  const double base = ms(sensitivities.base_ps);
  for (const Sensitivity& bar : sensitivities.bars) {
    Json ends = Json::array();
    for (const bool is_least : {true, false}) {
      const SensitivityEnd& end = is_least ? bar.least : bar.greatest;
      ends.push_back({{"axis", bar.axis},
                      {"base", base},
                      {"ms", ms(end.elapsed_ps)},
                      {"fill", is_least ? "var(--low)" : "var(--high)"},
                      {"tip", end_text(bar, end)}});
    }
    if (std::abs(ends[0]["ms"].get<double>() - base) < std::abs(ends[1]["ms"].get<double>() - base)) {
      std::swap(ends[0], ends[1]);
    }
    values.insert(values.end(), ends.begin(), ends.end());
  }
  return values;
}

/// What stands above each bar, and at its two sides.
Json rows_data(const Sensitivities& sensitivities) {
  Json values = Json::array();
  for (const Sensitivity& bar : sensitivities.bars) {
    const bool least_is_left = bar.least.elapsed_ps <= bar.greatest.elapsed_ps;
    const SensitivityEnd& left = least_is_left ? bar.least : bar.greatest;
    const SensitivityEnd& right = least_is_left ? bar.greatest : bar.least;
    values.push_back({{"axis", bar.axis},
                      {"name", axis_name(bar.axis)},
                      {"base", bar.base_value},
                      {"left", left.value},
                      {"left_ms", std::min(ms(left.elapsed_ps), ms(sensitivities.base_ps))},
                      {"right", right.value},
                      {"right_ms", std::max(ms(right.elapsed_ps), ms(sensitivities.base_ps))}});
  }
  return values;
}

Json end_label(const char* text, const char* place, const char* align, int shift) {
  return mark("text", "rows",
              {{"x", {{"scale", "x"}, {"field", place}, {"offset", shift}}},
               {"y", {{"scale", "y"}, {"field", "axis"}, {"band", 0.7}}},
               {"align", constant(align)},
               {"baseline", constant("middle")},
               {"fontSize", constant(12)},
               {"fill", constant("var(--ink)")},
               {"text", {{"field", text}}}});
}

Json marks() {
  return Json::array({mark("rect", "ends",
                           {{"x", scaled("x", "base")},
                            {"x2", scaled("x", "ms")},
                            {"y", {{"scale", "y"}, {"field", "axis"}, {"band", 0.46}}},
                            {"height", {{"scale", "y"}, {"band", 0.48}}},
                            {"fill", {{"field", "fill"}}},
                            {"tooltip", {{"field", "tip"}}}}),
                      // Beside the bars alone: it would cross the names above them.
                      mark("rule", "ends",
                           {{"x", scaled("x", "base")},
                            {"y", {{"scale", "y"}, {"field", "axis"}, {"band", 0.42}}},
                            {"y2", {{"scale", "y"}, {"field", "axis"}, {"band", 0.98}}},
                            {"stroke", constant("var(--ink)")},
                            {"strokeWidth", constant(1)}}),
                      mark("text", "rows",
                           {{"x", constant(4)},
                            {"y", {{"scale", "y"}, {"field", "axis"}, {"band", 0.22}}},
                            {"baseline", constant("middle")},
                            {"fontSize", constant(12)},
                            {"fill", constant("var(--muted)")},
                            {"text", signal("datum.name + (datum.base ? ', at ' + datum.base : '')")}}),
                      end_label("left", "left_ms", "right", -5), end_label("right", "right_ms", "left", 5)});
}

std::string describe(const Sensitivities& sensitivities) {
  std::string text = "From " + significant(ms(sensitivities.base_ps), 4) + " ms at the base point";
  for (const Sensitivity& bar : sensitivities.bars) {
    text += "; " + end_text(bar, bar.least) + ", " + end_text(bar, bar.greatest);
  }
  return text;
}

}  // namespace

Chart tornado_chart(const std::string& title, const Sensitivities& sensitivities) {
  Json spec = chart_frame(kRowHeight * static_cast<int>(sensitivities.bars.size()));
  spec["data"] =
      Json::array({{{"name", "ends"}, {"values", ends_data(sensitivities)}},
                   {{"name", "rows"}, {"values", rows_data(sensitivities)}},
                   {{"name", "base"}, {"values", Json::array({{{"ms", ms(sensitivities.base_ps)}}})}}});
  const Json domain = {
      {"fields", Json::array({{{"data", "ends"}, {"field", "ms"}}, {{"data", "base"}, {"field", "ms"}}})}};
  // The padding makes room for the values at the bars' ends.
  spec["scales"] = Json::array({{{"name", "x"},
                                 {"type", "linear"},
                                 {"range", "width"},
                                 {"zero", false},
                                 {"padding", 78},
                                 {"domain", domain}},
                                {{"name", "y"},
                                 {"type", "band"},
                                 {"range", "height"},
                                 {"domain", {{"data", "rows"}, {"field", "axis"}}}}});
  Json x = chart_axis("x", "bottom", "ms");
  x["format"] = kPlainNumbers;
  x["tickCount"] = 6;
  spec["axes"] = Json::array({x});
  spec["marks"] = marks();
  return Chart{title, describe(sensitivities), spec};
}

std::vector<LegendEntry> tornado_legend() {
  return {{"end-low", "least value, or the shorter time"},
          {"end-high", "greatest value, or the longer time"}};
}

}  // namespace p9mmu::model::report::page
