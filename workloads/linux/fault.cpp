#include "workloads/linux/fault.h"

#include <exception>
#include <sstream>

#include "mmu/error.h"
#include "workloads/linux/huge_fault.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/pte_fault.h"
#include "workloads/linux/table_alloc.h"
#include "workloads/linux/table_operations.h"

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

/// __transparent_hugepage_enabled and transhuge_vma_suitable.
bool may_be_huge(const Kernel& kernel, const Mm& mm, const Vma& vma, EffectiveAddress address) {
  const std::uint64_t huge = page_base(address, PageSize::k2M).value();
  const bool fits = huge >= vma.start && huge + mmu::bytes(PageSize::k2M) <= vma.end;
  return fits && mm.thp.value_or(kernel.parameters().thp) == HugePages::always;
}

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

Vma vma_for_access(const Mm& mm, EffectiveAddress address, mmu::Access kind) {
  const Vma* const vma = mm.find_vma(address);
  if (vma == nullptr) {
    segmentation_fault(address, kind, "no mapping is there");
  }
  // Anonymous memory is not executable.
  const bool allowed =
      kind == mmu::Access::load ? vma->readable : kind == mmu::Access::store && vma->writable;
  if (!allowed) {
    segmentation_fault(address, kind, "the mapping does not allow it");
  }
  return *vma;
}

Task<void> handle_mm_fault(Kernel& kernel, Cpu& cpu, Mm& mm, Vma vma, EffectiveAddress address, bool write) {
  const Routine routine(cpu, "handle_mm_fault");
  const FaultAt fault{page_base(address, mm.base_page()), write, may_be_huge(kernel, mm, vma, address),
                      vma.writable};
  PmdTable* const found = co_await pmd_alloc(cpu, mm, address);
  PmdTable& table = *found;
  const RealAddress pmd = Mm::pmd_entry(table, address);
  const RadixEntry first = co_await read_entry(cpu, pmd);
  if (first.bits == 0 && fault.may_be_huge) {
    co_await do_huge_pmd_anonymous_page(kernel, cpu, mm, table, fault);
    co_return;
  }
  // The entry may have changed; what is done about it goes by this second look.
  const RadixEntry seen = co_await read_entry(cpu, pmd);
  if (seen.leaf()) {
    if (!write || seen.writable()) {
      co_await huge_pmd_set_accessed(kernel, cpu, mm, table, fault, seen);
      co_return;
    }
    const bool done = co_await do_huge_pmd_wp_page(kernel, cpu, mm, table, fault, seen);
    if (done) {
      co_return;
    }
  }
  co_await handle_pte_fault(kernel, cpu, mm, table, fault);
}

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
