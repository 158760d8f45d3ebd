// A comparison for people: what differs in the inputs, then in the results, largest first. Pure text, at most
// report::kTextWidth columns wide but for longer words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/compare/comparison.h"

namespace p9mmu::model {

/// `most_paths`: how many call paths of a phase are shown at most, for the measured CPU and for the others.
[[nodiscard]] std::string to_text(const Comparison& comparison, std::size_t most_paths);

/// What differs in each of them.
[[nodiscard]] std::string to_text(const std::vector<PhaseComparison>& phases, std::size_t most_paths);

/// "1.044", "1/12.5" of a small one; "new" if there is nothing in `a`, "gone" if in `b`, "-" if in both.
[[nodiscard]] std::string ratio_text(std::optional<std::int64_t> a, std::optional<std::int64_t> b);

/// Two blanks before each line that is not empty.
[[nodiscard]] std::string indented(const std::string& text);

/// "346.5 ms", "1.23 us", "63 ns", "8 ps"; with the sign of a difference if `sign`.
[[nodiscard]] std::string time_text(std::int64_t ps, bool sign);

}  // namespace p9mmu::model
