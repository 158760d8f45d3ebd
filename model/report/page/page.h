// A report: experiments in, one HTML document out. Same experiments, same bytes.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/blocks.h"
#include "model/report/page/experiment.h"

namespace p9mmu::model::report::page {

/// At least one experiment. `title` "" takes the first one's.
[[nodiscard]] Page make_page(const std::vector<Experiment>& experiments, const std::string& title);

}  // namespace p9mmu::model::report::page
