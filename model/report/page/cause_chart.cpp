#include "model/report/page/cause_chart.h"

#include "model/report/numbers.h"
#include "model/report/page/causes.h"
#include "model/report/page/chart_style.h"

namespace p9mmu::model::report::page {
namespace {

constexpr int kRowHeight = 40;
/// Where there are many rows.
constexpr int kLowRowHeight = 26;
constexpr std::size_t kManyRows = 16;
constexpr int kColumnHeight = 220;

/// Each cause of each bar as a segment from 0 to 1, with the colours that the style sheet gives to that
/// cause.
Json segments(const std::vector<CauseBar>& bars) {
  Json values = Json::array();
  for (const CauseBar& bar : bars) {
    const auto total = static_cast<double>(bar.result->elapsed_ps);
    std::int64_t before = 0;
    for (const CauseTime& time : causes_of(*bar.result)) {
      const double share = static_cast<double>(time.ps) / total;
      const std::string style = cause_class(time.cause);
      const std::string percent = significant(100 * share, 3) + "%";
      values.push_back({{"bar", bar.name},
                        {"from", static_cast<double>(before) / total},
                        {"to", static_cast<double>(before + time.ps) / total},
                        {"fill", "var(--" + style + ", var(--other))"},
                        {"class", style},
                        {"label", share >= 0.005 ? fixed(100 * share, 0) + "%" : ""},
                        {"tip", bar.name + ": " + time.cause + " " + percent + ", " +
                                    significant(static_cast<double>(time.ps) / 1e9, 4) + " ms"}});
      before += time.ps;
    }
  }
  return values;
}

Json names_of(const std::vector<CauseBar>& bars) {
  Json names = Json::array();
  for (const CauseBar& bar : bars) {
    names.push_back(bar.name);
  }
  return names;
}

Json data_of(const std::vector<CauseBar>& bars) {
  return Json::array({{{"name", "segments"}, {"values", segments(bars)}}});
}

/// Labels that are left out for want of room leave equal distances: 0%, 50%, 100%.
Json share_axis(const char* scale, const char* side) {
  Json axis = chart_axis(scale, side, "share of the time");
  axis["format"] = "%";
  axis["values"] = {0, 0.25, 0.5, 0.75, 1};
  axis["labelOverlap"] = "parity";
  return axis;
}

/// An axis at the right that shows each bar's total instead of its name.
Json totals_axis() {
  Json axis = chart_axis("y", "right", "");
  axis.merge_patch({{"grid", false}, {"ticks", false}, {"domain", false}});
  axis["encode"] = {{"labels", {{"update", {{"text", signal("totals[datum.value]")}}}}}};
  return axis;
}

Json totals_by_name(const std::vector<CauseBar>& bars) {
  Json totals = Json::object();
  for (const CauseBar& bar : bars) {
    totals[bar.name] = bar.total;
  }
  return totals;
}

std::string describe(const std::vector<CauseBar>& bars) {
  std::string text = "Shares of the time by cause";
  for (const CauseBar& bar : bars) {
    const CauseTime* most = nullptr;
    const std::vector<CauseTime> times = causes_of(*bar.result);
    for (const CauseTime& time : times) {
      most = most == nullptr || time.ps > most->ps ? &time : most;
    }
    if (most != nullptr) {
      text +=
          "; " + bar.name + ": most for " + most->cause + ", " +
          significant(100 * static_cast<double>(most->ps) / static_cast<double>(bar.result->elapsed_ps), 3) +
          "%";
    }
  }
  return text;
}

/// What is written on segments that have room for it.
Json labels(const char* room) {
  Json text =
      mark("text", "segments",
           {{"align", constant("center")},
            {"baseline", constant("middle")},
            {"fontSize", constant(12)},
            {"text", signal(room)},
            {"fill", signal("indexof(['barrier', 'tlbie', 'ipi-send', 'ipi-wait', 'guest-exit'], "
                            "datum.class) >= 0 ? 'var(--on-dark)' : datum.class === 'idle' ? 'var(--ink)' : "
                            "'var(--on-light)'")}});
  text["interactive"] = false;
  return text;
}

}  // namespace

Chart cause_rows(const std::string& title, const std::vector<CauseBar>& bars) {
  const int height = bars.size() > kManyRows ? kLowRowHeight : kRowHeight;
  Json spec = chart_frame(height * static_cast<int>(bars.size()));
  spec["signals"] = Json::array({{{"name", "totals"}, {"value", totals_by_name(bars)}}});
  spec["data"] = data_of(bars);
  spec["scales"] = Json::array(
      {{{"name", "x"}, {"type", "linear"}, {"range", "width"}, {"domain", Json::array({0, 1})}},
       {{"name", "y"}, {"type", "band"}, {"range", "height"}, {"domain", names_of(bars)}, {"padding", 0.2}}});
  const Json x = share_axis("x", "bottom");
  Json y = chart_axis("y", "left", "");
  y.merge_patch({{"grid", false}, {"ticks", false}, {"domain", false}});
  spec["axes"] = Json::array({x, y, totals_axis()});
  Json text = labels("scale('x', datum.to) - scale('x', datum.from) > 32 ? datum.label : ''");
  text["encode"]["update"]["x"] = signal("(scale('x', datum.from) + scale('x', datum.to)) / 2");
  text["encode"]["update"]["y"] = {{"scale", "y"}, {"field", "bar"}, {"band", 0.5}};
  spec["marks"] = Json::array({mark("rect", "segments",
                                    {{"x", scaled("x", "from")},
                                     {"x2", scaled("x", "to")},
                                     {"y", scaled("y", "bar")},
                                     {"height", {{"scale", "y"}, {"band", 1}}},
                                     {"fill", {{"field", "fill"}}},
                                     {"stroke", constant("var(--paper)")},
                                     {"strokeWidth", constant(1)},
                                     {"tooltip", {{"field", "tip"}}}}),
                               text});
  return Chart{title, describe(bars), spec};
}

Chart cause_columns(const std::string& title, const std::string& axis, const std::vector<CauseBar>& bars) {
  Json spec = chart_frame(kColumnHeight);
  spec["data"] = data_of(bars);
  spec["scales"] = Json::array(
      {{{"name", "y"}, {"type", "linear"}, {"range", "height"}, {"domain", Json::array({0, 1})}},
       {{"name", "x"}, {"type", "band"}, {"range", "width"}, {"domain", names_of(bars)}, {"padding", 0.12}}});
  Json x = chart_axis("x", "bottom", axis);
  x["grid"] = false;
  const Json y = share_axis("y", "left");
  spec["axes"] = Json::array({x, y});
  Json text =
      labels("bandwidth('x') > 30 && scale('y', datum.from) - scale('y', datum.to) > 15 ? datum.label : ''");
  text["encode"]["update"]["y"] = signal("(scale('y', datum.from) + scale('y', datum.to)) / 2");
  text["encode"]["update"]["x"] = {{"scale", "x"}, {"field", "bar"}, {"band", 0.5}};
  spec["marks"] = Json::array({mark("rect", "segments",
                                    {{"y", scaled("y", "to")},
                                     {"y2", scaled("y", "from")},
                                     {"x", scaled("x", "bar")},
                                     {"width", {{"scale", "x"}, {"band", 1}}},
                                     {"fill", {{"field", "fill"}}},
                                     {"stroke", constant("var(--paper)")},
                                     {"strokeWidth", constant(1)},
                                     {"tooltip", {{"field", "tip"}}}}),
                               text});
  return Chart{title, describe(bars), spec};
}

std::vector<LegendEntry> cause_legend(const std::vector<const PhaseResult*>& results) {
  std::vector<LegendEntry> legend;
  for (const std::string& cause : causes_in(results)) {
    legend.push_back(LegendEntry{"cause-" + cause_class(cause), cause});
  }
  return legend;
}

}  // namespace p9mmu::model::report::page
