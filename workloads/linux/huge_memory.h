// mm/huge_memory.c and its radix side: clearing a huge PMD, taking it away from the hardware for a while, and
// zapping it. The order of the steps is the kernel's, because what a concurrent walker may see depends on it.
// Splitting is in workloads/linux/huge_split.h, faults on huge pages in workloads/linux/huge_fault.h.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/mmu_gather.h"

namespace p9mmu::workloads {

/// zap_huge_pmd: clears the huge entry for `address` and puts its page into the gather. False if the entry,
/// looked at again under the lock, is not huge.
Task<bool> zap_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, MmuGather& gather,
                        EffectiveAddress address);

/// pmdp_huge_get_and_clear_full: the entry as it was; it reads as zero afterwards. `full`: the whole mm goes.
Task<RadixEntry> pmdp_huge_get_and_clear_full(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                              EffectiveAddress address, bool full);

/// pmdp_huge_get_and_clear: the same without a flush.
Task<RadixEntry> radix__pmdp_huge_get_and_clear(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd);

/// pmdp_huge_clear_flush: the same with a flush of the 2M page in every kernel.
Task<RadixEntry> pmdp_huge_clear_flush(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                       EffectiveAddress address);

/// pmdp_invalidate: clears the present bit and sets _PAGE_INVALID, so that the hardware no longer uses the
/// entry and the kernel still sees a huge page; flushes. The entry as it was.
Task<RadixEntry> pmdp_invalidate(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd, EffectiveAddress address);

/// serialize_against_pte_lookup: returns when no walker that was under way with interrupts off is any more.
Task<void> serialize_against_pte_lookup(Kernel& kernel, Cpu& cpu, Mm& mm);

}  // namespace p9mmu::workloads
