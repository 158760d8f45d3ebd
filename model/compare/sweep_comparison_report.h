// A comparison of two sweeps for people and as one JSON document, schema "p9mmu.compare-sweeps/1"
// (docs/profiles-and-traces.md). Both tell the same; of points and call paths the text shows the first ones.
#pragma once

#include <cstddef>
#include <string>

#include "model/compare/sweep_comparison.h"
#include "model/report/json.h"

namespace p9mmu::model {

inline constexpr const char* kCompareSweepsSchema = "p9mmu.compare-sweeps/1";

/// `most_paths` as of a comparison of two runs.
[[nodiscard]] std::string to_text(const SweepComparison& comparison, std::size_t most_points,
                                  std::size_t most_paths);

[[nodiscard]] report::Json to_json(const SweepComparison& comparison);

}  // namespace p9mmu::model
