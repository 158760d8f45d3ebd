#include "workloads/linux/khugepaged.h"

#include <vector>

#include "workloads/linux/huge_memory.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/page.h"
#include "workloads/linux/page_lock.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr std::int64_t k64KPagesOfHuge = 32;

/// A base page that is about to be copied: where its entry lies, and what it is.
struct Isolated {
  RealAddress pte;
  RealAddress page;
};

bool is_none_or_zero(RadixEntry pte) {
  return pte.bits == 0 || (pte.pte_present() && (pte.bits & RadixEntry::kSpecial) != 0);
}

/// The table of base pages for the 2M at `address`, or none (mm_find_pmd).
Task<PteTable*> find_table(Cpu& cpu, Mm& mm, EffectiveAddress address) {
  PmdTable* const pmd_table = mm.pmd_table(address);
  if (pmd_table == nullptr) {
    co_return nullptr;
  }
  const RadixEntry pmd = co_await read_entry(cpu, Mm::pmd_entry(*pmd_table, address));
  if (!pmd.pmd_present() || pmd.leaf()) {
    co_return nullptr;
  }
  co_return &mm.pte_tables.at(address.value() >> mmu::shift(PageSize::k2M));
}

/// Whether a huge page at `address` would lie in one mapping.
bool fits(const Mm& mm, EffectiveAddress address) {
  const Vma* const vma = mm.find_vma(address);
  return vma != nullptr && vma->start <= address.value() &&
         vma->end >= address.value() + mmu::bytes(PageSize::k2M);
}

/// hugepage_vma_revalidate and mm_find_pmd.
Task<PteTable*> revalidate(Cpu& cpu, Mm& mm, EffectiveAddress huge) {
  if (!fits(mm, huge)) {
    co_return nullptr;
  }
  co_return co_await find_table(cpu, mm, huge);
}

/// khugepaged_scan_pmd: whether a collapse is likely to succeed.
Task<bool> scan_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, EffectiveAddress huge) {
  const Routine routine(cpu, "khugepaged_scan_pmd");
  co_await cpu.spin_lock(table.lock);
  bool writable = false;
  bool possible = true;
  for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M) && possible; at += mmu::bytes(mm.base_page())) {
    const RadixEntry pte = mm.read(mm.pte_entry(table.table, huge + at));
    if (is_none_or_zero(pte)) {
      continue;
    }
    writable = writable || pte.writable();
    const RealAddress page(pte.real_page());
    possible = pte.pte_present() && !kernel.pages().head(page).compound;
    if (possible) {
      const PageCounts counts = co_await page_counts(cpu, kernel.pages(), page);
      possible = counts.references == 1;
    }
  }
  co_await cpu.spin_unlock(table.lock);
  co_return possible&& writable;
}

/// release_pte_pages: the pages that have been isolated, unlocked and given back to the lists.
Task<void> release_pages(Kernel& kernel, Cpu& cpu, const std::vector<Isolated>& isolated) {
  for (const Isolated& one : isolated) {
    tell_unstable(cpu, one.page, false);
    co_await kernel.page_locks().unlock_page(cpu, one.page);
    co_await put_page(cpu, kernel.pages(), one.page);
  }
}

/// __collapse_huge_page_isolate: locks every page and takes it from its list, if nobody else holds it.
Task<bool> isolate_pages(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, EffectiveAddress huge,
                         std::vector<Isolated>& isolated) {
  const Routine routine(cpu, "__collapse_huge_page_isolate");
  PageAllocator& pages = kernel.pages();
  bool writable = false;
  bool referenced = false;
  bool possible = true;
  for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M) && possible; at += mmu::bytes(mm.base_page())) {
    const RealAddress place = mm.pte_entry(table.table, huge + at);
    const RadixEntry pte = mm.read(place);
    if (is_none_or_zero(pte)) {
      continue;
    }
    const RealAddress page(pte.real_page());
    possible = pte.pte_present() && !pages.head(page).compound;
    if (possible) {
      possible = co_await kernel.page_locks().trylock_page(cpu, page);
    }
    if (!possible) {
      break;
    }
    const PageCounts counts = co_await page_counts(cpu, pages, page);
    if (counts.references != 1) {  // besides the mapping, somebody holds it
      co_await kernel.page_locks().unlock_page(cpu, page);
      possible = false;
      break;
    }
    tell_unstable(cpu, page, true);
    co_await page_ref_add(cpu, pages, page);  // isolate_lru_page
    isolated.push_back(Isolated{place, page});
    writable = writable || pte.writable();
    referenced = referenced || pte.reference();
  }
  if (possible && writable && referenced) {
    co_return true;
  }
  co_await release_pages(kernel, cpu, isolated);
  isolated.clear();
  co_return false;
}

/// __collapse_huge_page_copy: each page is copied, or a piece cleared where there is none, and given back.
Task<void> copy_pages(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table,
                      const std::vector<Isolated>& isolated) {
  const Routine routine(cpu, "__collapse_huge_page_copy");
  PageAllocator& pages = kernel.pages();
  co_await cpu.compute(k64KPagesOfHuge * kernel.parameters().copy_64k);
  for (const Isolated& one : isolated) {
    co_await kernel.page_locks().unlock_page(cpu, one.page);
    co_await put_page(cpu, pages, one.page);
    co_await cpu.spin_lock(table.lock);
    co_await store_entry(cpu, one.pte, RadixEntry{0});
    co_await page_remove_rmap(cpu, pages, one.page, mm.base_page());
    co_await cpu.spin_unlock(table.lock);
    co_await put_page(cpu, pages, one.page);
  }
  for (std::uint64_t entry = 0; entry < std::uint64_t{1} << mm.pte_bits(); ++entry) {
    if (mm.read(table.table + 8 * entry).bits != 0) {  // the zero page
      co_await store_entry(cpu, table.table + 8 * entry, RadixEntry{0});
    }
  }
}

/// The table's pages are in the huge page now: the table is deposited, and the PMD maps the page.
Task<void> map_collapsed(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& pmd_table, EffectiveAddress huge,
                         RealAddress page) {
  PageAllocator& pages = kernel.pages();
  const std::uint64_t number = huge.value() >> mmu::shift(PageSize::k2M);
  co_await cpu.lwsync();  // what has been copied is seen before the page
  co_await cpu.spin_lock(pmd_table.lock);
  pages.head(page).index = mm.index_of(huge);
  co_await page_add_rmap(cpu, pages, page, PageSize::k2M);
  const RealAddress pte_table = mm.pte_tables.at(number).table;
  mm.pte_tables.erase(number);
  co_await cpu.execute(DepositTable{&mm, &pmd_table, pte_table});
  co_await store_entry(cpu, Mm::pmd_entry(pmd_table, huge),
                       RadixEntry::make_leaf(page, RadixEntry::kRead | RadixEntry::kWrite |
                                                       RadixEntry::kReference | RadixEntry::kChange));
  co_await cpu.spin_unlock(pmd_table.lock);
}

/// The part of collapse_huge_page under mmap_lock for writing, for a table that is still there.
Task<bool> collapse_locked(Kernel& kernel, Cpu& cpu, Mm& mm, PteTable& table, EffectiveAddress huge,
                           RealAddress page) {
  PmdTable& pmd_table = *mm.pmd_table(huge);
  const RealAddress pmd = Mm::pmd_entry(pmd_table, huge);
  co_await down_write(cpu, mm.anon_vma->lock);
  co_await cpu.spin_lock(pmd_table.lock);
  const RadixEntry old = co_await pmdp_collapse_flush(kernel, cpu, mm, pmd, huge);
  co_await cpu.spin_unlock(pmd_table.lock);
  if (kernel.policy().collapse_sync == CollapseSync::all_cpus) {
    co_await tlb_remove_table_sync_one(kernel, cpu);
  }
  std::vector<Isolated> isolated;
  co_await cpu.spin_lock(table.lock);
  const bool possible = co_await isolate_pages(kernel, cpu, mm, table, huge, isolated);
  co_await cpu.spin_unlock(table.lock);
  if (!possible) {
    co_await cpu.spin_lock(pmd_table.lock);
    co_await store_entry(cpu, pmd, old);
    co_await cpu.spin_unlock(pmd_table.lock);
  }
  co_await up_write(cpu, mm.anon_vma->lock);
  if (possible) {
    co_await copy_pages(kernel, cpu, mm, table, isolated);
    co_await map_collapsed(kernel, cpu, mm, pmd_table, huge, page);
  }
  co_return possible;
}

}  // namespace

Task<void> tlb_remove_table_sync_one(Kernel& kernel, Cpu& cpu) {
  const Routine routine(cpu, "tlb_remove_table_sync_one");
  const RemoteFunction function{"tlb_remove_table_smp_sync", kernel.parameters().smp_call_function};
  co_await kernel.smp().smp_call_function_many(cpu, kernel.online(), function);
}

Task<RadixEntry> pmdp_collapse_flush(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                     EffectiveAddress address) {
  const Routine routine(cpu, "radix__pmdp_collapse_flush");
  const RadixEntry old = mm.read(pmd);
  co_await store_entry(cpu, pmd, RadixEntry{0});
  if (kernel.policy().collapse_sync == CollapseSync::mm_cpumask) {
    co_await serialize_against_pte_lookup(kernel, cpu, mm);
  }
  co_await kernel.flush().radix__flush_tlb_collapsed_pmd(cpu, mm, address);
  co_return old;
}

Task<bool> collapse_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "collapse_huge_page");
  const EffectiveAddress huge = page_base(address, PageSize::k2M);
  co_await down_read(cpu, mm.mmap_lock);
  PteTable* table = co_await revalidate(cpu, mm, huge);
  bool likely = false;
  if (table != nullptr) {
    likely = co_await scan_pmd(kernel, cpu, mm, *table, huge);
  }
  co_await up_read(cpu, mm.mmap_lock);
  if (!likely) {
    co_return false;
  }
  const RealAddress page = kernel.pages().allocate_page(PageSize::k2M);
  // Nobody else uses the tables now but walkers without locks.
  co_await down_write(cpu, mm.mmap_lock);
  table = co_await revalidate(cpu, mm, huge);
  bool done = false;
  if (table != nullptr) {
    done = co_await collapse_locked(kernel, cpu, mm, *table, huge, page);
  }
  co_await up_write(cpu, mm.mmap_lock);
  if (!done) {
    co_await put_page(cpu, kernel.pages(), page);
  }
  co_return done;
}

}  // namespace p9mmu::workloads
