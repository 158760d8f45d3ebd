// The machine files that come with the program. They are compiled in, so that the program finds them wherever
// it stands; a user's own file is read by resolve.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace p9mmu::model {

inline constexpr std::string_view kDefaultMachine = "power9-2x16";

/// The text of machines/`name`.toml, or nothing.
[[nodiscard]] std::optional<std::string_view> shipped_machine(std::string_view name);

/// Sorted.
[[nodiscard]] std::vector<std::string> shipped_machine_names();

}  // namespace p9mmu::model
