#include "model/report/page/chart_style.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace p9mmu::model::report::page {
namespace {

constexpr const char* kFont =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif";
constexpr std::array<const char*, kKernelLooks> kSymbols = {"circle",        "square", "triangle-up",
                                                            "triangle-down", "cross",  "triangle-right"};

/// The same symbols as SVG paths in a legend's swatch, and the diamond of published figures.
constexpr std::array<const char*, kKernelLooks> kSymbolPaths = {
    "M8 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "M8.5 2.5h7v7h-7Z",
    "M12 1.5L16.5 9.5H7.5Z",
    "M12 10.5L16.5 2.5H7.5Z",
    "M10.7 1.5h2.6v3.2h3.2v2.6h-3.2v3.2h-2.6v-3.2h-3.2v-2.6h3.2Z",
    "M16 6L8 10.5V1.5Z"};
constexpr const char* kDiamondPath = "M12 0.8L16 6L12 11.2L8 6Z";

/// 10, 11, ... 99.
std::vector<int> every_tenth() {
  std::vector<int> steps;
  for (int step = 10; step < 100; ++step) {
    steps.push_back(step);
  }
  return steps;
}

/// Tenths of each power of ten, as far as they lie in the range.
std::vector<double> labels_within(double from, double to, const std::vector<int>& tenths) {
  std::vector<double> labels;
  for (int power = static_cast<int>(std::floor(std::log10(from))); power <= std::ceil(std::log10(to));
       ++power) {
    for (const int step : tenths) {
      // Not a product of powers, so that 0.1 is what a reader of JSON takes for 0.1.
      const double label =
          std::strtod((std::to_string(step) + "e" + std::to_string(power - 1)).c_str(), nullptr);
      if (label >= from && label <= to) {
        labels.push_back(label);
      }
    }
  }
  return labels;
}

Json dashes() {
  return Json::array({Json::array({1, 0}), Json::array({7, 3}), Json::array({3, 2}),
                      Json::array({9, 2, 2, 2}), Json::array({2, 4}), Json::array({12, 4})});
}

Json look() {
  return {{"font", kFont},
          {"axis",
           {{"labelColor", "var(--ink)"},
            {"labelFontSize", 12},
            {"labelPadding", 6},
            {"labelLimit", 230},
            {"titleColor", "var(--muted)"},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"titlePadding", 8},
            {"gridColor", "var(--grid)"},
            {"domainColor", "var(--muted)"},
            {"tickColor", "var(--muted)"}}},
          {"legend",
           {{"labelColor", "var(--ink)"},
            {"labelFontSize", 12},
            {"titleColor", "var(--muted)"},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"}}},
          {"text", {{"font", kFont}}},
          {"style", {{"guide-label", {{"font", kFont}}}, {"guide-title", {{"font", kFont}}}}}};
}

}  // namespace

std::string kernel_class(const std::vector<std::string>& kernels, const std::string& kernel) {
  const auto place =
      static_cast<std::size_t>(std::find(kernels.begin(), kernels.end(), kernel) - kernels.begin());
  return "kernel-" + std::to_string(place % kKernelLooks);
}

std::vector<LegendEntry> kernel_legend(const std::vector<std::string>& kernels, bool published) {
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    legend.push_back(
        LegendEntry{kernel_class(kernels, kernels[i]), kernels[i], kSymbolPaths[i % kKernelLooks]});
  }
  if (published) {
    legend.push_back(LegendEntry{"published", "published", kDiamondPath});
  }
  return legend;
}

Json chart_frame(int height) {
  return {{"$schema", "https://vega.github.io/schema/vega/v5.json"},
          {"width", 640},
          {"height", height},
          {"padding", {{"left", 2}, {"right", 8}, {"top", 6}, {"bottom", 2}}},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"background", nullptr},
          {"config", look()},
          {"signals", Json::array()},
          {"data", Json::array()},
          {"scales", Json::array()},
          {"axes", Json::array()},
          {"legends", Json::array()},
          {"marks", Json::array()}};
}

void add_kernel_scales(Json& scales, const std::vector<std::string>& kernels) {
  Json colours = Json::array();
  Json symbols = Json::array();
  Json strokes = Json::array();
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    colours.push_back("var(--kernel-" + std::to_string(i % kKernelLooks) + ")");
    symbols.push_back(kSymbols[i % kKernelLooks]);
    strokes.push_back(dashes()[i % kKernelLooks]);
  }
  const auto add = [&](const char* name, const Json& range) {
    scales.push_back({{"name", name}, {"type", "ordinal"}, {"domain", kernels}, {"range", range}});
  };
  add("kernel-colour", colours);
  add("kernel-symbol", symbols);
  add("kernel-dash", strokes);
}

Json chart_axis(const char* scale, const char* side, const std::string& title) {
  return {{"scale", scale},           {"orient", side},       {"title", title}, {"grid", true},
          {"labelOverlap", "greedy"}, {"labelSeparation", 4}, {"aria", false}};
}

LogScale log_scale(const char* name, const char* range, double least, double greatest) {
  constexpr double kRoom = 1.3;
  constexpr double kFew = 150;
  const double from = least / kRoom;
  const double to = greatest * kRoom;
  LogScale result{{{"name", name},
                   {"type", "log"},
                   {"range", range},
                   {"domain", Json::array({from, to})},
                   {"nice", false}},
                  {}};
  // The narrower the span, the more of each power of ten has a label: a reader needs two at least.
  constexpr std::size_t kEnough = 3;
  const std::vector<std::vector<int>> choices = {
      {10}, {10, 20, 50}, {10, 15, 20, 30, 40, 50, 60, 70, 80, 90}, every_tenth()};
  for (std::size_t i = to / from < kFew ? 1 : 0; i < choices.size() && result.labels.size() < kEnough; ++i) {
    result.labels = labels_within(from, to, choices[i]);
  }
  return result;
}

Json log_axis(const LogScale& scale, const char* side, const std::string& title) {
  Json axis = chart_axis(scale.scale["name"].get_ref<const std::string&>().c_str(), side, title);
  axis["format"] = kPlainNumbers;
  axis["values"] = scale.labels;
  return axis;
}

const char* scale_type(Spacing spacing) {
  return spacing == Spacing::logarithmic ? "log" : spacing == Spacing::linear ? "linear" : "point";
}

Json scaled(const char* scale, const char* field) {
  return {{"scale", scale}, {"field", field}};
}

Json constant(Json value) {
  return {{"value", std::move(value)}};
}

Json signal(const char* expression) {
  return {{"signal", expression}};
}

Json mark(const char* type, const char* data, Json encoding) {
  return {{"type", type},
          {"from", {{"data", data}}},
          {"aria", false},
          {"encode", {{"update", std::move(encoding)}}}};
}

}  // namespace p9mmu::model::report::page
