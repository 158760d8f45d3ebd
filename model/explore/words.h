// How addresses, table entries and routines are called where steps are listed.
#pragma once

#include <cstdint>
#include <string>

#include "mmu/radix_entry.h"

namespace p9mmu::model::explore {

[[nodiscard]] std::string hex(std::uint64_t value);
/// "none", "a pointer to the table at 0x...", "a leaf for the page at 0x..., being serialised".
[[nodiscard]] std::string describe_entry(mmu::RadixEntry entry);
/// The last of the routines in a path.
[[nodiscard]] std::string innermost(const std::string& path);

}  // namespace p9mmu::model::explore
