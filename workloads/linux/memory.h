// mm/memory.c: taking ranges out of the page tables. unmap_page_range clears the entries, huge PMDs one by
// one and base pages by PTE table, and puts the pages into a gather; free_pgtables then takes out the tables
// that nothing needs any more. hugetlb pages (1G) are not unmapped.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/mmu_gather.h"
#include "workloads/linux/vma.h"

namespace p9mmu::workloads {

/// Clears the entries of [start, end). UserError for what is not modelled.
Task<void> unmap_page_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range);

/// free_pgtables for ranges in ascending order, between which and around which nothing is mapped from `floor`
/// to `ceiling`.
Task<void> free_pgtables(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather,
                         const std::vector<Range>& ranges, Range bounds);

}  // namespace p9mmu::workloads
