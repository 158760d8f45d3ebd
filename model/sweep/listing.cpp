#include "model/sweep/listing.h"

#include "model/report/numbers.h"
#include "model/report/table.h"

namespace p9mmu::model {

std::string describe_plan(const SweepPlan& plan) {
  std::string text = plan.file().name + ": " + report::grouped(static_cast<std::int64_t>(plan.size())) +
                     (plan.size() == 1 ? " point" : " points");
  std::string separator = ": ";
  for (const SweepPlan::Dimension& dimension : plan.dimensions()) {
    text += separator + std::to_string(dimension.size);
    if (dimension.axes.empty()) {
      text += dimension.size == 1 ? " kernel" : " kernels";
    }
    std::string joint = " of ";
    for (const std::size_t axis : dimension.axes) {
      text += joint + plan.file().axes[axis].vary;
      joint = " with ";
    }
    separator = " x ";
  }
  return text;
}

std::string list_points(const SweepPlan& plan, const std::function<std::string(std::size_t)>& state) {
  std::vector<report::Column> columns = {{"", "point"}};
  for (const PlanAxis& axis : plan.file().axes) {
    columns.push_back({"", axis.vary});
  }
  const bool has_kernels = !plan.file().kernels.empty();
  if (has_kernels) {
    columns.push_back({"", "kernel", true});
  }
  columns.push_back({"", "state", true});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    std::vector<std::string> row = {std::to_string(point + 1)};
    for (const Setting& setting : plan.settings(point)) {
      row.push_back(setting.value);
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
