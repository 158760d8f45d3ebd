#include "model/report/table.h"

#include <algorithm>
#include <numeric>

#include "mmu/check.h"
#include "model/report/numbers.h"

namespace p9mmu::model::report {
namespace {

std::string line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                 const std::vector<std::string>& cells, const std::string& gap) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string blanks(widths[i] - cells[i].size(), ' ');
    text += i == 0 ? "" : gap;
    text += columns[i].left ? cells[i] + blanks : blanks + cells[i];
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace

std::string render_table(const std::vector<Column>& columns,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> heading(2);
  std::vector<std::size_t> widths;
  for (const Column& column : columns) {
    heading[0].push_back(column.above);
    heading[1].push_back(column.below);
    widths.push_back(std::max(column.above.size(), column.below.size()));
  }
  for (const std::vector<std::string>& row : rows) {
    P9MMU_CHECK(row.size() == columns.size(), row.size() << " cells for " << columns.size() << " columns");
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  const std::size_t cells = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  const std::string gap(cells + 2 * (columns.size() - 1) <= kTextWidth ? 2 : 1, ' ');
  std::string text;
  if (std::any_of(columns.begin(), columns.end(),
                  [](const Column& column) { return !column.above.empty(); })) {
    text += line(columns, widths, heading[0], gap);
  }
  text += line(columns, widths, heading[1], gap);
  for (const std::vector<std::string>& row : rows) {
    text += line(columns, widths, row, gap);
  }
  return text;
}

}  // namespace p9mmu::model::report
