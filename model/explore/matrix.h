// All scenarios under all kernels and both manners of walking: one table, and the counterexamples. How cells
// are laid out and what is said of them; exploring them in processes of their own is the command's.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace p9mmu::model::explore {

/// Verdicts as to_json gives them, in the order of scenarios, kernels, walkers.
using Cells = std::vector<nlohmann::ordered_json>;

/// A row for each scenario, a column for each kernel and walker.
[[nodiscard]] std::string matrix_to_text(const Cells& cells);
/// The same as a table in Markdown, and each counterexample in prose.
[[nodiscard]] std::string matrix_to_markdown(const Cells& cells);

}  // namespace p9mmu::model::explore
