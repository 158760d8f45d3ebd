// Mappings and their edges (mm/mmap.c): a VMA is split where something is done to a part of it, and a huge
// page that the new edge cuts with it. All with mmap_lock held for writing.
#pragma once

#include <cstdint>
#include <vector>

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// A part of an address space.
struct Range {
  std::uint64_t start;
  std::uint64_t end;
};

/// The range of a system call, rounded up to base pages. UserError, which begins with `call`, if it does not
/// begin at one or does not lie inside the address space.
[[nodiscard]] Range checked_range(const Mm& mm, const char* call, EffectiveAddress start,
                                  std::uint64_t length);

/// split_vma at `address`, if a VMA lies on both sides of it.
Task<void> split_vma(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t address);

/// Splits the VMAs at both ends of the range; what lies between is whole VMAs then.
Task<void> isolate_vmas(Kernel& kernel, Cpu& cpu, Mm& mm, Range range);

/// vma_merge: VMAs in the range and beside it that continue each other and allow the same become one.
void merge_vmas(Mm& mm, Range range);

/// The VMAs, or their parts, that lie in the range, in ascending order.
[[nodiscard]] std::vector<Range> mapped_in(const Mm& mm, Range range);

}  // namespace p9mmu::workloads
