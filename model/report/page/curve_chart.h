// A figure against an axis, a line for each kernel, with the published figures where there are any and the
// places where kernels change places. What is drawn is only what was simulated.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/report/page/blocks.h"
#include "model/report/page/layout.h"

namespace p9mmu::model::report::page {

/// What a chart shows of each sample.
struct Quantity {
  std::string title;  ///< of the axis: "ms"
  std::function<std::optional<double>(const Measured&)> value;
  /// The published figure in the same unit; may be null.
  std::function<std::optional<double>(const Measured&)> published;
};

[[nodiscard]] Chart curve_chart(const std::string& title, const Layout& layout, const Panel& panel,
                                const std::vector<std::string>& kernels, const Quantity& quantity);

}  // namespace p9mmu::model::report::page
