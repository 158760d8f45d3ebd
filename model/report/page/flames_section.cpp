#include "model/report/numbers.h"
#include "model/report/page/cause_chart.h"
#include "model/report/page/figures.h"
#include "model/report/page/layout.h"
#include "model/report/page/sections.h"

namespace p9mmu::model::report::page {
namespace {

/// A tenth of a per cent is about a pixel.
constexpr double kLeastShare = 0.001;
/// Of a sweep with more results, the first so many; p9mmu run --folded gives any other's.
constexpr std::size_t kMostFlames = 96;
/// More than this and they are folded away.
constexpr std::size_t kMostOpen = 8;

struct Subject {
  const Point* point;
  const Measured* measured;
};

std::vector<Subject> subjects_of(const Experiment& experiment) {
  std::vector<Subject> subjects;
  for (const Point& point : experiment.points) {
    for (const Measured& measured : point.phases) {
      subjects.push_back(Subject{&point, &measured});
    }
  }
  return subjects;
}

std::string hidden_text(const FlameGraph& graph) {
  if (graph.hidden_ps == 0) {
    return "";
  }
  return "; frames of less than 0.1% are left out, " +
         significant(100 * static_cast<double>(graph.hidden_ps) / static_cast<double>(graph.total_ps), 2) +
         "% together";
}

Flame measured_flame(const PointNames& names, const Subject& subject, bool is_folded) {
  const PhaseResult& result = subject.measured->result;
  Flame flame;
  flame.graph = flame_graph(result, Whose::measured_cpu, kLeastShare);
  flame.title = names(*subject.point) + ": " + result.phase + ", CPU " + std::to_string(result.measured_cpu);
  flame.note = ms_text(flame.graph.total_ps) + " ms" + hidden_text(flame.graph);
  flame.is_folded = is_folded;
  return flame;
}

Flame victims_flame(const PointNames& names, const Subject& subject, bool is_folded) {
  const PhaseResult& result = subject.measured->result;
  Flame flame;
  flame.graph = flame_graph(result, Whose::others_but_idle, kLeastShare);
  flame.title = names(*subject.point) + ": " + result.phase + ", the other CPUs together";
  flame.note = ms_text(flame.graph.total_ps) + " ms; the time in which they idled is left out" +
               hidden_text(flame.graph);
  flame.is_folded = is_folded;
  return flame;
}

Table accounts_table(const PointNames& names, const Subject& subject) {
  const PhaseResult& result = subject.measured->result;
  Table table;
  table.caption = names(*subject.point) + ": the account of " + result.phase;
  table.columns = {{"CPUs"}, {"call path"}, {"cause"}, {"ms", ColumnKind::number}};
  table.heads = 2;
  table.is_folded = true;
  for (const AccountRow& row : result.accounts) {
    std::string path = row.path.empty() ? "outside any routine" : row.path;
    for (std::size_t place = 0; (place = path.find(';', place)) != std::string::npos; place += 3) {
      path.replace(place, 1, " > ");
    }
    table.rows.push_back(Row{{row.cpus, path, row.cause, ms_text(row.ps)}});
  }
  return table;
}

}  // namespace

Section flames_section(const Experiment& experiment) {
  Section section{"flames", "Flame graphs", {}};
  const std::vector<Subject> subjects = subjects_of(experiment);
  if (subjects.empty()) {
    return section;
  }
  section.blocks.emplace_back(Paragraph{
      "Each row is what the one above it called, as wide as the time it took; in brackets and coloured is "
      "what the time was spent on. Arrow keys move, Enter or a click enlarges a frame, Escape shows all."});
  std::vector<const PhaseResult*> results;
  for (const Subject& subject : subjects) {
    results.push_back(&subject.measured->result);
  }
  section.blocks.emplace_back(Charts{cause_legend(results), {}, false});
  const PointNames names(experiment);
  const bool is_folded = subjects.size() > kMostOpen;
  for (std::size_t i = 0; i < subjects.size() && i < kMostFlames; ++i) {
    section.blocks.emplace_back(measured_flame(names, subjects[i], is_folded));
    Flame victims = victims_flame(names, subjects[i], true);
    if (!experiment.is_planned() && victims.graph.total_ps > 0) {
      section.blocks.emplace_back(std::move(victims));
    }
    if (!experiment.is_planned()) {
      section.blocks.emplace_back(accounts_table(names, subjects[i]));
    }
  }
  if (subjects.size() > kMostFlames) {
    section.blocks.emplace_back(Paragraph{"Results without a flame graph here: " +
                                          grouped(static_cast<std::int64_t>(subjects.size() - kMostFlames)) +
                                          ". The command of each point, with --folded FILE, gives it."});
  }
  return section;
}

}  // namespace p9mmu::model::report::page
