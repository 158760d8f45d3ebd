#include "workloads/linux/tlb_flush.h"

#include "mmu/invalidate.h"
#include "workloads/linux/auditor.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;
using mmu::InvalidateCaches;
using mmu::TlbInvalidate;

constexpr mmu::Lpid kHost{0};
constexpr mmu::Pid kKernel{0};
/// Congruence classes of the TLB that Linux walks in radix mode (POWER9_TLB_SETS_RADIX).
constexpr std::uint32_t kTlbSetsRadix = 128;
/// The store queue's erratum wants a page's tlbie also after a whole PID's; the kernel takes the last page
/// that a tree translates, which hardly anybody uses.
constexpr EffectiveAddress kUnused{Mm::kTaskSize - 1};
/// tlb_mm_cpumask_trim_timer: global flushes of a CPU from one that trims to the next.
constexpr std::uint32_t kTrimTimer = 1073;

/// current->mm == mm on that CPU.
bool runs(const Cpu& cpu, const Mm& mm) {
  return cpu.current() != nullptr && cpu.current()->pid == mm.pid();
}

constexpr std::uint64_t kHugeBytes = mmu::bytes(PageSize::k2M);

}  // namespace

bool TlbFlush::tick_and_test_trim_clock(CpuId cpu) const {
  std::uint32_t& clock = trim_clock_[cpu];
  clock = clock + 1 == kTrimTimer ? 0 : clock + 1;
  return clock == 0;
}

Task<void> TlbFlush::exit_lazy_flush_tlb(Cpu& cpu, Mm& mm) const {
  const Routine routine(cpu, "exit_lazy_flush_tlb");
  if (!runs(cpu, mm)) {
    mm.drop(cpu.id());
  }
  co_await tlbiel_pid(cpu, mm, InvalidateCaches::all);
}

Task<void> TlbFlush::exit_flush_lazy_tlbs(Cpu& cpu, Mm& mm) const {
  const Routine routine(cpu, "exit_flush_lazy_tlbs");
  class ExitLazyTlb final : public RemoteWork {
   public:
    ExitLazyTlb(const TlbFlush& flush, Mm& mm) : flush_(flush), mm_(mm) {}
    Task<void> run(Cpu& target) override { return flush_.exit_lazy_flush_tlb(target, mm_); }

   private:
    const TlbFlush& flush_;
    Mm& mm_;
  };
  ExitLazyTlb work(*this, mm);
  const RemoteFunction function{"do_exit_flush_lazy_tlb", parameters_.smp_call_function, &work};
  co_await smp_.smp_call_function_many(cpu, mm.cpumask(), function);
}

Task<FlushType> TlbFlush::flush_type_needed(Cpu& cpu, Mm& mm, bool fullmm) const {
  if (mm.cpumask().count() == 0 && policy_.skip_flush_of_unused_mm) {
    co_return FlushType::none;
  }
  if (mm.is_thread_local(cpu.id())) {
    if (policy_.trim_cpumask_by_clock && !runs(cpu, mm) && tick_and_test_trim_clock(cpu.id())) {
      co_await exit_lazy_flush_tlb(cpu, mm);
      co_return FlushType::none;
    }
    co_return FlushType::local;
  }
  if (fullmm) {
    co_return FlushType::global;  // a tlbie is cheaper than asking everybody
  }
  if (mm.single_threaded && runs(cpu, mm)) {
    co_await exit_flush_lazy_tlbs(cpu, mm);
    co_return FlushType::local;
  }
  if (policy_.trim_cpumask_by_clock && tick_and_test_trim_clock(cpu.id())) {
    co_await exit_flush_lazy_tlbs(cpu, mm);
    if (runs(cpu, mm)) {
      co_return FlushType::local;  // the others have flushed in their handlers
    }
    if (mm.cpumask().test(cpu.id())) {
      co_await exit_lazy_flush_tlb(cpu, mm);
    }
    co_return FlushType::none;
  }
  co_return FlushType::global;
}

Task<FlushType> TlbFlush::begin(Cpu& cpu, Mm& mm, bool fullmm) const {
  co_await cpu.compute(parameters_.tlb_flush);
  co_await cpu.hwsync();  // orders the loads of active_cpus and mm_cpumask after the change of the entries
  co_return co_await flush_type_needed(cpu, mm, fullmm);
}

Task<void> TlbFlush::radix__flush_tlb_page(Cpu& cpu, Mm& mm, EffectiveAddress address) const {
  const Routine routine(cpu, "radix__flush_tlb_page");
  const TlbInvalidate page =
      TlbInvalidate::for_page(kHost, mm.pid(), page_base(address, mm.base_page()), mm.base_page());
  const FlushType type = co_await begin(cpu, mm);
  const std::uint64_t began = auditor_ == nullptr ? 0 : auditor_->now();
  if (type == FlushType::local) {
    const Routine inner(cpu, "_tlbiel_va");
    co_await cpu.ptesync();
    co_await cpu.tlbiel(page, 1);
    co_await cpu.ptesync();
  } else if (type == FlushType::global) {
    const Routine inner(cpu, "_tlbie_va");
    co_await cpu.ptesync();
    co_await cpu.tlbie(page);
    TlbInvalidate kernel = page;
    kernel.pid = kKernel;
    co_await fixup_tlbie(cpu, kernel, page);
    co_await cpu.eieio_tlbsync_ptesync();
  }
  const std::uint64_t start = page_base(address, mm.base_page()).value();
  tell_completed(mm, Pages{start, start + mmu::bytes(mm.base_page()), mm.base_page()}, began);
}

Task<void> TlbFlush::radix__flush_tlb_range(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) const {
  const Routine routine(cpu, "radix__flush_tlb_range");
  const FlushType type = co_await begin(cpu, mm);
  if (exceeds_ceiling(type, (end - start) >> mmu::shift(mm.base_page()))) {
    co_await flush_pid(cpu, mm, type, InvalidateCaches::tlb);
    co_return;
  }
  Pages huge{(start + kHugeBytes - 1) & ~(kHugeBytes - 1), end & ~(kHugeBytes - 1), PageSize::k2M};
  if (huge.start >= huge.end) {
    huge = Pages();
  }
  co_await flush_pages(cpu, mm, type, Pages{start, end, mm.base_page()}, huge, false);
}

Task<void> TlbFlush::radix__flush_pmd_tlb_range(Cpu& cpu, Mm& mm, std::uint64_t start,
                                                std::uint64_t end) const {
  const Routine routine(cpu, "radix__flush_pmd_tlb_range");
  co_await radix__flush_tlb_range_psize(cpu, mm, start, end, PageSize::k2M, false);
}

Task<void> TlbFlush::radix__flush_tlb_range_psize(Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end,
                                                  PageSize size, bool also_pwc) const {
  const Routine routine(cpu, "radix__flush_tlb_range_psize");
  const FlushType type = co_await begin(cpu, mm);
  if (exceeds_ceiling(type, (end - start + mmu::bytes(size) - 1) / mmu::bytes(size))) {
    co_await flush_pid(cpu, mm, type, also_pwc ? InvalidateCaches::all : InvalidateCaches::tlb);
  } else {
    co_await flush_pages(cpu, mm, type, Pages{start, end, size}, Pages(), also_pwc);
  }
}

Task<void> TlbFlush::radix__flush_tlb_collapsed_pmd(Cpu& cpu, Mm& mm, EffectiveAddress address) const {
  const Routine routine(cpu, "radix__flush_tlb_collapsed_pmd");
  if (mm.base_page() == PageSize::k4K) {
    co_await radix__flush_all_mm(cpu, mm, false);
    co_return;
  }
  const FlushType type = co_await begin(cpu, mm);
  const std::uint64_t start = page_base(address, PageSize::k2M).value();
  co_await flush_pages(cpu, mm, type, Pages{start, start + kHugeBytes, mm.base_page()}, Pages(), true);
}

Task<void> TlbFlush::radix__flush_tlb_mm(Cpu& cpu, Mm& mm) const {
  const Routine routine(cpu, "radix__flush_tlb_mm");
  const FlushType type = co_await begin(cpu, mm);
  co_await flush_pid(cpu, mm, type, InvalidateCaches::tlb);
}

Task<void> TlbFlush::radix__flush_all_mm(Cpu& cpu, Mm& mm, bool fullmm) const {
  const Routine routine(cpu, "radix__flush_all_mm");
  const FlushType type = co_await begin(cpu, mm, fullmm);
  co_await flush_pid(cpu, mm, type, InvalidateCaches::all);
}

bool TlbFlush::exceeds_ceiling(FlushType type, std::uint64_t pages) const {
  return pages >
         (type == FlushType::local ? parameters_.flush_ceiling_local : parameters_.flush_ceiling_global);
}

void TlbFlush::tell_completed(const Mm& mm, Pages pages, std::uint64_t began) const {
  if (auditor_ != nullptr && pages.start < pages.end) {
    auditor_->flush_completed(mm.pid(), pages.start, pages.end, pages.size, began);
  }
}

Task<void> TlbFlush::flush_pid(Cpu& cpu, Mm& mm, FlushType type, InvalidateCaches ric) const {
  const std::uint64_t began = auditor_ == nullptr ? 0 : auditor_->now();
  if (type == FlushType::local) {
    co_await tlbiel_pid(cpu, mm, ric);
  } else if (type == FlushType::global) {
    co_await tlbie_pid(cpu, mm, ric);
  }
  if (auditor_ != nullptr) {
    auditor_->flush_completed(mm.pid(), 0, Mm::kTaskSize, std::nullopt, began);
  }
}

Task<void> TlbFlush::flush_pages(Cpu& cpu, Mm& mm, FlushType type, Pages pages, Pages more,
                                 bool also_pwc) const {
  const std::uint64_t began = auditor_ == nullptr ? 0 : auditor_->now();
  if (type == FlushType::local) {
    co_await tlbiel_range(cpu, mm, pages, more, also_pwc);
  } else if (type == FlushType::global) {
    co_await tlbie_range(cpu, mm, pages, more, also_pwc);
  }
  tell_completed(mm, pages, began);
  tell_completed(mm, more, began);
}

Task<void> TlbFlush::tlbie_range(Cpu& cpu, Mm& mm, Pages pages, Pages more, bool also_pwc) const {
  const Routine routine(cpu, "_tlbie_va_range");
  co_await cpu.ptesync();
  if (also_pwc) {
    const TlbInvalidate walk_cache = TlbInvalidate::for_pid(kHost, mm.pid(), InvalidateCaches::walk_cache);
    co_await cpu.tlbie(walk_cache);
  }
  co_await tlbie_pages(cpu, mm, pages);
  if (more.start < more.end) {
    co_await tlbie_pages(cpu, mm, more);
  }
  co_await cpu.eieio_tlbsync_ptesync();
}

Task<void> TlbFlush::tlbie_pages(Cpu& cpu, Mm& mm, Pages pages) const {
  TlbInvalidate page;
  for (std::uint64_t address = pages.start; address < pages.end; address += mmu::bytes(pages.size)) {
    page = TlbInvalidate::for_page(kHost, mm.pid(), EffectiveAddress(address), pages.size);
    co_await cpu.tlbie(page);
  }
  const TlbInvalidate kernel = TlbInvalidate::for_pid(kHost, kKernel, InvalidateCaches::tlb);
  co_await fixup_tlbie(cpu, kernel, page);
}

Task<void> TlbFlush::tlbie_pid(Cpu& cpu, Mm& mm, InvalidateCaches ric) const {
  const Routine routine(cpu, "_tlbie_pid");
  const TlbInvalidate whole = TlbInvalidate::for_pid(kHost, mm.pid(), ric);
  co_await cpu.ptesync();
  co_await cpu.tlbie(whole);
  const TlbInvalidate kernel = TlbInvalidate::for_pid(kHost, kKernel, InvalidateCaches::tlb);
  const TlbInvalidate unused = TlbInvalidate::for_page(kHost, mm.pid(), kUnused, PageSize::k64K);
  co_await fixup_tlbie(cpu, kernel, unused);
  co_await cpu.eieio_tlbsync_ptesync();
}

Task<void> TlbFlush::fixup_tlbie(Cpu& cpu, const TlbInvalidate& erat,
                                 const TlbInvalidate& store_queue) const {
  const Routine routine(cpu, "fixup_tlbie");
  co_await cpu.ptesync();
  co_await cpu.tlbie(erat);
  if (parameters_.silicon == SiliconLevel::dd2_2) {
    co_await cpu.ptesync();
    co_await cpu.tlbie(store_queue);
  }
}

Task<void> TlbFlush::tlbiel_range(Cpu& cpu, Mm& mm, Pages pages, Pages more, bool also_pwc) const {
  const Routine routine(cpu, "_tlbiel_va_range");
  co_await cpu.ptesync();
  if (also_pwc) {
    const TlbInvalidate walk_cache = TlbInvalidate::for_pid(kHost, mm.pid(), InvalidateCaches::walk_cache);
    co_await cpu.tlbiel(walk_cache, 1);
  }
  co_await tlbiel_pages(cpu, mm, pages);
  co_await tlbiel_pages(cpu, mm, more);
  co_await cpu.ptesync();
}

Task<void> TlbFlush::tlbiel_pages(Cpu& cpu, Mm& mm, Pages pages) const {
  for (std::uint64_t address = pages.start; address < pages.end; address += mmu::bytes(pages.size)) {
    const TlbInvalidate page =
        TlbInvalidate::for_page(kHost, mm.pid(), EffectiveAddress(address), pages.size);
    co_await cpu.tlbiel(page, 1);
  }
}

Task<void> TlbFlush::tlbiel_pid(Cpu& cpu, Mm& mm, InvalidateCaches ric) const {
  const Routine routine(cpu, "_tlbiel_pid");
  co_await cpu.ptesync();
  // Set 0 goes with the wanted RIC, which takes the walk cache as a whole; the other sets with RIC=0.
  const TlbInvalidate first = TlbInvalidate::for_pid(kHost, mm.pid(), ric);
  co_await cpu.tlbiel(first, 1);
  TlbInvalidate rest = TlbInvalidate::for_pid(kHost, mm.pid(), InvalidateCaches::tlb);
  rest.set = 1;
  co_await cpu.tlbiel(rest, kTlbSetsRadix - 1);
  co_await cpu.ptesync();
  co_await cpu.slbia();
  co_await cpu.isync();
}

}  // namespace p9mmu::workloads
