#include "workloads/linux/fault.h"

#include <exception>
#include <sstream>

#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/mmap_lock.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

[[noreturn]] void segmentation_fault(EffectiveAddress address, mmu::Access kind, const char* why) {
  std::ostringstream text;
  text << (kind == mmu::Access::load    ? "load"
           : kind == mmu::Access::store ? "store"
                                        : "fetch")
       << " at 0x" << std::hex << address.value() << ": " << why;
  throw SegmentationFault(text.str());
}

/// do_huge_pmd_anonymous_page: the page is cleared before the lock is taken, the entry looked at again under
/// it.
Task<void> do_huge_pmd_anonymous_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "do_huge_pmd_anonymous_page");
  constexpr std::int64_t k64KPagesOfHuge = 32;
  co_await cpu.compute(k64KPagesOfHuge * kernel.parameters().clear_64k);
  PmdTable& table = mm.make_pmd_table(address);
  co_await cpu.spin_lock(table.lock);
  if (mm.read(Mm::pmd_entry(table, address)).bits == 0) {
    mm.map_page(page_base(address, PageSize::k2M), PageSize::k2M);
  }
  co_await cpu.spin_unlock(table.lock);
}

Task<void> do_anonymous_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "do_anonymous_page");
  const Time clear_64k = kernel.parameters().clear_64k;
  co_await cpu.compute(mm.base_page() == PageSize::k64K ? clear_64k : Time(clear_64k.ps() / 16));
  PmdTable& table = mm.make_pmd_table(address);
  co_await cpu.spin_lock(table.lock);
  if (!mm.maps(address)) {
    mm.map_page(page_base(address, mm.base_page()), mm.base_page());
  }
  co_await cpu.spin_unlock(table.lock);
}

}  // namespace

Task<void> handle_mm_fault(Kernel& kernel, Cpu& cpu, Mm& mm, Vma vma, EffectiveAddress address, bool) {
  const Routine routine(cpu, "handle_mm_fault");
  const std::uint64_t huge = page_base(address, PageSize::k2M).value();
  const bool fits = huge >= vma.start && huge + mmu::bytes(PageSize::k2M) <= vma.end;
  const PmdTable* const table = mm.pmd_table(address);
  const bool empty = table == nullptr || mm.read(Mm::pmd_entry(*table, address)).bits == 0;
  if (kernel.parameters().thp == HugePages::always && fits && empty) {
    co_await do_huge_pmd_anonymous_page(kernel, cpu, mm, address);
  } else if (!mm.maps(address)) {
    co_await do_anonymous_page(kernel, cpu, mm, address);
  }
}

Vma vma_for_access(const Mm& mm, EffectiveAddress address, mmu::Access kind) {
  const Vma* const vma = mm.find_vma(address);
  if (vma == nullptr) {
    segmentation_fault(address, kind, "no mapping is there");
  }
  if (kind == mmu::Access::fetch || (kind == mmu::Access::store && !vma->writable)) {
    segmentation_fault(address, kind, "the mapping does not allow it");
  }
  return *vma;
}

namespace {

Task<void> do_page_fault(Kernel& kernel, Cpu& cpu, Mm& mm, mmu::Access kind, EffectiveAddress address) {
  const Routine routine(cpu, "do_page_fault");
  ++cpu.system().counters().page_faults;
  co_await cpu.compute(kernel.parameters().page_fault);
  co_await down_read(cpu, mm.mmap_lock);
  Vma vma{};
  std::exception_ptr refused;
  try {
    vma = vma_for_access(mm, address, kind);
  } catch (const SegmentationFault&) {
    refused = std::current_exception();
  }
  if (refused) {
    co_await up_read(cpu, mm.mmap_lock);
    std::rethrow_exception(refused);
  }
  co_await handle_mm_fault(kernel, cpu, mm, vma, address, kind == mmu::Access::store);
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace

Task<mmu::Translation> access_memory(Kernel& kernel, Cpu& cpu, Mm& mm, mmu::Access kind,
                                     EffectiveAddress address) {
  const mmu::Context context = kernel.user_context(mm);
  for (;;) {
    const mmu::Translation translation = co_await cpu.access(kind, context, address);
    if (translation.ok()) {
      co_return translation;
    }
    if (translation.fault.interrupt == mmu::Interrupt::data_segment ||
        translation.fault.interrupt == mmu::Interrupt::instruction_segment) {
      segmentation_fault(address, kind, "the address is outside of user space");
    }
    co_await do_page_fault(kernel, cpu, mm, kind, address);
  }
}

}  // namespace p9mmu::workloads
