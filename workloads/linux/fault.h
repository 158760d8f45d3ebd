// A user thread's load, store or fetch, and what the kernel does when it faults: do_page_fault finds the
// mapping and makes or completes its page, a huge one where the policy and the mapping allow it, and the
// access is tried again. Swapping, copy on write and file mappings are not modelled; an access outside every
// mapping, which would be a SIGSEGV, is a user's error.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// One access by a thread of `mm`, through the core's translation caches, with the page faults that it takes.
/// Returns the translation that let it go on.
Task<mmu::Translation> access_memory(Kernel& kernel, Cpu& cpu, Mm& mm, mmu::Access kind,
                                     EffectiveAddress address);

}  // namespace p9mmu::workloads
