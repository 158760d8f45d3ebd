// get_user_pages_fast (mm/gup.c): a reference on the page behind an address, by a lockless walk of its own
// that takes the reference speculatively and looks at the entry again before it trusts it, or under locks and
// with a page fault where that fails. One page at a time; pins as such (FOLL_PIN) and long-term ones are not
// modelled.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// Takes a reference on the page at `address`, for writing if `write`; the real address of its base page
/// there. UserError if nothing is mapped there or not for this.
Task<RealAddress> get_user_pages_fast(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write);

/// The lockless half alone (__get_user_pages_fast, later get_user_pages_fast_only); 0 if it gives up.
Task<RealAddress> get_user_pages_fast_only(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address,
                                           bool write);

/// The walk of both, with interrupts off; 0 if it gives up.
Task<RealAddress> gup_pgd_range(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write);

/// pte_access_permitted, pmd_access_permitted: whether gup may take a page through this entry. A PMD that is
/// being serialised is refused (commit 33258a1db165).
[[nodiscard]] bool pte_access_permitted(RadixEntry pte, bool write);
[[nodiscard]] bool pmd_access_permitted(RadixEntry pmd, bool write);

}  // namespace p9mmu::workloads
