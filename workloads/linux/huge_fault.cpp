#include "workloads/linux/huge_fault.h"

#include <vector>

#include "workloads/linux/huge_memory.h"
#include "workloads/linux/huge_split.h"
#include "workloads/linux/page.h"
#include "workloads/linux/page_lock.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr std::int64_t k64KPagesOfHuge = 32;

EffectiveAddress huge_of(FaultAt fault) {
  return page_base(fault.address, PageSize::k2M);
}

/// A leaf for a page that a store is about to reach: maybe_pmd_mkwrite(pmd_mkdirty(mk_huge_pmd(...))).
RadixEntry dirty_leaf(RealAddress page, bool writable) {
  return RadixEntry::make_leaf(page, RadixEntry::kRead | RadixEntry::kReference | RadixEntry::kChange |
                                         (writable ? RadixEntry::kWrite : 0));
}

/// set_huge_zero_page.
Task<void> map_huge_zero_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault) {
  const RealAddress pte_table = mm.pages().allocate_table(mm.pte_table_bytes());
  const RealAddress zero = kernel.pages().zero_page(PageSize::k2M);
  co_await cpu.spin_lock(table.lock);
  const RealAddress pmd = Mm::pmd_entry(table, fault.address);
  const bool empty = mm.read(pmd).bits == 0;
  if (empty) {
    co_await cpu.execute(DepositTable{&mm, &table, pte_table});
    ++table.entries;
    co_await store_entry(cpu, pmd, RadixEntry::make_leaf(zero, RadixEntry::kRead | RadixEntry::kReference));
  }
  co_await cpu.spin_unlock(table.lock);
  if (!empty) {
    mm.pages().free_table(pte_table, mm.pte_table_bytes());
  }
}

}  // namespace

Task<void> do_huge_pmd_anonymous_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault) {
  const Routine routine(cpu, "do_huge_pmd_anonymous_page");
  if (!fault.write) {
    co_await map_huge_zero_page(kernel, cpu, mm, table, fault);
    co_return;
  }
  // The page is cleared before the lock is taken, the entry looked at again under it.
  PageAllocator& pages = kernel.pages();
  const RealAddress page = pages.allocate_page(PageSize::k2M);
  const RealAddress pte_table = pages.allocate_table(mm.pte_table_bytes());
  co_await cpu.compute(k64KPagesOfHuge * kernel.parameters().clear_64k);
  co_await cpu.spin_lock(table.lock);
  const RealAddress pmd = Mm::pmd_entry(table, fault.address);
  const bool empty = mm.read(pmd).bits == 0;
  if (empty) {
    pages.head(page).index = mm.index_of(huge_of(fault));
    co_await page_add_rmap(cpu, pages, page, PageSize::k2M);
    co_await cpu.execute(DepositTable{&mm, &table, pte_table});
    ++table.entries;
    co_await store_entry(cpu, pmd, dirty_leaf(page, fault.writable));
  }
  co_await cpu.spin_unlock(table.lock);
  if (!empty) {
    pages.free_table(pte_table, mm.pte_table_bytes());
    co_await put_page(cpu, pages, page);
  }
}

Task<void> huge_pmd_set_accessed(Kernel&, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault, RadixEntry seen) {
  const Routine routine(cpu, "huge_pmd_set_accessed");
  co_await cpu.spin_lock(table.lock);
  const RealAddress pmd = Mm::pmd_entry(table, fault.address);
  const std::uint64_t set = RadixEntry::kReference | (fault.write ? RadixEntry::kChange : 0);
  if (mm.read(pmd) == seen && (seen.bits & set) != set) {
    co_await update_entry(cpu, pmd, 0, set);
  }
  co_await cpu.spin_unlock(table.lock);
}

namespace {

/// What became of a store's fault on a huge page under its locks.
enum class Reused : std::uint8_t { yes, no, changed };

/// The beginning of do_huge_pmd_wp_page: under the PMD's lock and the page's, makes the entry writable if
/// nobody else maps the page. With `no`, and if `hold`, there is a reference more when it returns.
Task<Reused> reuse_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, RealAddress pmd,
                             RadixEntry seen, bool hold) {
  PageAllocator& pages = kernel.pages();
  PageLocks& locks = kernel.page_locks();
  const RealAddress page(seen.real_page());
  co_await cpu.spin_lock(table.lock);
  if (mm.read(pmd) != seen) {
    co_await cpu.spin_unlock(table.lock);
    co_return Reused::changed;
  }
  const bool locked = co_await locks.trylock_page(cpu, page);
  if (!locked) {
    co_await page_ref_add(cpu, pages, page);
    co_await cpu.spin_unlock(table.lock);
    co_await locks.lock_page(cpu, page);
    co_await cpu.spin_lock(table.lock);
    const bool changed = mm.read(pmd) != seen;
    if (changed) {
      co_await cpu.spin_unlock(table.lock);
      co_await locks.unlock_page(cpu, page);
    }
    co_await put_page(cpu, pages, page);
    if (changed) {
      co_return Reused::changed;
    }
  }
  const PageCounts counts = co_await page_counts(cpu, pages, page);
  const bool alone = counts.greatest_mapcount <= 1;  // reuse_swap_page
  if (alone) {
    co_await update_entry(cpu, pmd, 0, RadixEntry::kReference | RadixEntry::kChange | RadixEntry::kWrite);
  }
  co_await locks.unlock_page(cpu, page);
  if (!alone && hold) {
    co_await page_ref_add(cpu, pages, page);
  }
  co_await cpu.spin_unlock(table.lock);
  co_return alone ? Reused::yes : Reused::no;
}

/// do_huge_pmd_wp_page_fallback: base pages with a copy take the place of the huge page. The PMD is empty
/// until their table is filled.
Task<void> do_huge_pmd_wp_page_fallback(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault,
                                        RadixEntry seen) {
  const Routine routine(cpu, "do_huge_pmd_wp_page_fallback");
  PageAllocator& pages = kernel.pages();
  const EffectiveAddress huge = huge_of(fault);
  const RealAddress pmd = Mm::pmd_entry(table, huge);
  std::vector<RealAddress> copies;
  for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M); at += mmu::bytes(mm.base_page())) {
    copies.push_back(pages.allocate_page(mm.base_page()));
    pages.head(copies.back()).index = mm.index_of(huge) + at;
  }
  co_await cpu.compute(k64KPagesOfHuge * kernel.parameters().copy_64k);
  co_await cpu.spin_lock(table.lock);
  if (mm.read(pmd) != seen) {
    co_await cpu.spin_unlock(table.lock);
    for (const RealAddress copy : copies) {
      co_await put_page(cpu, pages, copy);
    }
    co_return;
  }
  co_await pmdp_huge_clear_flush(kernel, cpu, mm, pmd, huge);
  const RealAddress pte_table = co_await cpu.execute(WithdrawTable{&mm, &table});
  mm.add_pte_table(huge, pte_table);
  const Time each = kernel.parameters().set_pte;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    pages.page(copies[i], mm.base_page()).mapcount = 1;  // of a page that nobody else knows
    co_await cpu.execute(
        StoreEntry{pte_table + 8 * i, dirty_leaf(copies[i], fault.writable), each, cpus::Cause::compute});
  }
  co_await cpu.lwsync();  // whoever sees the table sees its entries
  co_await store_entry(cpu, pmd, RadixEntry::make_directory(pte_table, mm.pte_bits()));
  co_await page_remove_rmap(cpu, pages, RealAddress(seen.real_page()), PageSize::k2M);
  co_await cpu.spin_unlock(table.lock);
  co_await put_page(cpu, pages, RealAddress(seen.real_page()));
}

/// The rest of v5.7's do_huge_pmd_wp_page: a huge page of its own, with a copy or, instead of the zero page,
/// cleared.
Task<void> copy_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault, RadixEntry seen,
                          bool from_zero) {
  PageAllocator& pages = kernel.pages();
  const RealAddress old(seen.real_page());
  const RealAddress copy = pages.allocate_page(PageSize::k2M);
  const RealAddress pmd = Mm::pmd_entry(table, fault.address);
  pages.head(copy).index = mm.index_of(huge_of(fault));
  co_await cpu.compute(k64KPagesOfHuge *
                       (from_zero ? kernel.parameters().clear_64k : kernel.parameters().copy_64k));
  co_await cpu.spin_lock(table.lock);
  const bool same = mm.read(pmd) == seen;
  if (same) {
    co_await pmdp_huge_clear_flush(kernel, cpu, mm, pmd, huge_of(fault));
    co_await page_add_rmap(cpu, pages, copy, PageSize::k2M);
    co_await store_entry(cpu, pmd, dirty_leaf(copy, fault.writable));
    if (!from_zero) {
      co_await page_remove_rmap(cpu, pages, old, PageSize::k2M);
      co_await put_page(cpu, pages, old);
    }
  }
  co_await cpu.spin_unlock(table.lock);
  if (!same) {
    co_await put_page(cpu, pages, copy);
  }
}

}  // namespace

Task<bool> do_huge_pmd_wp_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, FaultAt fault,
                               RadixEntry seen) {
  const Routine routine(cpu, "do_huge_pmd_wp_page");
  const bool splits = kernel.policy().split_on_huge_wp;
  const RealAddress page(seen.real_page());
  const bool zero = kernel.pages().is_zero_page(page);
  if (!zero) {
    const Reused reused =
        co_await reuse_huge_page(kernel, cpu, mm, table, Mm::pmd_entry(table, fault.address), seen, !splits);
    if (reused != Reused::no) {
      co_return true;
    }
  }
  if (splits || (zero && !fault.may_be_huge)) {
    co_await split_huge_pmd(kernel, cpu, mm, fault.address);
    co_return false;
  }
  if (fault.may_be_huge) {
    co_await copy_huge_page(kernel, cpu, mm, table, fault, seen, zero);
  } else {
    co_await do_huge_pmd_wp_page_fallback(kernel, cpu, mm, table, fault, seen);
  }
  if (!zero) {
    co_await put_page(cpu, kernel.pages(), page);  // what reuse_huge_page has taken
  }
  co_return true;
}

}  // namespace p9mmu::workloads
