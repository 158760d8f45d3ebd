#include "workloads/linux/guest_fault.h"

#include <sstream>

#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/guest.h"
#include "workloads/linux/kvm.h"
#include "workloads/linux/mmap_lock.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

[[noreturn]] void segmentation_fault(EffectiveAddress address, mmu::Access kind, const char* why) {
  std::ostringstream text;
  text << mmu::name(kind) << " in a guest at 0x" << std::hex << address.value() << ": " << why;
  throw mmu::UserError(text.str());
}

/// Clears a new page through the kernel's linear mapping, so that each page of the host under it is there
/// afterwards.
Task<void> clear_page(Kernel& kernel, Cpu& cpu, Guest& guest, GuestRealAddress page, PageSize size) {
  const mmu::Context context = kernel.guest_kernel_context(guest);
  for (GuestRealAddress at = page; at < page + mmu::bytes(size);) {
    const mmu::Translation translation =
        co_await access_in_guest(kernel, cpu, guest, context, mmu::Access::store, Guest::linear(at));
    P9MMU_CHECK(translation.ok(), "guest real address " << at.value());
    at = page_base(at, translation.size) + mmu::bytes(translation.size);
  }
  const Time clear_64k = kernel.parameters().clear_64k;
  co_await cpu.compute(size == PageSize::k4K ? Time(clear_64k.ps() / 16)
                                             : static_cast<std::int64_t>(mmu::bytes(size) >> 16) * clear_64k);
}

/// The kernel has clean memory for its tables before it needs them.
Task<void> refill_tables(Kernel& kernel, Cpu& cpu, Guest& guest) {
  constexpr std::uint64_t kMostForOneFault = 4 * 4096;  // two tables and what aligning them loses
  if (!guest.pages().has_tables(kMostForOneFault)) {
    const Routine routine(cpu, "pte_alloc_one");
    const GuestRealAddress page = guest.pages().allocate_page(PageSize::k64K);
    co_await clear_page(kernel, cpu, guest, page, PageSize::k64K);
    guest.pages().give_tables(page, PageSize::k64K);
  }
}

/// do_huge_pmd_anonymous_page and do_anonymous_page: the page is cleared before the lock is taken, the entry
/// looked at again under it.
Task<void> make_page(Kernel& kernel, Cpu& cpu, GuestMm& mm, EffectiveAddress address, PageSize size) {
  const Routine routine(cpu, size == PageSize::k2M ? "do_huge_pmd_anonymous_page" : "do_anonymous_page");
  Guest& guest = mm.guest();
  const GuestRealAddress page = guest.pages().allocate_page(size);
  co_await clear_page(kernel, cpu, guest, page, size);
  co_await refill_tables(kernel, cpu, guest);
  co_await cpu.spin_lock(mm.page_table_lock);
  if (mm.has_room(address, size)) {
    mm.map_page(address, size, page);
  } else {
    guest.pages().free_page(page, size);
  }
  co_await cpu.spin_unlock(mm.page_table_lock);
}

Task<void> do_page_fault(Kernel& kernel, Cpu& cpu, GuestMm& mm, mmu::Access kind, EffectiveAddress address) {
  const Routine routine(cpu, "do_page_fault");
  ++cpu.system().counters().page_faults;
  co_await cpu.compute(kernel.parameters().page_fault);
  co_await down_read(cpu, mm.mmap_lock);
  const GuestVma* const vma = mm.find_vma(address);
  if (vma == nullptr) {
    segmentation_fault(address, kind, "no mapping is there");
  }
  if (kind == mmu::Access::fetch && !vma->executable) {
    segmentation_fault(address, kind, "the mapping does not allow it");
  }
  if (!mm.maps(address)) {
    const Routine inner(cpu, "handle_mm_fault");
    co_await make_page(kernel, cpu, mm, address, mm.fault_page(address, kernel.parameters().thp));
  }
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace

Task<mmu::Translation> access_guest_memory(Kernel& kernel, Cpu& cpu, GuestMm& mm, mmu::Access kind,
                                           EffectiveAddress address) {
  const mmu::Context context = kernel.guest_user_context(mm);
  for (;;) {
    const mmu::Translation translation =
        co_await access_in_guest(kernel, cpu, mm.guest(), context, kind, address);
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
