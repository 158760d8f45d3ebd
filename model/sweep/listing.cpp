#include "model/sweep/listing.h"

#include <algorithm>

#include "model/report/numbers.h"
#include "model/report/table.h"

namespace p9mmu::model {

namespace {

std::string describe(const SweepPlan::Dimension& dimension, const SweepPlan& plan) {
  if (dimension.in_turn) {
    return " of " + std::to_string(dimension.axes.size()) + " axes in turn (" + dimension.name + ")";
  }
  std::string text;
  for (const std::size_t axis : dimension.axes) {
    text += (text.empty() ? " of " : " with ") + plan.file().axes[axis].vary;
  }
  return !text.empty() ? text : dimension.size == 1 ? " kernel" : " kernels";
}

/// The column that shows an axis; those in turn share one for each name.
std::string column_of(const PlanAxis& axis) {
  return axis.in_turn.empty() ? axis.vary : axis.in_turn;
}

std::vector<std::string> columns_of(const SweepPlan& plan) {
  std::vector<std::string> names;
  for (const PlanAxis& axis : plan.file().axes) {
    if (std::find(names.begin(), names.end(), column_of(axis)) == names.end()) {
      names.push_back(column_of(axis));
    }
  }
  return names;
}

/// What the point has in that column: of axes in turn, which it is as well.
std::string cell(const SweepPlan& plan, const std::vector<Setting>& settings, const std::string& column) {
  for (const PlanAxis& axis : plan.file().axes) {
    for (const Setting& setting : settings) {
      if (axis.vary == setting.axis && column_of(axis) == column) {
        return axis.in_turn.empty() ? setting.value : setting.axis + " = " + setting.value;
      }
    }
  }
  return "";
}

}  // namespace

std::string describe_plan(const SweepPlan& plan) {
  std::string text = plan.file().name + ": " + report::grouped(static_cast<std::int64_t>(plan.size())) +
                     (plan.size() == 1 ? " point" : " points");
  std::string separator = ": ";
  for (const SweepPlan::Dimension& dimension : plan.dimensions()) {
    text += separator + std::to_string(dimension.size) + describe(dimension, plan);
    separator = " x ";
  }
  return text;
}

std::string list_points(const SweepPlan& plan, const std::function<std::string(std::size_t)>& state) {
  std::vector<report::Column> columns = {{"", "point"}};
  const std::vector<std::string> names = columns_of(plan);
  for (const std::string& name : names) {
    const bool is_words = std::any_of(plan.file().axes.begin(), plan.file().axes.end(),
                                      [&](const PlanAxis& axis) { return axis.in_turn == name; });
    columns.push_back({"", name, is_words});
  }
  const bool has_kernels = !plan.file().kernels.empty();
  if (has_kernels) {
    columns.push_back({"", "kernel", true});
  }
  columns.push_back({"", "state", true});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    std::vector<std::string> row = {std::to_string(point + 1)};
    const std::vector<Setting> settings = plan.settings(point);
    for (const std::string& name : names) {
      row.push_back(cell(plan, settings, name));
    }
    if (has_kernels) {
      row.push_back(plan.inputs(point).kernel);
    }
    row.push_back(state(point));
    rows.push_back(std::move(row));
  }
  return report::render_table(columns, rows);
}

}  // namespace p9mmu::model
