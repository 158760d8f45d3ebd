#include "model/report/page/curve_chart.h"

#include <algorithm>
#include <set>

#include "model/report/numbers.h"
#include "model/report/page/chart_style.h"
#include "model/report/page/crossover.h"

namespace p9mmu::model::report::page {
namespace {

constexpr int kHeight = 300;
/// Axes with more different values than this choose their own labels.
constexpr std::size_t kMostTicks = 16;

std::string tip(const std::string& kernel, const Sample& sample, const std::string& what) {
  return kernel + (sample.x_text.empty() ? "" : " at " + sample.x_text) + ": " + what;
}

/// x is the number or, of words, the word.
Json place_of(const Layout& layout, const Sample& sample) {
  return layout.spacing == Spacing::words ? Json(sample.x_text) : Json(sample.x);
}

Json points_data(const Layout& layout, const Panel& panel, const Quantity& quantity) {
  Json values = Json::array();
  for (const Curve& curve : panel.curves) {
    for (const Sample& sample : curve.samples) {
      const std::optional<double> y = quantity.value(*sample.measured);
      if (y && *y > 0) {  // the axis is logarithmic
        values.push_back({{"kernel", curve.kernel},
                          {"x", place_of(layout, sample)},
                          {"y", *y},
                          {"tip", tip(curve.kernel, sample, significant(*y, 4) + " " + quantity.title)}});
      }
    }
  }
  return values;
}

/// Of each kernel one level, and a mark at the points with which the figure may be compared.
struct Published {
  Json levels = Json::array();
  Json marks = Json::array();
};

Published published_data(const Layout& layout, const Panel& panel, const Quantity& quantity) {
  Published published;
  for (const Curve& curve : panel.curves) {
    bool drawn = false;
    for (const Sample& sample : curve.samples) {
      const std::optional<double> y =
          quantity.published ? quantity.published(*sample.measured) : std::optional<double>();
      if (!y) {
        continue;
      }
      const std::string text =
          "published for " + curve.kernel + ": " + significant(*y, 4) + " " + quantity.title;
      if (!drawn) {
        published.levels.push_back({{"kernel", curve.kernel}, {"y", *y}, {"tip", text}});
        drawn = true;
      }
      if (!sample.measured->published_is.empty()) {
        published.marks.push_back({{"kernel", curve.kernel},
                                   {"x", place_of(layout, sample)},
                                   {"y", *y},
                                   {"tip", text + "; a " + sample.measured->published_is}});
      }
    }
  }
  return published;
}

Json crossover_data(const Layout& layout, const Panel& panel) {
  Json values = Json::array();
  for (const Comparison& comparison : compare_kernels(panel, layout.spacing)) {
    for (const Crossover& crossover : comparison.crossovers) {
      values.push_back(
          {{"from", crossover.from},
           {"to", crossover.to},
           {"tip", "between " + crossover.from_text + " and " + crossover.to_text + ": " +
                       crossover.faster_after + " becomes faster than " + crossover.faster_before}});
    }
  }
  return values;
}

Json x_scale(const Layout& layout) {
  Json scale = {{"name", "x"},
                {"type", scale_type(layout.spacing)},
                {"range", "width"},
                {"domain", {{"data", "points"}, {"field", "x"}}}};
  if (layout.spacing == Spacing::words) {
    scale["padding"] = 0.5;
    return scale;
  }
  scale["zero"] = false;
  scale["padding"] = 14;
  if (layout.spacing == Spacing::logarithmic) {
    scale["base"] = 2;
  }
  return scale;
}

Json x_axis(const Layout& layout, const Json& points) {
  Json axis = chart_axis("x", "bottom", layout.title);
  if (layout.spacing == Spacing::words) {
    return axis;
  }
  std::set<double> places;
  for (const Json& point : points) {
    places.insert(point["x"].get<double>());
  }
  axis["format"] = "~r";  // as the tables have them: 1024, not 1,024
  if (places.size() <= kMostTicks) {
    axis["values"] = std::vector<double>(places.begin(), places.end());
  }
  return axis;
}

/// Over all that is drawn; from 1 to 1 if nothing is.
LogScale y_scale(const Json& points, const Json& levels) {
  double least = 0;
  double greatest = 0;
  for (const Json* values : {&points, &levels}) {
    for (const Json& value : *values) {
      const auto y = value["y"].get<double>();
      least = least == 0 ? y : std::min(least, y);
      greatest = std::max(greatest, y);
    }
  }
  return log_scale("y", "height", least == 0 ? 1 : least, greatest == 0 ? 1 : greatest);
}

Json lines() {
  Json facet = {{"type", "group"},
                {"from", {{"facet", {{"name", "curve"}, {"data", "points"}, {"groupby", "kernel"}}}}},
                {"aria", false}};
  facet["marks"] = Json::array({mark("line", "curve",
                                     {{"x", scaled("x", "x")},
                                      {"y", scaled("y", "y")},
                                      {"stroke", scaled("kernel-colour", "kernel")},
                                      {"strokeDash", scaled("kernel-dash", "kernel")},
                                      {"strokeWidth", constant(2)}})});
  return facet;
}

/// Where lines() stand among the marks.
constexpr std::size_t kLinesMark = 2;

Json marks() {
  return Json::array({mark("rect", "crossovers",
                           {{"x", scaled("x", "from")},
                            {"x2", scaled("x", "to")},
                            {"y", constant(0)},
                            {"y2", signal("height")},
                            {"fill", constant("var(--band)")},
                            {"tooltip", {{"field", "tip"}}}}),
                      mark("rule", "levels",
                           {{"x", constant(0)},
                            {"x2", signal("width")},
                            {"y", scaled("y", "y")},
                            {"stroke", scaled("kernel-colour", "kernel")},
                            {"strokeWidth", constant(1)},
                            {"strokeDash", constant(Json::array({1, 3}))},
                            {"tooltip", {{"field", "tip"}}}}),
                      lines(),
                      mark("symbol", "points",
                           {{"x", scaled("x", "x")},
                            {"y", scaled("y", "y")},
                            {"fill", scaled("kernel-colour", "kernel")},
                            {"shape", scaled("kernel-symbol", "kernel")},
                            {"size", constant(55)},
                            {"tooltip", {{"field", "tip"}}}}),
                      mark("symbol", "published",
                           {{"x", scaled("x", "x")},
                            {"y", scaled("y", "y")},
                            {"shape", constant("diamond")},
                            {"size", constant(150)},
                            {"fill", constant("var(--paper)")},
                            {"stroke", scaled("kernel-colour", "kernel")},
                            {"strokeWidth", constant(2)},
                            {"tooltip", {{"field", "tip"}}}})});
}

std::string describe(const Layout& layout, const Json& points, const Quantity& quantity) {
  double least = 0;
  double greatest = 0;
  for (const Json& point : points) {
    const auto y = point["y"].get<double>();
    least = least == 0 ? y : std::min(least, y);
    greatest = std::max(greatest, y);
  }
  const char* what = layout.spacing == Spacing::words ? ", symbols for each kernel, from "
                                                      : ", a line for each kernel, from ";
  return quantity.title + " against " + layout.title + what + significant(least, 4) + " to " +
         significant(greatest, 4) + "; the tables hold the figures";
}

}  // namespace

Chart curve_chart(const std::string& title, const Layout& layout, const Panel& panel,
                  const std::vector<std::string>& kernels, const Quantity& quantity) {
  Json spec = chart_frame(kHeight);
  const Json points = points_data(layout, panel, quantity);
  const Published published = published_data(layout, panel, quantity);
  spec["data"] = Json::array({{{"name", "points"}, {"values", points}},
                              {{"name", "levels"}, {"values", published.levels}},
                              {{"name", "published"}, {"values", published.marks}},
                              {{"name", "crossovers"}, {"values", crossover_data(layout, panel)}}});
  const LogScale y = y_scale(points, published.levels);
  spec["scales"] = Json::array({x_scale(layout), y.scale});
  add_kernel_scales(spec["scales"], kernels);
  spec["axes"] = Json::array({x_axis(layout, points), log_axis(y, "left", quantity.title)});
  spec["marks"] = marks();
  if (layout.spacing == Spacing::words) {
    spec["marks"].erase(kLinesMark);  // there is nothing between words
  }
  return Chart{title, describe(layout, points, quantity), spec};
}

}  // namespace p9mmu::model::report::page
