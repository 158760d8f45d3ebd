// mremap with MREMAP_MAYMOVE and MREMAP_FIXED (mm/mremap.c): a mapping moves to another place with its pages.
// A huge page moves as its PMD if both places are aligned, otherwise it is split and its PTEs move. All under
// mmap_lock for writing. Growing, shrinking and moving in place are not modelled.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// Moves [start, start + length) to `target`, where what is mapped goes first. UserError if either is not
/// aligned to a base page, the two overlap, or the range does not lie in one mapping.
Task<void> sys_mremap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length,
                      EffectiveAddress target);

}  // namespace p9mmu::workloads
