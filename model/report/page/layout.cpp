#include "model/report/page/layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace p9mmu::model::report::page {
namespace {

constexpr const char* kKernelAxis = "kernel";
/// From where on the axis spans enough for equal ratios to be equal distances.
constexpr double kWideSpan = 4;

/// "350 ns" as 350 and "ns"; nothing if the text does not begin with a number.
struct Quantity {
  double number;
  std::string unit;
};
std::optional<Quantity> quantity_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  std::string unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  unit.erase(0, unit.find_first_not_of(' '));
  return Quantity{number, unit};
}

/// How the values of an axis become places on it.
struct Measure {
  bool is_numeric = true;
  std::string unit;   ///< of the places
  double factor = 1;  ///< base units in one of those
};

/// Numeric if each value is a number of something and the base units agree: "4K" of a choice does not.
Measure measure_of(const std::vector<Setting>& settings) {
  Measure measure;
  std::map<std::string, double> factors;
  bool first = true;
  for (const Setting& setting : settings) {
    const std::optional<Quantity> quantity = quantity_in(setting.value);
    if (!quantity || !setting.number) {
      measure.is_numeric = false;
      return measure;
    }
    if (quantity->number == 0) {
      continue;
    }
    const double factor = *setting.number / quantity->number;
    const auto known = factors.emplace(quantity->unit, factor).first;
    if (factor == 0 || std::abs(known->second / factor - 1) > 1e-6) {
      measure.is_numeric = false;
      return measure;
    }
    if (first) {
      measure.unit = quantity->unit;
      measure.factor = factor;
      first = false;
    }
  }
  return measure;
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
  std::vector<std::string> words;
  for (const Point& point : experiment.points) {
    const Setting here = setting_of(point, layout.axis);
    for (const Measured& measured : point.phases) {
      if (measured.result.phase != phase) {
        continue;
      }
      if (std::find(words.begin(), words.end(), here.value) == words.end()) {
        words.push_back(here.value);
      }
      const auto place = std::find(words.begin(), words.end(), here.value) - words.begin();
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
