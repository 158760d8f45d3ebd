// mprotect (mm/mprotect.c): another protection for a range. Huge PMDs and PTEs are taken away from the
// hardware, changed and given back; then the range is flushed, as base pages and its aligned part as huge
// pages, or, in later kernels, what has been gathered.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE.
enum class Protection : std::uint8_t { none, read, read_write };

/// UserError if `start` is not aligned to a base page or not all of the range is mapped.
Task<void> sys_mprotect(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length,
                        Protection protection);

}  // namespace p9mmu::workloads
