#include "workloads/linux/split_huge_page.h"

#include "workloads/linux/huge_split.h"
#include "workloads/linux/migration_entry.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/page.h"
#include "workloads/linux/page_lock.h"
#include "workloads/linux/rmap.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

/// The page, and what is the same for all that is done to it.
struct Splitting {
  RealAddress page;
  std::uint64_t index;
  PageSize base_page;
};

/// The PTE table that maps `address`, or none.
Task<PteTable*> find_pte_table(Cpu& cpu, Mm& mm, EffectiveAddress address) {
  PmdTable* const pmd_table = mm.pmd_table(address);
  if (pmd_table == nullptr) {
    co_return nullptr;
  }
  const RadixEntry pmd = co_await read_entry(cpu, Mm::pmd_entry(*pmd_table, address));
  const auto table = mm.pte_tables.find(address.value() >> mmu::shift(PageSize::k2M));
  co_return pmd.bits == 0 || pmd.leaf() || table == mm.pte_tables.end() ? nullptr : &table->second;
}

/// try_to_unmap_one for one PTE of the page, whose table's lock is held: a migration entry takes its place.
Task<void> unmap_pte(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pte, RealAddress piece,
                     EffectiveAddress address) {
  PageAllocator& pages = kernel.pages();
  const RadixEntry old = co_await clear_entry(cpu, pte);
  co_await kernel.flush().radix__flush_tlb_page(cpu, mm, address);
  co_await store_entry(cpu, pte, make_migration_entry(piece, old.writable()));
  co_await page_remove_rmap(cpu, pages, piece, mm.base_page());
  co_await put_page(cpu, pages, piece);
}

/// try_to_unmap_one with TTU_SPLIT_HUGE_PMD and TTU_SPLIT_FREEZE, in one VMA.
Task<void> try_to_unmap_one(Kernel& kernel, Cpu& cpu, Splitting split, MayBeMapped place) {
  const Routine routine(cpu, "try_to_unmap_one");
  Mm& mm = *place.mm;
  const std::uint64_t base = mmu::bytes(split.base_page);
  co_await split_huge_pmd(kernel, cpu, mm, place.start, SplitInto::migration_entries, split.page);
  PteTable* table = nullptr;
  for (std::uint64_t at = 0; at < place.length; at += base) {
    const EffectiveAddress address = place.start + at;
    if (at == 0 || address.value() % mmu::bytes(PageSize::k2M) == 0) {
      if (table != nullptr) {
        co_await cpu.spin_unlock(table->lock);
      }
      table = co_await find_pte_table(cpu, mm, address);
      if (table != nullptr) {
        co_await cpu.spin_lock(table->lock);
      }
    }
    if (table == nullptr) {
      continue;
    }
    const RealAddress piece = split.page + (place.index - split.index) + at;
    const RealAddress pte = mm.pte_entry(table->table, address);
    const RadixEntry entry = mm.read(pte);
    if (entry.pte_present() && RealAddress(entry.real_page()) == piece) {
      co_await unmap_pte(kernel, cpu, mm, pte, piece, address);
    }
  }
  if (table != nullptr) {
    co_await cpu.spin_unlock(table->lock);
  }
}

/// remove_migration_pte: a leaf takes the place of the migration entry again.
Task<void> remove_migration_pte(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress piece,
                                EffectiveAddress address) {
  PteTable* const table = co_await find_pte_table(cpu, mm, address);
  if (table == nullptr) {
    co_return;
  }
  const Vma* const vma = mm.find_vma(address);
  co_await cpu.spin_lock(table->lock);
  const RealAddress pte = mm.pte_entry(table->table, address);
  const RadixEntry entry = mm.read(pte);
  if (is_migration_entry(entry) && RealAddress(entry.real_page()) == piece) {
    co_await page_ref_add(cpu, kernel.pages(), piece);
    // pte_mkold(mk_pte(...)): what the mapping allows, but for the store that the entry did not.
    const bool readable = vma == nullptr || vma->readable;
    co_await page_add_rmap(cpu, kernel.pages(), piece, mm.base_page());
    co_await cpu.execute(
        StoreEntry{pte,
                   RadixEntry::make_leaf(piece, (readable ? RadixEntry::kRead : RadixEntry::kPrivileged) |
                                                    (entry.writable() ? RadixEntry::kWrite : 0)),
                   kernel.parameters().set_pte, cpus::Cause::compute});
  }
  co_await cpu.spin_unlock(table->lock);
}

/// remap_page.
Task<void> remap_page(Kernel& kernel, Cpu& cpu, Splitting split, const std::vector<MayBeMapped>& places) {
  const Routine routine(cpu, "remap_page");
  for (const MayBeMapped& place : places) {
    for (std::uint64_t at = 0; at < place.length; at += mmu::bytes(split.base_page)) {
      co_await remove_migration_pte(kernel, cpu, *place.mm, split.page + (place.index - split.index) + at,
                                    place.start + at);
    }
  }
}

/// The end of __split_huge_page: unlocks every base page and gives back the reference that each got, but for
/// the first, which the caller locked and holds.
Task<void> release_pieces(Kernel& kernel, Cpu& cpu, Splitting split) {
  const std::uint64_t base = mmu::bytes(split.base_page);
  for (std::uint64_t at = base; at < mmu::bytes(PageSize::k2M); at += base) {
    co_await kernel.page_locks().unlock_page(cpu, split.page + at);
    co_await put_page(cpu, kernel.pages(), split.page + at);
  }
}

/// split_huge_page_to_list: of a page that the caller holds a reference on and has locked.
Task<bool> split_huge_page_to_list(Kernel& kernel, Cpu& cpu, AnonVma& anon, Splitting split) {
  const Routine routine(cpu, "split_huge_page_to_list");
  PageAllocator& pages = kernel.pages();
  co_await down_write(cpu, anon.lock);
  // can_split_huge_page: a look before the mappings are taken away in vain.
  const PageCounts counts = co_await page_counts(cpu, pages, split.page);
  bool done = false;
  if (counts.total_mapcount == counts.references - 1) {
    const std::vector<MayBeMapped> places = rmap_walk(anon, split.index, mmu::bytes(PageSize::k2M));
    for (const MayBeMapped& place : places) {
      co_await try_to_unmap_one(kernel, cpu, split, place);
    }
    done = co_await cpu.execute(PageRefFreeze{{&pages, split.page}, 1});
    if (done) {
      // Nobody gets a reference on a frozen page; from here to the split it would be on the wrong one.
      tell_unstable(cpu, split.page, true);
      co_await cpu.execute(PageSplit{{&pages, split.page}, split.base_page});
      tell_unstable(cpu, split.page, false);
      kernel.page_locks().lock_pieces(split.page, split.base_page);
      co_await cpu.compute(kernel.parameters().split_huge_page);
    }
    co_await remap_page(kernel, cpu, split, places);
    if (done) {
      co_await release_pieces(kernel, cpu, split);
    }
  }
  co_await up_write(cpu, anon.lock);
  co_return done;
}

}  // namespace

Task<bool> split_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "split_huge_pages");
  PageAllocator& pages = kernel.pages();
  PmdTable* const table = mm.pmd_table(address);
  if (table == nullptr) {
    co_return false;
  }
  const RadixEntry pmd = co_await read_entry(cpu, Mm::pmd_entry(*table, address));
  const RealAddress page(pmd.real_page());
  if (!pmd.leaf() || pages.is_zero_page(page)) {
    co_return false;
  }
  const bool held = co_await page_try_get(cpu, pages, page);
  if (!held) {
    co_return false;
  }
  co_await kernel.page_locks().lock_page(cpu, page);
  bool done = false;
  if (pages.head(page).compound) {
    const Splitting split{page, pages.head(page).index, mm.base_page()};
    done = co_await split_huge_page_to_list(kernel, cpu, *mm.anon_vma, split);
  }
  co_await kernel.page_locks().unlock_page(cpu, page);
  co_await put_page(cpu, pages, page);
  co_return done;
}

}  // namespace p9mmu::workloads
