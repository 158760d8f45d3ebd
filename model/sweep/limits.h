// What a point of a sweep may use up before it is ended, and how users write it. Who ends it is
// point_process.h's business.
#pragma once

#include <cstdint>
#include <string>

#include "model/machine/machine_file.h"

namespace p9mmu::model {

/// What a point may use up before it is ended.
struct PointLimits {
  double seconds = 600;                                 ///< on the wall
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< address space
};

/// "60 s", "1.5 min", "2 h". Throws mmu::UserError at `where`.
[[nodiscard]] double parse_time_limit(const std::string& text, const SourceLine& where);

/// "512MiB", "2 GiB". Throws mmu::UserError at `where`.
[[nodiscard]] std::uint64_t parse_memory_limit(const std::string& text, const SourceLine& where);

}  // namespace p9mmu::model
