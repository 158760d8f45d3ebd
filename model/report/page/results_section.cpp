#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/page/figures.h"
#include "model/report/page/layout.h"
#include "model/report/page/sections.h"
#include "model/report/per_pmd.h"
#include "model/report/published.h"

namespace p9mmu::model::report::page {
namespace {

std::string count(const PhaseResult& result, const char* name) {
  const std::optional<std::int64_t> value = counter(result, name);
  return value ? grouped(*value) : kNothing;
}

std::string barriers(const PhaseResult& result) {
  std::int64_t sum = 0;
  bool counted = false;
  for (const char* name : {"hwsync_count", "ptesync_count", "tlbsync_count"}) {
    const std::optional<std::int64_t> value = counter(result, name);
    counted = counted || value;
    sum += value.value_or(0);
  }
  return counted ? grouped(sum) : kNothing;
}

std::string per_pmd_ns(const Measured& measured) {
  const std::optional<double> pmds = pmds_cleared_alone(measured.result);
  return pmds ? significant(static_cast<double>(measured.result.elapsed_ps) / 1e3 / *pmds, 4) : kNothing;
}

std::vector<std::string> figures(const Measured& measured) {
  const PhaseResult& result = measured.result;
  const std::optional<double> cycles = cycles_per_pmd(measured);
  const std::optional<double> ratio = published_ratio(measured);
  const std::string is = measured.published_is.empty() ? "changed" : measured.published_is;
  return {ms_text(result.elapsed_ps),
          per_pmd_ns(measured),
          cycles ? significant(*cycles, 4) : kNothing,
          count(result, "ipis_sent"),
          count(result, "tlbie_count"),
          barriers(result),
          significant(measured.victim_cycles / 1e6, 4),
          result.published_ms ? significant(*result.published_ms, 2) : kNothing,
          ratio ? fixed(*ratio, 3) : kNothing,
          ratio ? is : ""};
}

Table main_table(const Experiment& experiment, const std::string& phase) {
  Table table;
  table.caption = "Phase " + phase;
  const PointNames names(experiment);
  table.columns = names.columns();
  table.heads = table.columns.size();
  for (const char* name : {"ms", "ns per PMD", "cycles per PMD", "IPIs", "tlbies", "barriers",
                           "victims, Mcycles", "published, ms", "ratio"}) {
    table.columns.push_back(Column{name, ColumnKind::number});
  }
  table.columns.push_back(Column{"the ratio is a", ColumnKind::words});
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase) {
        std::vector<std::string> cells = names.cells(point);
        const std::vector<std::string> rest = figures(measured);
        cells.insert(cells.end(), rest.begin(), rest.end());
        table.rows.push_back(Row{std::move(cells)});
      }
    }
  }
  drop_empty_columns(table);
  return table;
}

/// Of runs: each counter's row, a column for each result.
Table counters_table(const Experiment& experiment, const std::string& phase) {
  Table table{"Every counter of phase " + phase, {{"counter"}, {"what counts as one"}}, {}, 2, true};
  const PointNames names(experiment);
  std::vector<const PhaseResult*> results;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      if (measured.result.phase == phase) {
        results.push_back(&measured.result);
        table.columns.push_back(Column{names(point), ColumnKind::number});
      }
    }
  }
  for (const Counter& declared : results.front()->counters) {
    Row row{{declared.name, declared.sentence}};
    for (const PhaseResult* result : results) {
      row.cells.push_back(count(*result, declared.name.c_str()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::string> sources(const Experiment& experiment) {
  std::vector<std::string> texts;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      const std::string& text = measured.result.published_source;
      if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) {
        texts.push_back(text);
      }
    }
  }
  return texts;
}

constexpr const char* kHowToRead =
    "Barriers are hwsync, ptesync and tlbsync. Victims are all CPUs but the measured one, and their cycles "
    "what the phase took from them: a tlbie takes none from idle CPUs, nor, as modelled, from kernel code. "
    "Ratio is simulated over published time: a calibration was fitted to that figure, a prediction was not, "
    "and changed is neither, since a parameter differs from those of the machine that was calibrated.";

}  // namespace

Section results_section(const Experiment& experiment) {
  Section section{"results", "Results", {}};
  for (const std::string& phase : phases_of(experiment)) {
    section.blocks.emplace_back(main_table(experiment, phase));
  }
  if (section.blocks.empty()) {
    return section;
  }
  section.blocks.emplace_back(Paragraph{kHowToRead});
  for (const std::string& source : sources(experiment)) {
    section.blocks.emplace_back(Paragraph{"Published: " + source + "."});
  }
  if (!experiment.is_planned()) {
    for (const std::string& phase : phases_of(experiment)) {
      section.blocks.emplace_back(counters_table(experiment, phase));
    }
  }
  return section;
}

}  // namespace p9mmu::model::report::page
