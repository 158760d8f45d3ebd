// The scenarios that come with the program, compiled in: the scripts of workloads/scripts/races/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace p9mmu::model::explore {

/// The script races/`name`.lua, or nothing.
[[nodiscard]] std::optional<std::string_view> shipped_scenario(std::string_view name);

/// Sorted.
[[nodiscard]] std::vector<std::string> shipped_scenario_names();

}  // namespace p9mmu::model::explore
