#include "workloads/linux/mremap.h"

#include <algorithm>
#include <sstream>

#include "mmu/error.h"
#include "workloads/linux/huge_memory.h"
#include "workloads/linux/huge_split.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/munmap.h"
#include "workloads/linux/table_alloc.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr std::uint64_t kHugeBytes = mmu::bytes(PageSize::k2M);

/// A place in an address space: an address and the PMD table that it goes through.
struct Place {
  std::uint64_t address;
  PmdTable* table;
  [[nodiscard]] RealAddress pmd() const { return Mm::pmd_entry(*table, EffectiveAddress(address)); }
};

Task<void> flush_moved_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t old) {
  if (kernel.policy().flush_moved_pmd_as_huge) {
    co_await kernel.flush().radix__flush_pmd_tlb_range(cpu, mm, old, old + kHugeBytes);
  } else {
    co_await kernel.flush().radix__flush_tlb_range(cpu, mm, old, old + kHugeBytes);
  }
}

/// move_huge_pmd; false if there is no huge page, looked at under the lock, or it does not fit there.
Task<bool> move_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, Place from, Place to) {
  const Routine routine(cpu, "move_huge_pmd");
  if (from.address % kHugeBytes != 0 || to.address % kHugeBytes != 0) {
    co_return false;
  }
  co_await cpu.spin_lock(from.table->lock);
  if (!mm.read(from.pmd()).leaf()) {
    co_await cpu.spin_unlock(from.table->lock);
    co_return false;
  }
  const bool two_tables = from.table != to.table;
  if (two_tables) {
    co_await cpu.spin_lock(to.table->lock);
  }
  const RadixEntry entry = co_await radix__pmdp_huge_get_and_clear(kernel, cpu, mm, from.pmd());
  if (two_tables) {  // pmd_move_must_withdraw: the deposited table belongs with the PMD table
    const RealAddress pte_table = co_await cpu.execute(WithdrawTable{&mm, from.table});
    co_await cpu.execute(DepositTable{&mm, to.table, pte_table});
  }
  --from.table->entries;
  ++to.table->entries;
  co_await store_entry(cpu, to.pmd(), entry);
  co_await flush_moved_pmd(kernel, cpu, mm, from.address);
  if (two_tables) {
    co_await cpu.spin_unlock(to.table->lock);
  }
  co_await cpu.spin_unlock(from.table->lock);
  co_return true;
}

/// move_ptes: the base pages of one table to another, or to another place in it.
Task<void> move_ptes(Kernel& kernel, Cpu& cpu, Mm& mm, Range from, std::uint64_t to) {
  const Routine routine(cpu, "move_ptes");
  PteTable& old_table = mm.pte_tables.at(from.start / kHugeBytes);
  PteTable& new_table = mm.pte_tables.at(to / kHugeBytes);
  co_await cpu.spin_lock(old_table.lock);
  if (&old_table != &new_table) {
    co_await cpu.spin_lock(new_table.lock);
  }
  bool flush = false;
  for (std::uint64_t at = 0; at < from.end - from.start; at += mmu::bytes(mm.base_page())) {
    const RealAddress pte = mm.pte_entry(old_table.table, EffectiveAddress(from.start + at));
    if (mm.read(pte).bits == 0) {
      continue;
    }
    const RadixEntry entry = co_await clear_entry(cpu, pte);
    co_await store_entry(cpu, mm.pte_entry(new_table.table, EffectiveAddress(to + at)), entry);
    co_await cpu.compute(kernel.parameters().change_pte);
    flush = flush || entry.pte_present();
  }
  if (flush) {
    co_await kernel.flush().radix__flush_tlb_range(cpu, mm, from.start, from.end);
  }
  if (&old_table != &new_table) {
    co_await cpu.spin_unlock(new_table.lock);
  }
  co_await cpu.spin_unlock(old_table.lock);
}

/// One round of move_page_tables: as much as one PMD maps at the old place. How far it has come.
Task<std::uint64_t> move_extent(Kernel& kernel, Cpu& cpu, Mm& mm, Range from, std::uint64_t to) {
  std::uint64_t extent = std::min(kHugeBytes - from.start % kHugeBytes, from.end - from.start);
  const Place old{from.start, mm.pmd_table(EffectiveAddress(from.start))};
  if (old.table == nullptr) {
    co_return extent;
  }
  const RadixEntry entry = co_await read_entry(cpu, old.pmd());
  if (entry.bits == 0) {
    co_return extent;
  }
  PmdTable* const table = co_await pmd_alloc(cpu, mm, EffectiveAddress(to));
  const Place destination{to, table};
  if (entry.leaf()) {
    if (extent == kHugeBytes) {
      const bool moved = co_await move_huge_pmd(kernel, cpu, mm, old, destination);
      if (moved) {
        co_return extent;
      }
    }
    co_await split_huge_pmd(kernel, cpu, mm, EffectiveAddress(from.start));
  }
  co_await pte_alloc(cpu, mm, *destination.table, EffectiveAddress(to));
  extent = std::min(extent, kHugeBytes - to % kHugeBytes);
  co_await move_ptes(kernel, cpu, mm, Range{from.start, from.start + extent}, to);
  co_return extent;
}

Task<void> move_page_tables(Kernel& kernel, Cpu& cpu, Mm& mm, Range from, std::uint64_t to) {
  const Routine routine(cpu, "move_page_tables");
  while (from.start < from.end) {
    const std::uint64_t extent = co_await move_extent(kernel, cpu, mm, from, to);
    from.start += extent;
    to += extent;
  }
}

[[noreturn]] void refuse(std::uint64_t address, const char* why) {
  std::ostringstream text;
  text << "mremap at 0x" << std::hex << address << ": " << why;
  throw mmu::UserError(text.str());
}

}  // namespace

Task<void> sys_mremap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length,
                      EffectiveAddress target) {
  const Range from = checked_range(mm, "mremap", start, length);
  const Range to = checked_range(mm, "mremap", target, length);
  if (from.start < to.end && to.start < from.end) {
    refuse(from.start, "the old place and the new one overlap");
  }
  const Routine call(cpu, "sys_mremap");
  co_await cpu.compute(kernel.parameters().syscall);
  co_await down_write(cpu, mm.mmap_lock);
  co_await do_munmap(kernel, cpu, mm, to);
  const Vma* const vma = mm.find_vma(start);
  if (vma == nullptr || vma->end < from.end) {
    refuse(from.start, "the range does not lie in one mapping");
  }
  Vma moved = *vma;  // copy_vma
  moved.offset += from.start - vma->start;
  moved.start = to.start;
  moved.end = to.end;
  mm.vmas.emplace(moved.start, moved);
  {
    const Routine routine(cpu, "move_vma");
    co_await move_page_tables(kernel, cpu, mm, from, to.start);
    co_await do_munmap(kernel, cpu, mm, from);
  }
  co_await up_write(cpu, mm.mmap_lock);
}

}  // namespace p9mmu::workloads
