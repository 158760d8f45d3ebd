// munmap: sys_munmap -> __vm_munmap -> __do_munmap -> unmap_region, as in mm/mmap.c and mm/memory.c around
// v5.7. The mmap_lock is taken for writing and downgraded before pages are unmapped; huge PMDs are cleared
// one by one, base pages by PTE table; then tables that have become empty are freed. Huge pages that a range
// covers in part are split by the kernel; here that is a user's error. hugetlb pages (1G) are not unmapped.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// Unmaps [start, start + length), which is rounded up to base pages. UserError if `start` is not aligned to
/// a base page, or for what is not modelled.
Task<void> sys_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length);

}  // namespace p9mmu::workloads
