// One figure of each of several results: bars from zero, with the figure beside each, or simulated against
// published on a logarithmic axis. For results that no axis orders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/report/page/blocks.h"

namespace p9mmu::model::report::page {

struct BarValue {
  std::string name;  ///< unique
  std::string kernel;
  double value = 0;
  std::optional<double> published;
};

/// `unit` is the axis's title.
[[nodiscard]] Chart bar_chart(const std::string& title, const std::string& unit,
                              const std::vector<BarValue>& values, const std::vector<std::string>& kernels);

/// Values must be above zero. A filled symbol is what was simulated, a diamond what is published.
[[nodiscard]] Chart dot_chart(const std::string& title, const std::string& unit,
                              const std::vector<BarValue>& values, const std::vector<std::string>& kernels);

}  // namespace p9mmu::model::report::page
