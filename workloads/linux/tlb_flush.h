// radix__flush_tlb_*: how Linux takes translations of an mm out of every TLB, with the fix-ups that POWER9's
// errata need (arch/powerpc/mm/book3s64/radix_tlb.c). Local if the mm has run on this CPU alone, or if the
// other CPUs have been asked to forget it, else broadcast; by page up to a ceiling, else the whole PID.
// Flushing by IPI (disable_tlbie), by hypervisor call, and the nest MMU are not modelled.
#pragma once

#include <cstdint>

#include "cpus/operations.h"
#include "workloads/linux/mm.h"
#include "workloads/linux/parameters.h"
#include "workloads/linux/policy.h"
#include "workloads/linux/smp_call.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using cpus::Task;

/// What a flush must reach: nobody, the own core, or every core.
enum class FlushType : std::uint8_t { none, local, global };

class TlbFlush {
 public:
  TlbFlush(const KernelParameters& parameters, const KernelPolicy& policy, SmpCall& smp)
      : parameters_(parameters), policy_(policy), smp_(smp), trim_clock_(smp.system().cpus()) {}

  /// Tells `auditor` of every flush that has completed.
  void set_auditor(Auditor& auditor) { auditor_ = &auditor; }

  /// One base page.
  Task<void> radix__flush_tlb_page(Cpu& cpu, Mm& mm, EffectiveAddress address) const;

  /// A range that may hold base and huge pages: the base pages, then its aligned part again as 2M pages. The
  /// ceilings count base pages.
  Task<void> radix__flush_tlb_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) const;

  /// flush_pmd_tlb_range for one huge page.
  Task<void> radix__flush_pmd_tlb_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) const;

  /// One page size, optionally with the walk cache because tables were freed.
  Task<void> radix__flush_tlb_range_psize(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end,
                                          PageSize size, bool also_pwc) const;

  /// All that khugepaged takes out of a PMD: its base pages and the walk cache that leads to them; with 4K
  /// base pages everything.
  Task<void> radix__flush_tlb_collapsed_pmd(Cpu& cpu, Mm& mm, EffectiveAddress address) const;

  /// Every translation, but not the walk caches.
  Task<void> radix__flush_tlb_mm(Cpu& cpu, Mm& mm) const;
  /// The whole PID with walk cache and process table entry; `fullmm`: the mm goes for good.
  Task<void> radix__flush_all_mm(Cpu& cpu, Mm& mm, bool fullmm) const;

  /// What the present CPU leaves of an mm that it does not run: nothing in its core, and its bit in
  /// mm_cpumask cleared. Where a thread of the mm runs, the core is flushed alone.
  Task<void> exit_lazy_flush_tlb(Cpu& cpu, Mm& mm) const;

 private:
  struct Pages {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    PageSize size = PageSize::k64K;
  };

  /// What every flush begins with.
  Task<FlushType> begin(Cpu& cpu, Mm& mm, bool fullmm = false) const;
  /// Whom a flush of `mm` must reach, which may be decided by making it reach fewer: of a process with one
  /// thread left, and from v5.12 now and then of any, CPUs that do not run it are asked to forget it.
  Task<FlushType> flush_type_needed(Cpu& cpu, Mm& mm, bool fullmm) const;
  Task<void> exit_flush_lazy_tlbs(Cpu& cpu, Mm& mm) const;
  /// Counts a flush of this CPU; whether it is the one in 1,073 that trims.
  bool tick_and_test_trim_clock(CpuId cpu) const;

  Task<void> flush_pid(Cpu& cpu, Mm& mm, FlushType type, mmu::InvalidateCaches ric) const;
  void tell_completed(const Mm& mm, Pages pages, std::uint64_t began) const;
  /// `more` is empty, or the same range in another page size.
  Task<void> flush_pages(Cpu& cpu, Mm& mm, FlushType type, Pages pages, Pages more, bool also_pwc) const;
  /// Whether a range of so many pages is flushed by PID.
  [[nodiscard]] bool exceeds_ceiling(FlushType type, std::uint64_t pages) const;

  Task<void> tlbie_range(Cpu& cpu, Mm& mm, Pages pages, Pages more, bool also_pwc) const;
  Task<void> tlbie_pages(Cpu& cpu, Mm& mm, Pages pages) const;
  Task<void> tlbie_pid(Cpu& cpu, Mm& mm, mmu::InvalidateCaches ric) const;
  Task<void> tlbiel_range(Cpu& cpu, Mm& mm, Pages pages, Pages more, bool also_pwc) const;
  Task<void> tlbiel_pages(Cpu& cpu, Mm& mm, Pages pages) const;
  Task<void> tlbiel_pid(Cpu& cpu, Mm& mm, mmu::InvalidateCaches ric) const;
  /// fixup_tlbie_*: the ERAT erratum first, by a tlbie for the kernel's PID, then the store queue's by a
  /// page.
  Task<void> fixup_tlbie(Cpu& cpu, const mmu::TlbInvalidate& erat,
                         const mmu::TlbInvalidate& store_queue) const;

  const KernelParameters& parameters_;
  const KernelPolicy& policy_;
  SmpCall& smp_;
  mutable mmu::IdVector<CpuId, std::uint32_t> trim_clock_;  ///< mm_cpumask_trim_clock
  Auditor* auditor_ = nullptr;
};

}  // namespace p9mmu::workloads
