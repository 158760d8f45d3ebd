// Page tables made on the way to a page (mm/memory.c: __pud_alloc, __pmd_alloc, __pte_alloc), by a fault or
// by mremap: allocated without a lock, entered under one if nobody was faster.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// pmd_alloc: the PMD table that `address` goes through.
Task<PmdTable*> pmd_alloc(Cpu& cpu, Mm& mm, EffectiveAddress address);

/// pte_alloc: the PMD of `address` is not empty afterwards; there may be a huge page, or a table.
Task<void> pte_alloc(Cpu& cpu, Mm& mm, PmdTable& table, EffectiveAddress address);

/// pmd_trans_unstable: whether the PMD leads to no PTE table now.
Task<bool> pmd_trans_unstable(Cpu& cpu, RealAddress pmd);

}  // namespace p9mmu::workloads
