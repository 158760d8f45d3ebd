#include "model/report/page/layout.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "mmu/error.h"
#include "workloads/script/units.h"

namespace p9mmu::model::report::page {
namespace {

constexpr const char* kKernelAxis = "kernel";
/// From where on the axis spans enough for equal ratios to be equal distances.
constexpr double kWideSpan = 4;

/// Base units in each unit that values of plans and options may have; of cycles it depends on the clock.
struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array<Unit, 22> kUnits = {
    {{"", 1},         {"ps", 1},     {"ns", 1e3},     {"us", 1e6},     {"ms", 1e9},     {"s", 1e12},
     {"Hz", 1},       {"kHz", 1e3},  {"MHz", 1e6},    {"GHz", 1e9},    {"B", 1},        {"K", 0x1p10},
     {"M", 0x1p20},   {"G", 0x1p30}, {"T", 0x1p40},   {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30},
     {"TiB", 0x1p40}, {"P", 0x1p50}, {"PiB", 0x1p50}, {"cycles", 0}}};

/// "350 ns" as 350 and its unit; nothing if the text is anything else than a number with a unit.
struct Quantity {
  double number;
  Unit unit;
};
std::optional<Quantity> quantity_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& known) { return known.name == rest; });
  return unit == kUnits.end() ? std::nullopt : std::optional(Quantity{number, *unit});
}

/// How the values of an axis become places on it.
struct Measure {
  bool is_numeric = true;
  std::string unit;   ///< of the places
  double factor = 1;  ///< base units in one of those
};

/// In the unit of the first value that is not 0, or nothing unless each value's text says its number: that of
/// a choice, "4K", is a place in a list.
std::optional<Measure> measure_of_quantities(const std::vector<Setting>& settings) {
  std::optional<Measure> measure;
  std::optional<double> cycle;
  for (const Setting& setting : settings) {
    const std::optional<Quantity> quantity = quantity_in(setting.value);
    if (!quantity || !setting.number || (quantity->number == 0) != (*setting.number == 0)) {
      return std::nullopt;
    }
    if (quantity->number == 0) {
      continue;
    }
    const double factor = *setting.number / quantity->number;
    const double rounding = 0.5 / quantity->number;  // of times, to whole picoseconds
    double expected = quantity->unit.factor;
    if (expected == 0) {
      cycle = cycle ? cycle : factor;
      expected = *cycle;
    }
    if (std::abs(expected - factor) > std::max(2 * rounding, 1e-6 * factor)) {
      return std::nullopt;
    }
    if (!measure) {
      measure = Measure{true, std::string(quantity->unit.name), factor};
    }
  }
  return measure ? measure : Measure();
}

/// How many CPUs a list such as "0-63:4" has; nothing if it is none.
std::optional<std::size_t> listed_cpus(const std::string& text) {
  constexpr std::uint32_t kEnough = 1 << 20;
  if (text.find_first_not_of("0123456789,-:") != std::string::npos) {
    return std::nullopt;
  }
  try {
    return workloads::parse_cpu_list(text, kEnough).size();
  } catch (const mmu::UserError&) {
    return std::nullopt;
  }
}

/// Lists of CPUs stand where their counts are, but only if these tell them apart.
bool are_counted_lists(const std::vector<Setting>& settings) {
  std::map<std::size_t, std::string> list_by_count;
  for (const Setting& setting : settings) {
    const std::optional<std::size_t> count = listed_cpus(setting.value);
    if (!count || setting.number != static_cast<double>(*count) ||
        list_by_count.emplace(*count, setting.value).first->second != setting.value) {
      return false;
    }
  }
  return true;
}

Measure measure_of(const std::vector<Setting>& settings) {
  const std::optional<Measure> measure = measure_of_quantities(settings);
  return measure ? *measure : Measure{are_counted_lists(settings), "how many", 1};
}

std::vector<Setting> settings_along(const Experiment& experiment, const std::string& axis) {
  std::vector<Setting> settings;
  for (const Point& point : experiment.points) {
    settings.push_back(setting_of(point, axis));
  }
  return settings;
}

/// Of the points that gave something; one that failed may not even know how many CPUs it would have had.
std::vector<Setting> measured_along(const Experiment& experiment, const std::string& axis) {
  std::vector<Setting> settings;
  for (const Point& point : experiment.points) {
    if (!point.phases.empty()) {
      settings.push_back(setting_of(point, axis));
    }
  }
  return settings;
}

std::size_t different_values(const Experiment& experiment, const std::string& axis) {
  std::set<std::string> values;
  for (const Setting& setting : settings_along(experiment, axis)) {
    values.insert(setting.value);
  }
  return values.size();
}

bool cpus_differ(const Experiment& experiment) {
  std::set<std::uint32_t> counts;
  for (const Point& point : experiment.points) {
    if (point.cpus) {
      counts.insert(*point.cpus);
    }
  }
  return counts.size() > 1;
}

/// Whether the CPU count of a point decides its value on the axis.
bool follows_cpus(const Experiment& experiment, const std::string& axis) {
  std::map<std::uint32_t, std::string> value_by_cpus;
  for (const Point& point : experiment.points) {
    if (point.cpus) {
      const std::string value = setting_of(point, axis).value;
      if (value_by_cpus.emplace(*point.cpus, value).first->second != value) {
        return false;
      }
    }
  }
  return true;
}

std::vector<std::string> all_axes(const Experiment& experiment) {
  std::vector<std::string> axes;
  for (const Point& point : experiment.points) {
    for (const Setting& setting : point.settings) {
      if (std::find(axes.begin(), axes.end(), setting.axis) == axes.end()) {
        axes.push_back(setting.axis);
      }
    }
  }
  return axes;
}

std::string choose_axis(const Experiment& experiment, const std::vector<std::string>& axes) {
  if (!axes.empty() && axes.front() == kCpusAxis) {
    return kCpusAxis;
  }
  std::string chosen;
  std::size_t most = 1;
  for (const bool numeric : {true, false}) {
    for (const std::string& axis : axes) {
      const std::size_t values = different_values(experiment, axis);
      if (measure_of(measured_along(experiment, axis)).is_numeric == numeric && values > most) {
        chosen = axis;
        most = values;
      }
    }
    if (!chosen.empty()) {
      break;
    }
  }
  return chosen;
}

Spacing spacing_of(const Layout& layout) {
  double least = 0;
  double greatest = 0;
  bool first = true;
  for (const Panel& panel : layout.panels) {
    for (const Curve& curve : panel.curves) {
      for (const Sample& sample : curve.samples) {
        least = first ? sample.x : std::min(least, sample.x);
        greatest = first ? sample.x : std::max(greatest, sample.x);
        first = false;
      }
    }
  }
  return least > 0 && greatest >= kWideSpan * least ? Spacing::logarithmic : Spacing::linear;
}

std::string panel_title(const Point& point, const std::vector<std::string>& axes) {
  std::string title;
  for (const std::string& axis : axes) {
    const std::string value = setting_of(point, axis).value;
    title += (title.empty() ? "" : ", ") + axis_name(axis) + " = " + (value.empty() ? "as it is" : value);
  }
  return title;
}

Panel& panel_of(Layout& layout, const std::string& title) {
  const auto found = std::find_if(layout.panels.begin(), layout.panels.end(),
                                  [&](const Panel& panel) { return panel.title == title; });
  return found == layout.panels.end() ? layout.panels.emplace_back(Panel{title, {}}) : *found;
}

Curve& curve_of(Panel& panel, const std::string& kernel) {
  const auto found = std::find_if(panel.curves.begin(), panel.curves.end(),
                                  [&](const Curve& curve) { return curve.kernel == kernel; });
  return found == panel.curves.end() ? panel.curves.emplace_back(Curve{kernel, {}}) : *found;
}

}  // namespace

bool Layout::has_curves() const {
  for (const Panel& panel : panels) {
    for (const Curve& curve : panel.curves) {
      if (curve.samples.size() > 1) {
        return true;
      }
    }
  }
  return false;
}

std::vector<std::string> phases_of(const Experiment& experiment) {
  std::vector<std::string> phases;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (std::find(phases.begin(), phases.end(), measured.result.phase) == phases.end()) {
        phases.push_back(measured.result.phase);
      }
    }
  }
  return phases;
}

std::string of_phase(const Experiment& experiment, const std::string& phase) {
  return phases_of(experiment).size() > 1 ? ", phase " + phase : "";
}

std::vector<std::string> kernels_of(const Experiment& experiment) {
  std::vector<std::string> kernels;
  for (const Point& point : experiment.points) {
    if (!point.kernel.empty() && std::find(kernels.begin(), kernels.end(), point.kernel) == kernels.end()) {
      kernels.push_back(point.kernel);
    }
  }
  return kernels;
}

std::string axis_name(const std::string& axis) {
  constexpr std::string_view kOption = "option.";
  return axis == kCpusAxis ? "CPUs" : axis.starts_with(kOption) ? axis.substr(kOption.size()) : axis;
}

Setting setting_of(const Point& point, const std::string& axis) {
  if (axis == kCpusAxis && point.cpus) {
    return Setting{axis, std::to_string(*point.cpus), static_cast<double>(*point.cpus)};
  }
  for (const Setting& setting : point.settings) {
    if (setting.axis == axis) {
      return setting;
    }
  }
  return Setting{axis, "", std::nullopt};
}

std::vector<std::string> axes_with_cpus(const Experiment& experiment) {
  std::vector<std::string> axes;
  if (!cpus_differ(experiment)) {
    return axes;
  }
  for (const std::string& axis : all_axes(experiment)) {
    const bool by_intent = axis.starts_with("topology.") || experiment.is_planned();
    if (axis != kCpusAxis && axis != kKernelAxis && axis != "machine" && by_intent &&
        different_values(experiment, axis) > 1 && follows_cpus(experiment, axis)) {
      axes.push_back(axis);
    }
  }
  return axes;
}

std::string along_cpus_text(const Experiment& experiment, const std::string& axis) {
  std::map<std::uint32_t, std::string> value_by_cpus;
  for (const Point& point : experiment.points) {
    const std::string value = setting_of(point, axis).value;
    if (point.cpus && !value.empty()) {
      value_by_cpus.emplace(*point.cpus, value);
    }
  }
  std::string text;
  for (auto first = value_by_cpus.begin(); first != value_by_cpus.end();) {
    auto next = std::next(first);
    while (next != value_by_cpus.end() && next->second == first->second) {
      ++next;
    }
    const std::uint32_t last = std::prev(next)->first;
    text += (text.empty() ? "" : ", ") + std::to_string(first->first) +
            (last == first->first ? "" : " to " + std::to_string(last)) + " with " + first->second;
    first = next;
  }
  return text;
}

std::vector<std::string> varying_axes(const Experiment& experiment) {
  std::vector<std::string> axes;
  if (cpus_differ(experiment)) {
    axes.emplace_back(kCpusAxis);
  }
  const std::vector<std::string> together = axes_with_cpus(experiment);
  for (const std::string& axis : all_axes(experiment)) {
    if (axis != kCpusAxis && axis != kKernelAxis && different_values(experiment, axis) > 1 &&
        std::find(together.begin(), together.end(), axis) == together.end()) {
      axes.push_back(axis);
    }
  }
  return axes;
}

Layout lay_out(const Experiment& experiment, const std::string& phase) {
  Layout layout;
  layout.phase = phase;
  std::vector<std::string> others = varying_axes(experiment);
  layout.axis = choose_axis(experiment, others);
  std::erase(others, layout.axis);
  const Measure measure = measure_of(measured_along(experiment, layout.axis));
  std::unordered_map<std::string, std::size_t> places;  // of words, in the points' order
  for (const Point& point : experiment.points) {
    const Setting here = setting_of(point, layout.axis);
    for (const Measured& measured : point.phases) {
      if (measured.result.phase != phase) {
        continue;
      }
      const std::size_t place = places.try_emplace(here.value, places.size()).first->second;
      const double x = measure.is_numeric ? *here.number / measure.factor : static_cast<double>(place);
      curve_of(panel_of(layout, panel_title(point, others)), point.kernel)
          .samples.push_back(Sample{x, here.value, &point, &measured});
    }
  }
  for (Panel& panel : layout.panels) {
    for (Curve& curve : panel.curves) {
      std::stable_sort(curve.samples.begin(), curve.samples.end(),
                       [](const Sample& a, const Sample& b) { return a.x < b.x; });
    }
  }
  layout.title =
      layout.axis == kCpusAxis
          ? "CPUs (hardware threads)"
          : axis_name(layout.axis) + (measure.unit.empty() || !measure.is_numeric ? "" : ", " + measure.unit);
  layout.spacing = measure.is_numeric && !layout.axis.empty() ? spacing_of(layout) : Spacing::words;
  layout.together = layout.axis == kCpusAxis ? axes_with_cpus(experiment) : std::vector<std::string>();
  return layout;
}

}  // namespace p9mmu::model::report::page
