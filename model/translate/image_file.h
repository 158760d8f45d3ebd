// Files as bytes, plain or compressed with xz, and the captured image in one. It tells compression by the
// contents, not by the name, and takes no more than a bound of memory whatever the file says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mmu/table_image.h"

namespace p9mmu::model {

/// No file is read, or expanded, beyond this many bytes.
inline constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 30;

/// The bytes of a file, expanded if they are xz. Throws mmu::UserError for a file that cannot be read, is
/// damaged or exceeds the bound.
[[nodiscard]] std::vector<std::byte> read_bytes(const std::string& path);

/// The image in a file. Throws mmu::UserError for a file that holds none.
[[nodiscard]] mmu::TableImage read_image_file(const std::string& path);

}  // namespace p9mmu::model
