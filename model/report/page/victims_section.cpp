#include "model/report/numbers.h"
#include "model/report/page/bar_chart.h"
#include "model/report/page/chart_style.h"
#include "model/report/page/curve_chart.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

constexpr std::size_t kMostBars = 16;
constexpr std::size_t kMostPanels = 12;
constexpr const char* kUnit = "Mcycles";

double mcycles(const Measured& measured) {
  return measured.victim_cycles / 1e6;
}

std::vector<Chart> charts_along(const Experiment& experiment, const Layout& layout) {
  const Quantity quantity{kUnit, [](const Measured& measured) { return std::optional(mcycles(measured)); },
                          nullptr};
  std::vector<Chart> charts;
  for (const Panel& panel : layout.panels) {
    if (charts.size() < kMostPanels) {
      charts.push_back(curve_chart((panel.title.empty() ? "Taken from the other CPUs" : panel.title) +
                                       of_phase(experiment, layout.phase),
                                   layout, panel, kernels_of(experiment), quantity));
    }
  }
  return charts;
}

Chart bars(const Experiment& experiment, const std::string& phase) {
  const PointNames names(experiment);
  std::vector<BarValue> values;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase) {
        values.push_back({names(point), point.kernel, mcycles(measured), std::nullopt});
      }
    }
  }
  return bar_chart("Taken from the other CPUs" + of_phase(experiment, phase), kUnit, values,
                   kernels_of(experiment));
}

Table victims_table(const Experiment& experiment, const std::string& phase) {
  Table table;
  table.caption = "Phase " + phase + ": taken from the other CPUs together";
  const PointNames names(experiment);
  table.columns = names.columns();
  table.heads = table.columns.size();
  for (const char* name : {"other CPUs", "ms", "Mcycles", "share of their time"}) {
    table.columns.push_back(Column{name, ColumnKind::number});
  }
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      const PhaseResult& result = measured.result;
      if (result.phase != phase) {
        continue;
      }
      const double theirs = static_cast<double>(result.elapsed_ps) * (result.cpus - 1.0);
      Row row{names.cells(point)};
      row.cells.push_back(grouped(std::int64_t{result.cpus} - 1));
      row.cells.push_back(ms_text(result.victim_ps));
      row.cells.push_back(significant(mcycles(measured), 4));
      row.cells.push_back(theirs > 0 ? fixed(100 * static_cast<double>(result.victim_ps) / theirs, 2) + "%"
                                     : kNothing);
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

bool any_victims(const Experiment& experiment, const std::string& phase) {
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase && measured.result.victim_ps > 0) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Section victims_section(const Experiment& experiment) {
  Section section{"victims", "Victims' cycles", {}};
  for (const std::string& phase : phases_of(experiment)) {
    const Layout layout = lay_out(experiment, phase);
    Charts charts;
    if (any_victims(experiment, phase) && layout.has_curves() && !is_one_at_a_time(experiment)) {
      charts.charts = charts_along(experiment, layout);
      charts.legend = kernel_legend(kernels_of(experiment), false);
    } else if (any_victims(experiment, phase) && experiment.points.size() <= kMostBars) {
      charts.charts.push_back(bars(experiment, phase));
    }
    section.blocks.emplace_back(Paragraph{
        "What phase " + phase +
        " took from all CPUs but the measured one: waking them, their interrupts and guest exits, and what "
        "serving invalidations cost programs there. Kernels that took nothing have no line."});
    if (!charts.charts.empty()) {
      section.blocks.emplace_back(std::move(charts));
    }
    section.blocks.emplace_back(victims_table(experiment, phase));
  }
  return section;
}

}  // namespace p9mmu::model::report::page
