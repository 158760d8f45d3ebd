// Page faults on huge pages (mm/huge_memory.c): the first access, which maps a page of its own or the huge
// zero page; a store to a page that is shared or the zero page; an entry whose R or C is missing. Each
// expects mmap_lock for reading, takes the PMD's lock and looks at the entry again.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/fault_at.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// do_huge_pmd_anonymous_page: for a store a new page, for a load the huge zero page.
Task<void> do_huge_pmd_anonymous_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault);

/// huge_pmd_set_accessed: sets R, and C for a store, if the entry is still `seen`.
Task<void> huge_pmd_set_accessed(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault,
                                 RadixEntry seen);

/// do_huge_pmd_wp_page: makes the page writable if nobody else maps it. Otherwise, until v5.7, maps a copy,
/// huge or in base pages (do_huge_pmd_wp_page_fallback); from v5.8 splits the PMD. False if the fault is to
/// be handled as one on a base page now.
Task<bool> do_huge_pmd_wp_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault,
                               RadixEntry seen);

}  // namespace p9mmu::workloads
