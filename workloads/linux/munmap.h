// munmap: sys_munmap -> __vm_munmap -> __do_munmap -> unmap_region, as in mm/mmap.c around v5.7. The
// mmap_lock is taken for writing, VMAs and huge pages are split where the range cuts them, and the lock is
// downgraded before pages are unmapped. hugetlb pages (1G) are not unmapped.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/vma.h"

namespace p9mmu::workloads {

/// Unmaps [start, start + length), which is rounded up to base pages. UserError if `start` is not aligned to
/// a base page, or for what is not modelled.
Task<void> sys_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length);

/// do_munmap as mremap calls it: mmap_lock is held for writing and stays so.
Task<void> do_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, Range range);

}  // namespace p9mmu::workloads
