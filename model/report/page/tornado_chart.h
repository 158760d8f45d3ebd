// A tornado chart: for each thing that was varied alone, how far the time moves from the base point when it
// takes its least and its greatest value; the widest on top.
#pragma once

#include <string>

#include "model/report/page/blocks.h"
#include "model/report/page/sensitivity.h"

namespace p9mmu::model::report::page {

[[nodiscard]] Chart tornado_chart(const std::string& title, const Sensitivities& sensitivities);

[[nodiscard]] std::vector<LegendEntry> tornado_legend();

}  // namespace p9mmu::model::report::page
