// Page faults on base pages (mm/memory.c): handle_pte_fault and what it leads to: the first access, a store
// to a page that is shared or the zero page, an entry whose R or C is missing, a page that is being split.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/fault_at.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// handle_pte_fault, with mmap_lock held for reading, for an address below the PMD of `table` that is empty
/// or leads to base pages. Gives up, for the access to be tried again, where something has changed meanwhile.
Task<void> handle_pte_fault(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault);

}  // namespace p9mmu::workloads
