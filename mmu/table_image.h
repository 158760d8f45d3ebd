// The captured-image format: a machine's partition table, process tables and radix trees as they lay in real
// memory, 4 KiB frame by frame, with PTCR and an LPID. In bytes: "P9PTIMG1"; number of frames, PTCR, LPID;
// the frames' addresses, ascending; the frames. Numbers are little-endian 64-bit, the frames' contents
// big-endian as in memory. It reads bytes that somebody else has got hold of; files and compression are
// model/translate/'s.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mmu/address.h"
#include "mmu/real_memory.h"
#include "mmu/table_entries.h"

namespace p9mmu::mmu {

struct TableImage {
  RealMemory memory;
  PartitionTableControl ptcr;
  Lpid lpid;  ///< the partition that the image is about; 0 for a host's
};

/// Throws UserError, naming `name`, for anything that is not a whole image.
[[nodiscard]] TableImage read_table_image(std::span<const std::byte> bytes, const std::string& name);

/// The same as bytes: the 4 KiB frames at `frames`, ascending.
[[nodiscard]] std::vector<std::byte> write_table_image(const TableImage& image,
                                                       std::span<const RealAddress> frames);

}  // namespace p9mmu::mmu
