// split_huge_page (mm/huge_memory.c): a compound page becomes base pages of their own. All its mappings are
// taken away first, in every address space (unmap_page: PMDs split into migration entries); then its
// references are frozen, which fails if anybody else holds one and makes speculative takers fail; then it is
// split and mapped again. Called as the kernel's debugfs file split_huge_pages does.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// Splits the huge page that a PMD maps at `address`; whether it did.
Task<bool> split_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address);

}  // namespace p9mmu::workloads
