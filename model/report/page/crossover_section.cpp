#include "model/report/page/crossover.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {
namespace {

std::string comparison_text(const Comparison& comparison) {
  if (comparison.common == 0) {
    return "have no point in common";
  }
  if (comparison.equal == comparison.common) {
    return "take equally long at every simulated point";
  }
  const std::string ties =
      std::to_string(comparison.equal) + " of " + std::to_string(comparison.common) + " simulated points";
  if (!comparison.faster.empty()) {
    return comparison.faster + " is faster at every simulated point" +
           (comparison.equal == 0 ? "" : " but " + ties + ", at which both take equally long");
  }
  std::string text;
  for (const Crossover& crossover : comparison.crossovers) {
    text += (text.empty() ? "" : "; ") + ("between " + crossover.from_text) + " and " + crossover.to_text +
            ": " + crossover.faster_before + " is faster up to " + crossover.from_text + ", " +
            crossover.faster_after + " from " + crossover.to_text + " on";
  }
  text += comparison.equal == 0 ? "" : "; both take equally long at " + ties;
  return text;
}

}  // namespace

Section crossover_section(const Experiment& experiment) {
  Section section{"crossovers", "Crossover points", {}};
  for (const std::string& phase : phases_of(experiment)) {
    const Layout layout = lay_out(experiment, phase);
    if (!layout.has_curves() || is_one_at_a_time(experiment)) {
      continue;
    }
    const bool several = layout.panels.size() > 1;
    Table table{"Phase " + phase + ", along " + layout.title, {}, {}, several ? 2U : 1U, false};
    if (several) {
      table.columns.push_back(Column{"where"});
    }
    for (const char* name : {"kernels", "simulated", "which is faster"}) {
      table.columns.push_back(Column{name});
    }
    for (const Panel& panel : layout.panels) {
      for (const Comparison& comparison : compare_kernels(panel, layout.spacing)) {
        Row row;
        if (several) {
          row.cells.push_back(panel.title);
        }
        row.cells.push_back(comparison.first + ", " + comparison.second);
        row.cells.push_back(
            comparison.common == 0 ? kNothing : comparison.least_text + " to " + comparison.greatest_text);
        row.cells.push_back(comparison_text(comparison));
        row.is_marked = !comparison.crossovers.empty();
        table.rows.push_back(std::move(row));
      }
    }
    if (!table.rows.empty()) {
      section.blocks.emplace_back(std::move(table));
    }
  }
  if (!section.blocks.empty()) {
    section.blocks.emplace_back(Paragraph{
        "A crossover lies somewhere between two simulated points, which are given; nothing is interpolated "
        "between them or extrapolated beyond. In the charts it is a grey band."});
  }
  return section;
}

}  // namespace p9mmu::model::report::page
