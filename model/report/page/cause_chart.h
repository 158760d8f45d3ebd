// What the measured CPU's time was spent on, as bars of equal length that are divided by cause. How long the
// bars would be stands beside them: the kernels differ by orders of magnitude.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/blocks.h"

namespace p9mmu::model::report::page {

struct CauseBar {
  std::string name;   ///< of the row or column; unique
  std::string total;  ///< what stands beside it; may be ""
  const PhaseResult* result = nullptr;
};

/// Horizontal bars, one below the other.
[[nodiscard]] Chart cause_rows(const std::string& title, const std::vector<CauseBar>& bars);

/// Upright bars, side by side along an axis of that name.
[[nodiscard]] Chart cause_columns(const std::string& title, const std::string& axis,
                                  const std::vector<CauseBar>& bars);

/// The causes that occur in any of them, with the style sheet's classes.
[[nodiscard]] std::vector<LegendEntry> cause_legend(const std::vector<const PhaseResult*>& results);

}  // namespace p9mmu::model::report::page
