#include "workloads/linux/gup.h"

#include "workloads/linux/fault.h"
#include "workloads/linux/lockless_walk.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/page.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr RealAddress kNone{0};

/// The base page at `address` of the page that a leaf of `size` maps.
RealAddress page_at(const Mm& mm, RadixEntry leaf, PageSize size, EffectiveAddress address) {
  const std::uint64_t inside = address.value() & (mmu::bytes(size) - 1);
  return page_base(RealAddress(leaf.real_page() | inside), mm.base_page());
}

/// The end of gup_huge_pmd and gup_pte_range: the reference first, and then the entry again. A page whose
/// entry has changed may be somebody else's by now.
Task<RealAddress> grab_page(Kernel& kernel, Cpu& cpu, RealAddress pointer, RadixEntry seen,
                            RealAddress page) {
  const bool got = co_await page_try_get(cpu, kernel.pages(), page);
  if (!got) {
    co_return kNone;
  }
  const RadixEntry now = co_await read_entry(cpu, pointer);
  if (now != seen) {
    co_await put_page(cpu, kernel.pages(), page);
    co_return kNone;
  }
  if (cpus::Audit* const audit = cpu.system().audit(); audit != nullptr) [[unlikely]] {
    audit->reference_taken(page, pointer);
  }
  co_return page;
}

Task<RealAddress> gup_huge_pmd(Kernel& kernel, Cpu& cpu, const Mm& mm, RealAddress pmdp, RadixEntry pmd,
                               EffectiveAddress address, bool write) {
  const Routine routine(cpu, "gup_huge_pmd");
  if (!pmd_access_permitted(pmd, write)) {
    co_return kNone;
  }
  co_return co_await grab_page(kernel, cpu, pmdp, pmd, page_at(mm, pmd, PageSize::k2M, address));
}

Task<RealAddress> gup_pte_range(Kernel& kernel, Cpu& cpu, const Mm& mm, RadixEntry pmd,
                                EffectiveAddress address, bool write) {
  const Routine routine(cpu, "gup_pte_range");
  const RealAddress ptep = mm.pte_entry(RealAddress(pmd.next_table()), address);
  const RadixEntry pte = co_await read_entry(cpu, ptep);
  const bool special = (pte.bits & RadixEntry::kSpecial) != 0;
  if (!pte_access_permitted(pte, write) || special) {
    co_return kNone;
  }
  co_return co_await grab_page(kernel, cpu, ptep, pte, page_at(mm, pte, mm.base_page(), address));
}

Task<RealAddress> gup_pmd_range(Kernel& kernel, Cpu& cpu, const Mm& mm, RadixEntry pud,
                                EffectiveAddress address, bool write) {
  const RealAddress pmdp =
      RealAddress(pud.next_table()) + 8 * mmu::table_index(address.value(), 3, mmu::kDirectoryBits);
  const RadixEntry pmd = co_await read_entry(cpu, pmdp);
  if (!pmd.pmd_present()) {
    co_return kNone;
  }
  if (pmd.leaf()) {
    co_return co_await gup_huge_pmd(kernel, cpu, mm, pmdp, pmd, address, write);
  }
  co_return co_await gup_pte_range(kernel, cpu, mm, pmd, address, write);
}

/// follow_trans_huge_pmd; the lock is held.
Task<RealAddress> follow_huge(Kernel& kernel, Cpu& cpu, const Mm& mm, RadixEntry pmd,
                              EffectiveAddress address, bool write) {
  if (write && !pmd.writable()) {
    co_return kNone;
  }
  const RealAddress page = page_at(mm, pmd, PageSize::k2M, address);
  co_await page_ref_add(cpu, kernel.pages(), page);
  co_return page;
}

Task<RealAddress> follow_page_pte(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write) {
  const Routine routine(cpu, "follow_page_pte");
  PteTable& table = mm.pte_tables.at(address.value() >> mmu::shift(PageSize::k2M));
  co_await cpu.spin_lock(table.lock);
  const RadixEntry pte = mm.read(mm.pte_entry(table.table, address));
  RealAddress page = kNone;
  if (pte.pte_present() && (!write || pte.writable())) {
    page = page_at(mm, pte, mm.base_page(), address);
    co_await page_ref_add(cpu, kernel.pages(), page);
  }
  co_await cpu.spin_unlock(table.lock);
  co_return page;
}

/// follow_page_mask under mmap_lock: the page with a reference, or none if a fault has to bring it first.
Task<RealAddress> follow_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write) {
  const Routine routine(cpu, "follow_page_mask");
  PmdTable* const table = mm.pmd_table(address);
  if (table == nullptr) {
    co_return kNone;
  }
  const RealAddress pmdp = Mm::pmd_entry(*table, address);
  const RadixEntry seen = co_await read_entry(cpu, pmdp);
  if (seen.bits == 0) {
    co_return kNone;
  }
  if (seen.leaf()) {
    co_await cpu.spin_lock(table->lock);
    const RadixEntry pmd = mm.read(pmdp);
    if (pmd.bits == 0 || pmd.leaf()) {
      RealAddress page = kNone;
      if (pmd.leaf()) {
        page = co_await follow_huge(kernel, cpu, mm, pmd, address, write);
      }
      co_await cpu.spin_unlock(table->lock);
      co_return page;
    }
    co_await cpu.spin_unlock(table->lock);
  }
  co_return co_await follow_page_pte(kernel, cpu, mm, address, write);
}

/// get_user_pages: under mmap_lock, with as many faults as it takes.
Task<RealAddress> get_user_pages(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write) {
  const Routine routine(cpu, "__get_user_pages");
  co_await down_read(cpu, mm.mmap_lock);
  const Vma vma = vma_for_access(mm, address, write ? mmu::Access::store : mmu::Access::load);
  RealAddress page = co_await follow_page(kernel, cpu, mm, address, write);
  while (page == kNone) {
    co_await handle_mm_fault(kernel, cpu, mm, vma, address, write);
    page = co_await follow_page(kernel, cpu, mm, address, write);
  }
  co_await up_read(cpu, mm.mmap_lock);
  co_return page;
}

}  // namespace

bool pte_access_permitted(RadixEntry pte, bool write) {
  return pte.pte_present() && !pte.privileged() && pte.readable() && (!write || pte.writable());
}

bool pmd_access_permitted(RadixEntry pmd, bool write) {
  return !pmd.pmd_is_serializing() && pte_access_permitted(pmd, write);
}

Task<RealAddress> gup_pgd_range(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, bool write) {
  const Routine routine(cpu, "gup_pgd_range");
  const RadixEntry pgd =
      co_await read_entry(cpu, mm.pgd() + 8 * mmu::table_index(address.value(), 1, mmu::kRootBits));
  if (pgd.bits == 0) {
    co_return kNone;
  }
  const RealAddress pudp =
      RealAddress(pgd.next_table()) + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits);
  const RadixEntry pud = co_await read_entry(cpu, pudp);
  if (!pud.valid()) {
    co_return kNone;
  }
  if (pud.leaf()) {  // gup_huge_pud
    co_return co_await grab_page(kernel, cpu, pudp, pud, page_at(mm, pud, PageSize::k1G, address));
  }
  co_return co_await gup_pmd_range(kernel, cpu, mm, pud, address, write);
}

Task<RealAddress> get_user_pages_fast_only(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address,
                                           bool write) {
  const Routine routine(cpu, "__get_user_pages_fast");
  co_await cpu.compute(kernel.parameters().lockless_walk);
  co_await cpu.local_irq_disable();
  const RealAddress page = co_await gup_pgd_range(kernel, cpu, mm, address, write);
  co_await cpu.local_irq_enable();
  co_return page;
}

Task<RealAddress> get_user_pages_fast(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address,
                                      bool write) {
  const Routine routine(cpu, "get_user_pages_fast");
  co_await cpu.compute(kernel.parameters().lockless_walk);
  co_await cpu.local_irq_disable();
  RealAddress page = co_await gup_pgd_range(kernel, cpu, mm, address, write);
  co_await cpu.local_irq_enable();
  if (page == kNone) {
    page = co_await get_user_pages(kernel, cpu, mm, address, write);
  }
  co_return page;
}

}  // namespace p9mmu::workloads
