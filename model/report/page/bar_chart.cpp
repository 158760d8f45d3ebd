#include "model/report/page/bar_chart.h"

#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/chart_style.h"

namespace p9mmu::model::report::page {
namespace {

constexpr int kRowHeight = 36;

Json data_of(const std::vector<BarValue>& values, const std::string& unit) {
  Json rows = Json::array();
  for (const BarValue& value : values) {
    const std::string simulated = significant(value.value, 4);
    const std::string published = value.published ? significant(*value.published, 4) : "";
    rows.push_back({{"name", value.name},
                    {"kernel", value.kernel},
                    {"value", value.value},
                    {"text", simulated},
                    {"tip", value.name + ": " + simulated + " " + unit},
                    {"published", value.published ? Json(*value.published) : Json()},
                    {"published_tip", value.name + ", published: " + published + " " + unit}});
  }
  return rows;
}

Json rows_axis() {
  Json axis = chart_axis("y", "left", "");
  axis.merge_patch({{"grid", false}, {"ticks", false}, {"domain", false}});
  return axis;
}

Json rows_scale() {
  return {{"name", "y"},
          {"type", "band"},
          {"range", "height"},
          {"domain", {{"data", "rows"}, {"field", "name"}}},
          {"padding", 0.25}};
}

Json middle() {
  return {{"scale", "y"}, {"field", "name"}, {"band", 0.5}};
}

std::string describe(const std::vector<BarValue>& values, const std::string& unit) {
  std::string text = unit;
  for (const BarValue& value : values) {
    text += "; " + value.name + ": " + significant(value.value, 4) +
            (value.published ? ", published " + significant(*value.published, 4) : "");
  }
  return text;
}

Json frame(const std::vector<BarValue>& values, const std::string& unit, Json x_scale,
           const std::vector<std::string>& kernels) {
  Json spec = chart_frame(kRowHeight * static_cast<int>(values.size()));
  spec["data"] = Json::array(
      {{{"name", "rows"}, {"values", data_of(values, unit)}},
       {{"name", "published"},
        {"source", "rows"},
        {"transform", Json::array({{{"type", "filter"}, {"expr", "isValid(datum.published)"}}})}}});
  spec["scales"] = Json::array({std::move(x_scale), rows_scale()});
  add_kernel_scales(spec["scales"], kernels);
  Json x = chart_axis("x", "bottom", unit);
  x["format"] = kPlainNumbers;
  spec["axes"] = Json::array({x, rows_axis()});
  return spec;
}

}  // namespace

Chart bar_chart(const std::string& title, const std::string& unit, const std::vector<BarValue>& values,
                const std::vector<std::string>& kernels) {
  Json spec = frame(values, unit,
                    {{"name", "x"},
                     {"type", "linear"},
                     {"range", "width"},
                     {"zero", true},
                     {"padding", 64},
                     {"domain", {{"data", "rows"}, {"field", "value"}}}},
                    kernels);
  spec["scales"][0]["domainMin"] = 0;
  spec["axes"][0]["tickCount"] = 5;
  spec["marks"] = Json::array({mark("rect", "rows",
                                    {{"x", {{"scale", "x"}, {"value", 0}}},
                                     {"x2", scaled("x", "value")},
                                     {"y", scaled("y", "name")},
                                     {"height", {{"scale", "y"}, {"band", 1}}},
                                     {"fill", scaled("kernel-colour", "kernel")},
                                     {"tooltip", {{"field", "tip"}}}}),
                               mark("text", "rows",
                                    {{"x", {{"scale", "x"}, {"field", "value"}, {"offset", 6}}},
                                     {"y", middle()},
                                     {"baseline", constant("middle")},
                                     {"fontSize", constant(12)},
                                     {"fill", constant("var(--ink)")},
                                     {"text", {{"field", "text"}}}})});
  return Chart{title, describe(values, unit), spec};
}

Chart dot_chart(const std::string& title, const std::string& unit, const std::vector<BarValue>& values,
                const std::vector<std::string>& kernels) {
  double least = values.front().value;
  double greatest = least;
  for (const BarValue& value : values) {
    for (const double one : {value.value, value.published.value_or(value.value)}) {
      least = std::min(least, one);
      greatest = std::max(greatest, one);
    }
  }
  const LogScale x = log_scale("x", "width", least, greatest);
  Json spec = frame(values, unit, x.scale, kernels);
  spec["axes"][0] = log_axis(x, "bottom", unit);
  const Json row = middle();
  spec["marks"] = Json::array({mark("rule", "published",
                                    {{"x", scaled("x", "value")},
                                     {"x2", scaled("x", "published")},
                                     {"y", row},
                                     {"stroke", scaled("kernel-colour", "kernel")},
                                     {"strokeWidth", constant(2)}}),
                               mark("symbol", "published",
                                    {{"x", scaled("x", "published")},
                                     {"y", row},
                                     {"shape", constant("diamond")},
                                     {"size", constant(250)},
                                     {"fill", constant("var(--paper)")},
                                     {"stroke", scaled("kernel-colour", "kernel")},
                                     {"strokeWidth", constant(2)},
                                     {"tooltip", {{"field", "published_tip"}}}}),
                               mark("symbol", "rows",
                                    {{"x", scaled("x", "value")},
                                     {"y", row},
                                     {"shape", scaled("kernel-symbol", "kernel")},
                                     {"size", constant(60)},
                                     {"fill", scaled("kernel-colour", "kernel")},
                                     {"tooltip", {{"field", "tip"}}}})});
  return Chart{title, describe(values, unit), spec};
}

}  // namespace p9mmu::model::report::page
