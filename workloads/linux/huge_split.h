// __split_huge_pmd (mm/huge_memory.c): a huge PMD becomes a table of base pages of the same memory, in every
// mm for itself; the page stays compound. A page of zeroes is not kept: its entry is cleared and flushed, and
// the table filled with the small zero page. Splitting the compound page is in
// workloads/linux/split_huge_page.h.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// What the entries of the split page are to be.
enum class SplitInto : std::uint8_t {
  pages,              ///< leaves for its base pages
  migration_entries,  ///< place holders, so that nobody can take a reference through them (freeze)
};

/// Splits the huge PMD that maps `address`, if there is one and, where `only` is not 0, if it maps that page.
Task<void> split_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address,
                          SplitInto into = SplitInto::pages, RealAddress only = RealAddress(0));

/// vma_adjust_trans_huge for one edge: splits the huge PMD, if any, that a VMA's new edge at `address` would
/// cut.
Task<void> vma_adjust_trans_huge(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address);

}  // namespace p9mmu::workloads
