// Columns under two lines of heading, aligned. Pure text: what stands in the cells is the caller's.
#pragma once

#include <string>
#include <vector>

namespace p9mmu::model::report {

struct Column {
  std::string above;  ///< first line of the heading
  std::string below;  ///< second line of the heading
  bool left = false;  ///< aligned to the left, as words are
};

/// Two blanks between columns, one if the table would otherwise be wider than kTextWidth. Each row has a cell
/// for each column. A first heading line that is empty in all columns is left out.
[[nodiscard]] std::string render_table(const std::vector<Column>& columns,
                                       const std::vector<std::vector<std::string>>& rows);

}  // namespace p9mmu::model::report
