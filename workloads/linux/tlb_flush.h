// radix__flush_tlb_*: how Linux takes translations of an mm out of every TLB, with the fix-ups that POWER9's
// errata need (arch/powerpc/mm/book3s64/radix_tlb.c). Local if the mm has run on this CPU alone, else
// broadcast; by page up to a ceiling, else the whole PID. Flushing by IPI (disable_tlbie), by hypervisor
// call, and the nest MMU are not modelled.
#pragma once

#include <cstdint>

#include "cpus/operations.h"
#include "workloads/linux/mm.h"
#include "workloads/linux/parameters.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using cpus::Task;

class TlbFlush {
 public:
  explicit TlbFlush(const KernelParameters& parameters) : parameters_(parameters) {}

  /// flush_pmd_tlb_range for one huge page.
  Task<void> radix__flush_pmd_tlb_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) const;

  /// One page size, optionally with the walk cache because tables were freed.
  Task<void> radix__flush_tlb_range_psize(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end,
                                          PageSize size, bool also_pwc) const;

 private:
  Task<void> tlbie_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end, PageSize size,
                         bool also_pwc) const;
  Task<void> tlbie_pid(Cpu& cpu, Mm& mm, mmu::InvalidateCaches ric) const;
  Task<void> tlbiel_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end, PageSize size,
                          bool also_pwc) const;
  Task<void> tlbiel_pid(Cpu& cpu, Mm& mm, mmu::InvalidateCaches ric) const;
  /// fixup_tlbie_*: the ERAT erratum first, then the store queue's, which repeats `last`.
  Task<void> fixup_tlbie(Cpu& cpu, const mmu::TlbInvalidate& last) const;

  const KernelParameters& parameters_;
};

}  // namespace p9mmu::workloads
