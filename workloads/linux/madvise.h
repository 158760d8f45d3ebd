// madvise(MADV_DONTNEED) (mm/madvise.c): gives the pages of a range back and leaves it mapped. mmap_lock is
// held for reading only, so that faults go on beside it; entries are cleared under their tables' locks, and
// the gather flushes afterwards.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// UserError if `start` is not aligned to a base page.
Task<void> sys_madvise_dontneed(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start,
                                std::uint64_t length);

}  // namespace p9mmu::workloads
