#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/cause_chart.h"
#include "model/report/page/causes.h"
#include "model/report/page/figures.h"
#include "model/report/page/layout.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

/// More bars, or more charts, than this are for the table alone, and a sentence says so.
constexpr std::size_t kMostBars = 24;
constexpr std::size_t kMostChanges = 80;
constexpr std::size_t kMostCharts = 12;
/// So many bars fit where three charts stand side by side.
constexpr std::size_t kMostSmallBars = 6;

std::vector<const PhaseResult*> results_of(const Experiment& experiment, const std::string& phase) {
  std::vector<const PhaseResult*> results;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase) {
        results.push_back(&measured.result);
      }
    }
  }
  return results;
}

/// A chart for each kernel, its bars along the axis.
std::vector<Chart> charts_along(const Layout& layout, const std::string& of_phase, bool& are_small,
                                std::size_t& left_out) {
  std::vector<Chart> charts;
  are_small = true;
  for (const Panel& panel : layout.panels) {
    for (const Curve& curve : panel.curves) {
      std::vector<CauseBar> bars;
      for (const Sample& sample : curve.samples) {
        const bool known = std::any_of(bars.begin(), bars.end(),
                                       [&](const CauseBar& bar) { return bar.name == sample.x_text; });
        if (!known) {
          bars.push_back(CauseBar{sample.x_text, "", &sample.measured->result});
        }
      }
      are_small = are_small && bars.size() <= kMostSmallBars;
      if (charts.size() >= kMostCharts) {
        ++left_out;
        continue;
      }
      charts.push_back(
          cause_columns((panel.title.empty() ? curve.kernel : curve.kernel + ", " + panel.title) + of_phase,
                        layout.title, bars));
    }
  }
  return charts;
}

Chart chart_of_all(const Experiment& experiment, const std::string& phase) {
  const PointNames names(experiment);
  std::vector<CauseBar> bars;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase) {
        bars.push_back(CauseBar{names(point), ms_text(measured.result.elapsed_ps) + " ms", &measured.result});
      }
    }
  }
  return cause_rows("Phase " + phase + ", the measured CPU", bars);
}

/// One setting at a time: a chart for each kernel, a bar for each change.
std::vector<Chart> charts_of_changes(const Experiment& experiment, const std::string& phase,
                                     std::size_t& left_out) {
  const PointNames names(experiment);
  std::vector<Chart> charts;
  for (const std::string& kernel : kernels_of(experiment)) {
    std::vector<CauseBar> bars;
    for (const Point& point : experiment.points) {
      for (const Measured& measured : point.phases) {
        if (point.kernel != kernel || measured.result.phase != phase) {
          continue;
        }
        if (bars.size() >= kMostChanges) {
          ++left_out;
        } else {
          bars.push_back(
              CauseBar{names.place(point), ms_text(measured.result.elapsed_ps) + " ms", &measured.result});
        }
      }
    }
    if (!bars.empty()) {
      charts.push_back(cause_rows(kernel + of_phase(experiment, phase), bars));
    }
  }
  return charts;
}

Table cause_table(const Experiment& experiment, const std::string& phase) {
  const std::vector<std::string> causes = causes_in(results_of(experiment, phase));
  Table table;
  table.caption = "Phase " + phase + ", the measured CPU: ms by cause";
  const PointNames names(experiment);
  table.columns = names.columns();
  table.heads = table.columns.size();
  for (const std::string& cause : causes) {
    table.columns.push_back(Column{cause, ColumnKind::number});
  }
  table.columns.push_back(Column{"together", ColumnKind::number});
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase != phase) {
        continue;
      }
      Row row{names.cells(point)};
      const std::vector<CauseTime> times = causes_of(measured.result);
      for (const std::string& cause : causes) {
        const auto found = std::find_if(times.begin(), times.end(),
                                        [&](const CauseTime& time) { return time.cause == cause; });
        row.cells.push_back(found == times.end() ? kNothing : ms_text(found->ps));
      }
      row.cells.push_back(ms_text(measured.result.elapsed_ps));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

Section causes_section(const Experiment& experiment) {
  Section section{"causes", "Where the time went", {}};
  for (const std::string& phase : phases_of(experiment)) {
    const std::vector<const PhaseResult*> results = results_of(experiment, phase);
    const Layout layout = lay_out(experiment, phase);
    Charts charts;
    charts.legend = cause_legend(results);
    std::size_t left_out = 0;
    if (is_one_at_a_time(experiment)) {
      charts.charts = charts_of_changes(experiment, phase, left_out);
    } else if (layout.has_curves()) {
      charts.charts = charts_along(layout, of_phase(experiment, phase), charts.are_small, left_out);
    } else if (results.size() <= kMostBars) {
      charts.charts.push_back(chart_of_all(experiment, phase));
    }
    if (!charts.charts.empty()) {
      section.blocks.emplace_back(std::move(charts));
    }
    if (left_out > 0) {
      section.blocks.emplace_back(Paragraph{std::string(is_one_at_a_time(experiment) ? "Bars" : "Charts") +
                                            " left out here: " + std::to_string(left_out) +
                                            ". The table has them all."});
    }
    section.blocks.emplace_back(cause_table(experiment, phase));
  }
  return section;
}

}  // namespace p9mmu::model::report::page
