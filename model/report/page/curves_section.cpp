#include <algorithm>

#include "model/report/page/bar_chart.h"
#include "model/report/page/chart_style.h"
#include "model/report/page/curve_chart.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

/// More combinations of what else differs are in the tables alone.
constexpr std::size_t kMostPanels = 12;

Quantity time_quantity() {
  return {"ms", [](const Measured& measured) { return std::optional(in_ms(measured.result.elapsed_ps)); },
          [](const Measured& measured) { return measured.result.published_ms; }};
}

Quantity cycles_quantity() {
  return {"cycles per PMD", cycles_per_pmd, published_cycles_per_pmd};
}

bool any_cycles(const Panel& panel) {
  for (const Curve& curve : panel.curves) {
    for (const Sample& sample : curve.samples) {
      if (cycles_per_pmd(*sample.measured)) {
        return true;
      }
    }
  }
  return false;
}

bool any_published(const Experiment& experiment) {
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.published_ms) {
        return true;
      }
    }
  }
  return false;
}

std::string with_panel(const std::string& title, const Panel& panel) {
  return panel.title.empty() ? title : title + ", " + panel.title;
}

Charts curves(const Experiment& experiment, const Layout& layout, std::size_t& left_out) {
  Charts charts;
  charts.legend = kernel_legend(kernels_of(experiment), any_published(experiment));
  const std::vector<std::string> kernels = kernels_of(experiment);
  std::size_t panels = 0;
  for (const Panel& panel : layout.panels) {
    const bool is_curve = std::any_of(panel.curves.begin(), panel.curves.end(),
                                      [](const Curve& curve) { return curve.samples.size() > 1; });
    if (!is_curve) {
      continue;
    }
    if (++panels > kMostPanels) {
      ++left_out;
      continue;
    }
    charts.charts.push_back(
        curve_chart(with_panel("Time of " + layout.phase, panel), layout, panel, kernels, time_quantity()));
    if (any_cycles(panel)) {
      charts.charts.push_back(
          curve_chart(with_panel("Cycles for each PMD" + of_phase(experiment, layout.phase), panel), layout,
                      panel, kernels, cycles_quantity()));
    }
  }
  return charts;
}

/// Without an axis: every result by itself.
Charts dots(const Experiment& experiment, const Layout& layout) {
  const PointNames names(experiment);
  std::vector<BarValue> times;
  std::vector<BarValue> cycles;
  for (const Panel& panel : layout.panels) {
    for (const Curve& curve : panel.curves) {
      for (const Sample& sample : curve.samples) {
        const Measured& measured = *sample.measured;
        const std::string name = names(*sample.point);
        times.push_back(
            {name, curve.kernel, in_ms(measured.result.elapsed_ps), measured.result.published_ms});
        if (const std::optional<double> each = cycles_per_pmd(measured)) {
          cycles.push_back({name, curve.kernel, *each, published_cycles_per_pmd(measured)});
        }
      }
    }
  }
  const std::vector<std::string> kernels = kernels_of(experiment);
  Charts charts;
  charts.legend = kernel_legend(kernels_of(experiment), any_published(experiment));
  charts.charts.push_back(dot_chart("Time of " + layout.phase, "ms", times, kernels));
  if (!cycles.empty()) {
    charts.charts.push_back(dot_chart("Cycles for each PMD" + of_phase(experiment, layout.phase),
                                      "cycles per PMD", cycles, kernels));
  }
  return charts;
}

/// More results than this without an axis are for the tables.
constexpr std::size_t kMostDots = 16;

std::string how_to_read(const Experiment& experiment, const Layout& layout, bool is_published) {
  std::string text = layout.spacing == Spacing::logarithmic ? "Both axes are logarithmic."
                     : layout.spacing == Spacing::linear    ? "The vertical axis is logarithmic."
                                                            : "The vertical axis is logarithmic; the values "
                                                              "below stand in the order of the points, and "
                                                              "no lines join them, since there is nothing "
                                                              "between them.";
  if (layout.axis == kCpusAxis) {
    for (const std::string& axis : layout.together) {
      text += " The CPUs come with " + axis_name(axis) + ": " + along_cpus_text(experiment, axis) + ".";
    }
    text +=
        " What a broadcast (tlbie, tlbsync), an interrupt or a line from another chip costs is, by "
        "assumption, the same on every host of several chips: neither hops between chips nor contention for "
        "their links are modelled. So a line that stays flat there is no finding.";
  }
  if (is_published) {
    text +=
        " A dotted line is a published time; a diamond stands on it where the machine and the workload are "
        "those that it is compared with. In cycles it is converted at the simulated clock.";
  }
  return text;
}

}  // namespace

Section curves_section(const Experiment& experiment) {
  Section section{"curves", "Time", {}};
  for (const std::string& phase : phases_of(experiment)) {
    const Layout layout = lay_out(experiment, phase);
    if (layout.has_curves() && !is_one_at_a_time(experiment)) {
      section.heading = "Time against " + axis_name(layout.axis);
      std::size_t left_out = 0;
      section.blocks.emplace_back(curves(experiment, layout, left_out));
      section.blocks.emplace_back(Paragraph{how_to_read(experiment, layout, any_published(experiment))});
      if (left_out > 0) {
        section.blocks.emplace_back(
            Paragraph{"Combinations without a chart of their own: " + std::to_string(left_out) +
                      ". The table of results has them all."});
      }
    } else if (experiment.points.size() <= kMostDots) {
      section.heading = any_published(experiment) ? "Simulated and published" : "Time";
      section.blocks.emplace_back(dots(experiment, layout));
    }
  }
  return section;
}

}  // namespace p9mmu::model::report::page
