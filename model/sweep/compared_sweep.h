// Reads what `p9mmu compare` holds against each other of two sweeps: the points of their databases that have
// been run, and where they stand on the axes of both.
#pragma once

#include <utility>

#include "model/compare/run_source.h"
#include "model/compare/sweep_comparison.h"

namespace p9mmu::model {

/// Plans correspond by their names, or as the only ones. A point's place on an axis that only the other
/// sweep's plan has is what was in force there. A kernel in a source's name leaves only that kernel's points.
/// Throws mmu::UserError if a file is not a sweep's database or has nothing to compare.
[[nodiscard]] std::pair<ComparedSweep, ComparedSweep> read_sweeps(const SourceName& a, const SourceName& b);

}  // namespace p9mmu::model
