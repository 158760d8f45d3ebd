// Walks and faults as words and numbers: what `p9mmu translate` prints and compares. Pure functions of what
// the mmu room found; no reading, no writing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mmu/access.h"
#include "mmu/mapping.h"
#include "mmu/walk.h"

namespace p9mmu::model {

/// "0x" and lower-case digits.
[[nodiscard]] std::string hex(std::uint64_t value);

/// ok, segment, no-translation, no-partition-translation or unsupported-configuration.
[[nodiscard]] std::string status_of(const mmu::Walk& walk);

/// A leaf's authority as "rwx" with a dash for what is missing, and "privileged" where it is.
[[nodiscard]] std::string rights_text(const mmu::Mapping& mapping);

/// The interrupt with its registers: "DSI, DSISR 0x42000000 (no translation, store), DAR 0x1000".
[[nodiscard]] std::string fault_text(const mmu::Fault& fault);

/// One line for each memory reference of a walk.
[[nodiscard]] std::vector<std::string> walk_lines(const mmu::WalkTrace& trace);

}  // namespace p9mmu::model
