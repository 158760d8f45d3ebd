// A user thread's load, store or fetch, and what the kernel does when it faults: do_page_fault finds the
// mapping, handle_mm_fault makes or completes its page or gives the thread a page of its own, and the access
// is tried again. Huge pages are workloads/linux/huge_fault.h's, base pages workloads/linux/pte_fault.h's.
// Swapping and file mappings are not modelled; an access outside every mapping, which would be a SIGSEGV, is
// a user's error.
#pragma once

#include "cpus/operations.h"
#include "mmu/error.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// What would be a SIGSEGV. In a timed run a mistake of the script's; where every interleaving is tried, one
/// way for a thread to end.
class SegmentationFault : public mmu::UserError {
 public:
  using mmu::UserError::UserError;
};

/// One access by a thread of `mm`, through the core's translation caches, with the page faults that it takes.
/// Returns the translation that let it go on.
Task<mmu::Translation> access_memory(Kernel& kernel, Cpu& cpu, Mm& mm, mmu::Access kind,
                                     EffectiveAddress address);

/// The mapping that `address` lies in. UserError, as a SIGSEGV would be, if there is none or it does not
/// allow that access.
[[nodiscard]] Vma vma_for_access(const Mm& mm, EffectiveAddress address, mmu::Access kind);

/// handle_mm_fault for an address inside `vma`, with mmap_lock held for reading. What it leaves may be gone,
/// or not enough, when it returns: whoever faulted tries again.
Task<void> handle_mm_fault(Kernel& kernel, Cpu& cpu, Mm& mm, Vma vma, EffectiveAddress address, bool write);

}  // namespace p9mmu::workloads
