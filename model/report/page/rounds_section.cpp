#include "model/report/numbers.h"
#include "model/report/page/chart_style.h"
#include "model/report/page/figures.h"
#include "model/report/page/layout.h"
#include "model/report/page/round_chart.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

constexpr std::size_t kMostCharts = 12;
/// Histograms of single results, if there are no more of them.
constexpr std::size_t kMostHistograms = 6;

bool has_rounds(const Curve& curve) {
  for (const Sample& sample : curve.samples) {
    if (!sample.measured->result.ipi_round_times.empty()) {
      return true;
    }
  }
  return false;
}

std::vector<Chart> charts_of(const Experiment& experiment, const Layout& layout) {
  const std::vector<std::string> kernels = kernels_of(experiment);
  const PointNames names(experiment);
  std::vector<Chart> charts;
  if (layout.panels.size() > kMostHistograms && !layout.has_curves()) {
    return charts;
  }
  for (const Panel& panel : layout.panels) {
    for (const Curve& curve : panel.curves) {
      if (!has_rounds(curve) || charts.size() >= kMostCharts) {
        continue;
      }
      const std::string style = kernel_class(kernels, curve.kernel);
      if (curve.samples.size() > 1) {
        charts.push_back(
            round_columns((panel.title.empty() ? curve.kernel : curve.kernel + ", " + panel.title) +
                              of_phase(experiment, layout.phase),
                          layout, curve, style));
      } else {
        const Sample& sample = curve.samples.front();
        charts.push_back(round_histogram(names(*sample.point) + of_phase(experiment, layout.phase),
                                         sample.measured->result, style));
      }
    }
  }
  return charts;
}

Table rounds_table(const Experiment& experiment, const std::string& phase) {
  Table table;
  table.caption = "Phase " + phase + ": rounds of interrupts by duration";
  const PointNames names(experiment);
  table.columns = names.columns();
  table.heads = table.columns.size();
  for (const char* name : {"from, us", "below, us", "rounds", "share"}) {
    table.columns.push_back(Column{name, ColumnKind::number});
  }
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase != phase) {
        continue;
      }
      std::int64_t all = 0;
      for (const RoundTimes& bucket : measured.result.ipi_round_times) {
        all += bucket.rounds;
      }
      for (const RoundTimes& bucket : measured.result.ipi_round_times) {
        Row row{names.cells(point)};
        row.cells.push_back(significant(static_cast<double>(bucket.from_ps) / 1e6, 4));
        row.cells.push_back(significant(static_cast<double>(bucket.below_ps) / 1e6, 4));
        row.cells.push_back(grouped(bucket.rounds));
        row.cells.push_back(
            significant(100 * static_cast<double>(bucket.rounds) / static_cast<double>(all), 3) + "%");
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

}  // namespace

Section rounds_section(const Experiment& experiment) {
  Section section{"rounds", "IPI round times", {}};
  for (const std::string& phase : phases_of(experiment)) {
    Table table = rounds_table(experiment, phase);
    if (table.rows.empty()) {
      continue;
    }
    section.blocks.emplace_back(Paragraph{
        "How long each round of interrupts took, from its first step until the sender had seen the last "
        "target's answer. Bars are a sixteenth of their duration wide, and durations are on a logarithmic "
        "axis, "
        "in histograms the rounds as well; in columns, the more rounds, the darker."});
    Charts charts;
    if (!is_one_at_a_time(experiment)) {
      charts.charts = charts_of(experiment, lay_out(experiment, phase));
    }
    section.blocks.emplace_back(std::move(charts));
    section.blocks.emplace_back(std::move(table));
  }
  return section;
}

}  // namespace p9mmu::model::report::page
