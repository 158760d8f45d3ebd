#include "workloads/linux/pte_fault.h"

#include "workloads/linux/migration_entry.h"
#include "workloads/linux/page.h"
#include "workloads/linux/page_lock.h"
#include "workloads/linux/table_alloc.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr RealAddress kNone{0};

/// What clearing or copying 64 KiB costs, for one base page.
Time for_base_page(const Mm& mm, Time of_64k) {
  return mm.base_page() == PageSize::k64K ? of_64k : Time(of_64k.ps() / 16);
}

RadixEntry dirty_leaf(RealAddress page, bool writable) {
  return RadixEntry::make_leaf(page, RadixEntry::kRead | RadixEntry::kReference | RadixEntry::kChange |
                                         (writable ? RadixEntry::kWrite : 0));
}

PteTable& pte_table_of(Mm& mm, EffectiveAddress address) {
  return mm.pte_tables.at(address.value() >> mmu::shift(PageSize::k2M));
}

/// do_anonymous_page: for a load the zero page, for a store a new one.
Task<void> do_anonymous_page(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& pmd_table, FaultAt fault) {
  const Routine routine(cpu, "do_anonymous_page");
  co_await pte_alloc(cpu, mm, pmd_table, fault.address);
  const bool unstable = co_await pmd_trans_unstable(cpu, Mm::pmd_entry(pmd_table, fault.address));
  if (unstable) {
    co_return;
  }
  PageAllocator& pages = kernel.pages();
  PteTable& table = pte_table_of(mm, fault.address);
  const RealAddress pte = mm.pte_entry(table.table, fault.address);
  RealAddress page = kNone;
  if (fault.write) {
    page = pages.allocate_page(mm.base_page());
    co_await cpu.compute(for_base_page(mm, kernel.parameters().clear_64k));
  }
  co_await cpu.spin_lock(table.lock);
  const bool empty = mm.read(pte).bits == 0;
  if (empty && fault.write) {
    pages.head(page).index = mm.index_of(fault.address);
    co_await page_add_rmap(cpu, pages, page, mm.base_page());
    co_await store_entry(cpu, pte, dirty_leaf(page, fault.writable));
  } else if (empty) {
    co_await store_entry(
        cpu, pte,
        RadixEntry::make_leaf(pages.zero_page(mm.base_page()),
                              RadixEntry::kRead | RadixEntry::kReference | RadixEntry::kSpecial));
  }
  co_await cpu.spin_unlock(table.lock);
  if (!empty && fault.write) {
    co_await put_page(cpu, pages, page);
  }
}

/// migration_entry_wait: until the page that the entry stands for is unlocked.
Task<void> migration_entry_wait(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, RealAddress pte) {
  const Routine routine(cpu, "migration_entry_wait");
  co_await cpu.spin_lock(table.lock);
  const RadixEntry entry = mm.read(pte);
  if (!is_migration_entry(entry)) {
    co_await cpu.spin_unlock(table.lock);
    co_return;
  }
  const RealAddress page(entry.real_page());
  const bool held = co_await page_try_get(cpu, kernel.pages(), page);
  co_await cpu.spin_unlock(table.lock);
  if (held) {
    co_await put_page(cpu, kernel.pages(), page);
  }
  co_await kernel.page_locks().wait_on_page_locked(cpu, page);
}

/// wp_page_copy: `old` is none for the zero page, otherwise the caller has a reference on it, which is given
/// back.
Task<void> wp_page_copy(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, FaultAt fault, RadixEntry seen,
                        RealAddress old) {
  const Routine routine(cpu, "wp_page_copy");
  PageAllocator& pages = kernel.pages();
  const KernelParameters& cost = kernel.parameters();
  const RealAddress copy = pages.allocate_page(mm.base_page());
  pages.head(copy).index = mm.index_of(fault.address);
  co_await cpu.compute(for_base_page(mm, old == kNone ? cost.clear_64k : cost.copy_64k));
  co_await cpu.spin_lock(table.lock);
  const RealAddress pte = mm.pte_entry(table.table, fault.address);
  const bool same = mm.read(pte) == seen;
  if (same) {
    // Cleared and flushed first, so that nobody writes to one page while somebody still reads the other.
    co_await clear_entry(cpu, pte);
    co_await kernel.flush().radix__flush_tlb_page(cpu, mm, fault.address);
    co_await page_add_rmap(cpu, pages, copy, mm.base_page());
    co_await store_entry(cpu, pte, dirty_leaf(copy, fault.writable));
    if (old != kNone) {
      co_await page_remove_rmap(cpu, pages, old, mm.base_page());
      co_await put_page(cpu, pages, old);
    }
  }
  co_await cpu.spin_unlock(table.lock);
  if (!same) {
    co_await put_page(cpu, pages, copy);
  }
  if (old != kNone) {
    co_await put_page(cpu, pages, old);
  }
}

/// do_wp_page, for which the table's lock is held and which releases it: makes the page writable if nobody
/// else maps it, otherwise maps a copy.
Task<void> do_wp_page(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, FaultAt fault, RadixEntry seen) {
  const Routine routine(cpu, "do_wp_page");
  PageAllocator& pages = kernel.pages();
  PageLocks& locks = kernel.page_locks();
  const RealAddress pte = mm.pte_entry(table.table, fault.address);
  if ((seen.bits & RadixEntry::kSpecial) != 0) {
    co_await cpu.spin_unlock(table.lock);
    co_await wp_page_copy(kernel, cpu, mm, table, fault, seen, kNone);
    co_return;
  }
  const RealAddress page(seen.real_page());
  const bool locked = co_await locks.trylock_page(cpu, page);
  if (!locked) {
    co_await page_ref_add(cpu, pages, page);
    co_await cpu.spin_unlock(table.lock);
    co_await locks.lock_page(cpu, page);
    co_await cpu.spin_lock(table.lock);
    const bool changed = mm.read(pte) != seen;
    if (changed) {
      co_await locks.unlock_page(cpu, page);
      co_await cpu.spin_unlock(table.lock);
      co_await put_page(cpu, pages, page);
      co_return;
    }
    co_await put_page(cpu, pages, page);
  }
  const PageCounts counts = co_await page_counts(cpu, pages, page);
  co_await locks.unlock_page(cpu, page);
  if (counts.greatest_mapcount <= 1) {  // reuse_swap_page, wp_page_reuse
    co_await update_entry(cpu, pte, 0, RadixEntry::kReference | RadixEntry::kChange | RadixEntry::kWrite);
    co_await cpu.spin_unlock(table.lock);
    co_return;
  }
  co_await page_ref_add(cpu, pages, page);
  co_await cpu.spin_unlock(table.lock);
  co_await wp_page_copy(kernel, cpu, mm, table, fault, seen, page);
}

}  // namespace

Task<void> handle_pte_fault(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& pmd_table, FaultAt fault) {
  const Routine routine(cpu, "handle_pte_fault");
  const RealAddress pmd = Mm::pmd_entry(pmd_table, fault.address);
  RadixEntry seen = co_await read_entry(cpu, pmd);
  if (seen.bits == 0) {
    co_await do_anonymous_page(kernel, cpu, mm, pmd_table, fault);
    co_return;
  }
  const bool unstable = co_await pmd_trans_unstable(cpu, pmd);
  if (unstable) {
    co_return;
  }
  // With mmap_lock held a table stays one: khugepaged takes the lock for writing.
  PteTable& table = pte_table_of(mm, fault.address);
  const RealAddress pte = mm.pte_entry(table.table, fault.address);
  seen = co_await read_entry(cpu, pte);
  if (seen.bits == 0) {
    co_await do_anonymous_page(kernel, cpu, mm, pmd_table, fault);
    co_return;
  }
  if (!seen.pte_present()) {
    co_await migration_entry_wait(kernel, cpu, mm, table, pte);
    co_return;
  }
  co_await cpu.spin_lock(table.lock);
  if (mm.read(pte) != seen) {
    co_await cpu.spin_unlock(table.lock);
    co_return;
  }
  if (fault.write && !seen.writable()) {
    co_await do_wp_page(kernel, cpu, mm, table, fault, seen);
    co_return;
  }
  const std::uint64_t set = RadixEntry::kReference | (fault.write ? RadixEntry::kChange : 0);
  if ((seen.bits & set) != set) {
    co_await update_entry(cpu, pte, 0, set);
  }
  co_await cpu.spin_unlock(table.lock);
}

}  // namespace p9mmu::workloads
