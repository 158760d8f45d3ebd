#include "model/report/numbers.h"
#include "model/report/page/figures.h"
#include "model/report/page/sections.h"
#include "model/report/page/sensitivity.h"
#include "model/report/page/tornado_chart.h"

namespace p9mmu::model::report::page {
namespace {

std::string with_change(std::int64_t ps, std::int64_t base_ps) {
  const double percent = 100 * (static_cast<double>(ps) / static_cast<double>(base_ps) - 1);
  const std::string number = fixed(percent, 1);
  const bool is_nothing = number == "0.0" || number == "-0.0";
  return is_nothing ? "0.0%" : (percent > 0 ? "+" : "") + number + "%";
}

Table bars_table(const std::string& phase, const Sensitivities& one) {
  Table table;
  table.caption =
      one.kernel + ", phase " + phase + ": one setting at a time, from " + ms_text(one.base_ps) + " ms";
  table.columns = {{"setting"},
                   {"at the base"},
                   {"least", ColumnKind::number},
                   {"ms", ColumnKind::number},
                   {"change", ColumnKind::number},
                   {"greatest", ColumnKind::number},
                   {"ms", ColumnKind::number},
                   {"change", ColumnKind::number}};
  for (const Sensitivity& bar : one.bars) {
    table.rows.push_back(
        Row{{axis_name(bar.axis), bar.base_value, bar.least.value, ms_text(bar.least.elapsed_ps),
             with_change(bar.least.elapsed_ps, one.base_ps), bar.greatest.value,
             ms_text(bar.greatest.elapsed_ps), with_change(bar.greatest.elapsed_ps, one.base_ps)}});
  }
  return table;
}

/// Along an axis that the charts of time show already, a single bar would say the same again.
bool shown_as_curve(const Layout& layout, const Sensitivities& one) {
  return layout.has_curves() && one.bars.size() == 1 && one.bars.front().axis == layout.axis;
}

}  // namespace

Section sensitivity_section(const Experiment& experiment) {
  Section section{"sensitivity", "Sensitivity", {}};
  for (const std::string& phase : phases_of(experiment)) {
    const Layout layout = lay_out(experiment, phase);
    Charts charts;
    charts.legend = tornado_legend();
    std::vector<Table> tables;
    for (const Sensitivities& one : sensitivities(experiment, phase)) {
      if (!shown_as_curve(layout, one)) {
        charts.charts.push_back(tornado_chart(
            one.kernel + of_phase(experiment, phase) + ", from " + ms_text(one.base_ps) + " ms", one));
        tables.push_back(bars_table(phase, one));
      }
    }
    if (tables.empty()) {
      continue;
    }
    section.blocks.emplace_back(Paragraph{
        "From a base point, each setting alone is taken to its least and to its greatest value; of words, to "
        "those with the shortest and the longest time. The base has on each axis the value that most points "
        "have, or the machine's own."});
    section.blocks.emplace_back(std::move(charts));
    for (Table& table : tables) {
      section.blocks.emplace_back(std::move(table));
    }
  }
  return section;
}

}  // namespace p9mmu::model::report::page
