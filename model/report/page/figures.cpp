#include "model/report/page/figures.h"

#include <algorithm>
#include <cctype>

#include "model/report/numbers.h"
#include "model/report/page/layout.h"
#include "model/report/page/sensitivity.h"
#include "model/report/per_pmd.h"
#include "model/report/published.h"

namespace p9mmu::model::report::page {
namespace {

bool is_number(const std::string& text) {
  return text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

}  // namespace

double in_ms(std::int64_t ps) {
  return static_cast<double>(ps) / 1e9;
}

std::string ms_text(std::int64_t ps) {
  return significant(in_ms(ps), 4);
}

std::optional<double> cycles_per_pmd(const Measured& measured) {
  const std::optional<double> pmds = pmds_cleared_alone(measured.result);
  return pmds ? std::optional(measured.elapsed_cycles / *pmds) : std::nullopt;
}

std::optional<double> published_cycles_per_pmd(const Measured& measured) {
  const std::optional<double> pmds = pmds_cleared_alone(measured.result);
  if (!pmds || !measured.result.published_ms || measured.result.elapsed_ps <= 0) {
    return std::nullopt;
  }
  const double cycles_per_ms = measured.elapsed_cycles / in_ms(measured.result.elapsed_ps);
  return *measured.result.published_ms * cycles_per_ms / *pmds;
}

std::optional<double> published_ratio(const Measured& measured) {
  return report::published_ratio(measured.result);
}

PointNames::PointNames(const Experiment& experiment)
    : experiment_(experiment),
      axes_(varying_axes(experiment)),
      base_(base_settings(experiment)),
      is_one_at_a_time_(page::is_one_at_a_time(experiment)) {}

std::string PointNames::operator()(const Point& point) const {
  const std::string here = place(point);
  return here.empty() ? point.kernel : here + ", " + point.kernel;
}

std::string PointNames::place(const Point& point) const {
  constexpr std::size_t kMostAxes = 2;
  if (!is_one_at_a_time_ && axes_.size() > kMostAxes) {
    return "point " + std::to_string(point.number);
  }
  std::vector<Setting> settings;
  if (is_one_at_a_time_) {
    settings = changes_from(base_, point);
    if (settings.empty()) {
      return "base point";
    }
  } else {
    for (const std::string& axis : axes_) {
      settings.push_back(setting_of(point, axis));
    }
  }
  std::string name;
  for (const Setting& setting : settings) {
    if (!setting.value.empty()) {
      name += name.empty() ? "" : ", ";
      name += setting.axis == kCpusAxis ? setting.value + " CPUs"
                                        : axis_name(setting.axis) + " = " + setting.value;
    }
  }
  return name;
}

std::vector<Column> PointNames::columns() const {
  std::vector<Column> columns;
  if (is_one_at_a_time_) {
    columns.push_back(Column{"setting", ColumnKind::words});
  } else {
    for (const std::string& axis : axes_) {
      const bool numbers =
          std::all_of(experiment_.points.begin(), experiment_.points.end(),
                      [&](const Point& point) { return is_number(setting_of(point, axis).value); });
      columns.push_back(Column{axis_name(axis), numbers ? ColumnKind::number : ColumnKind::words});
    }
  }
  columns.push_back(Column{"kernel", ColumnKind::words});
  return columns;
}

std::vector<std::string> PointNames::cells(const Point& point) const {
  std::vector<std::string> cells;
  if (is_one_at_a_time_) {
    cells.push_back(place(point));
  } else {
    for (const std::string& axis : axes_) {
      const std::string value = setting_of(point, axis).value;
      cells.push_back(value.empty() ? kNothing : value);
    }
  }
  cells.push_back(point.kernel.empty() ? kNothing : point.kernel);
  return cells;
}

void drop_empty_columns(Table& table) {
  for (std::size_t i = table.columns.size(); i-- > table.heads;) {
    const bool is_empty = std::all_of(table.rows.begin(), table.rows.end(), [i](const Row& row) {
      return row.cells[i].empty() || row.cells[i] == kNothing;
    });
    if (is_empty) {
      table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(i));
      for (Row& row : table.rows) {
        row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
}

}  // namespace p9mmu::model::report::page
