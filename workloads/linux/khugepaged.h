// khugepaged (mm/khugepaged.c): collapse_huge_page replaces the base pages of an aligned 2M by one huge page.
// The pointer to their table is cleared first, walkers are waited for and translations flushed; then each
// page must be held by nobody else (gup), is copied and given back, and the table becomes the deposited one.
// Without swapping, KSM and shared pages; which ranges are tried when is the script's.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// khugepaged_scan_pmd and collapse_huge_page for the 2M at `address`; whether there is a huge page now.
Task<bool> collapse_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address);

/// radix__pmdp_collapse_flush: clears a PMD that leads to a table. The entry as it was.
Task<RadixEntry> pmdp_collapse_flush(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                     EffectiveAddress address);

/// tlb_remove_table_sync_one (v6.1): an interrupt to every CPU, so that no walker is under way any more.
Task<void> tlb_remove_table_sync_one(Kernel& kernel, Cpu& cpu);

}  // namespace p9mmu::workloads
