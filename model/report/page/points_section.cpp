#include "model/report/page/figures.h"
#include "model/report/page/sections.h"

namespace p9mmu::model::report::page {
namespace {

const char* state_text(PointState state) {
  switch (state) {
    case PointState::done:
      return "done";
    case PointState::failed:
      return "failed";
    case PointState::missing:
      return "no result";
  }
  return "";
}

Table points_table(const PointNames& names, const std::string& caption) {
  Table table;
  table.caption = caption;
  table.columns = {{"point", ColumnKind::number}};
  for (const Column& column : names.columns()) {
    table.columns.push_back(column);
  }
  table.heads = table.columns.size();
  return table;
}

Row point_row(const PointNames& names, const Point& point) {
  Row row{{std::to_string(point.number)}};
  const std::vector<std::string> cells = names.cells(point);
  row.cells.insert(row.cells.end(), cells.begin(), cells.end());
  return row;
}

}  // namespace

Section failures_section(const Experiment& experiment) {
  Section section{"failures", "Failures", {}};
  const PointNames names(experiment);
  Table table = points_table(names, "Points without a result");
  table.columns.push_back(Column{"state"});
  table.columns.push_back(Column{"why"});
  table.columns.push_back(Column{"command", ColumnKind::code});
  for (const Point& point : experiment.points) {
    if (point.state != PointState::done) {
      Row row = point_row(names, point);
      row.cells.insert(row.cells.end(), {state_text(point.state), point.message, point.command});
      table.rows.push_back(std::move(row));
    }
  }
  if (table.rows.empty()) {
    section.blocks.emplace_back(Paragraph{"None: every point has a result."});
  } else {
    section.blocks.emplace_back(std::move(table));
  }
  return section;
}

Section reproduce_section(const Experiment& experiment) {
  Section section{"reproduce", "How to reproduce each point", {}};
  section.blocks.emplace_back(Paragraph{
      "The same program with the same command gives the same figures, on any host. Paths of scripts and "
      "machines are as they were given: run the commands in the directory in which the " +
      std::string(experiment.is_planned() ? "sweep" : "run") +
      " was started. A click on a command selects it."});
  const PointNames names(experiment);
  Table table = points_table(names, "The command of each point");
  table.columns.push_back(Column{"command", ColumnKind::code});
  for (const Point& point : experiment.points) {
    Row row = point_row(names, point);
    row.cells.push_back(point.command);
    table.rows.push_back(std::move(row));
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace p9mmu::model::report::page
