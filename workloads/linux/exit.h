// The end of an address space: the last thread's exit_mm, and exit_mmap (mm/mmap.c), which unmaps all of it.
// Nobody runs in it any more, so that nothing is flushed per PMD: one flush of the whole PID, with the walk
// caches and the process table entry, at the end and each time that a batch is full.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// The mm is empty afterwards and may not be used. UserError if another CPU runs a thread of it.
Task<void> exit_mm(Kernel& kernel, Cpu& cpu, Mm& mm);

}  // namespace p9mmu::workloads
