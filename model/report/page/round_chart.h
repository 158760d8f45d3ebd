// How long rounds of interrupts took: a histogram of one result, or of the results along an axis a column
// each, the more rounds the darker.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/blocks.h"
#include "model/report/page/layout.h"

namespace p9mmu::model::report::page {

/// Numbers of rounds against their duration, both logarithmic: a few rounds among very many are to be seen.
[[nodiscard]] Chart round_histogram(const std::string& title, const PhaseResult& result,
                                    const std::string& style);

[[nodiscard]] Chart round_columns(const std::string& title, const Layout& layout, const Curve& curve,
                                  const std::string& style);

}  // namespace p9mmu::model::report::page
