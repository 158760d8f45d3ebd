#include "workloads/linux/memory.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/huge_memory.h"
#include "workloads/linux/huge_split.h"
#include "workloads/linux/migration_entry.h"
#include "workloads/linux/page.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Cause;
using cpus::Routine;

constexpr unsigned kPmdShift = 21;
constexpr unsigned kPudShift = 30;
constexpr unsigned kPgdShift = 39;
constexpr std::uint64_t kPmdBytes = std::uint64_t{1} << kPmdShift;

[[noreturn]] void refuse(std::uint64_t address, const char* why) {
  std::ostringstream text;
  text << "munmap at 0x" << std::hex << address << ": " << why;
  throw mmu::UserError(text.str());
}

/// Where the next entry of a table begins, of which each maps 1 << `shift` bytes.
constexpr std::uint64_t next_entry(std::uint64_t address, unsigned shift) {
  return ((address >> shift) + 1) << shift;
}

/// Clears one PTE, whose lock is held. Whether the gather is full now.
Task<bool> zap_pte(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pte, MmuGather& gather,
                   std::uint64_t address) {
  const RadixEntry old = co_await clear_entry(cpu, pte);
  co_await cpu.compute(kernel.parameters().zap_pte);
  gather.extend(address, address + mmu::bytes(mm.base_page()));
  if ((old.bits & RadixEntry::kSpecial) != 0) {
    co_return false;  // the zero page
  }
  const RealAddress page(old.real_page());
  co_await page_remove_rmap(cpu, kernel.pages(), page, mm.base_page());
  co_return gather.remove_page(page);
}

/// zap_pte_range: the base pages of one PTE table between two addresses.
Task<void> zap_pte_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range) {
  const Routine routine(cpu, "zap_pte_range");
  const std::uint64_t page = mmu::bytes(mm.base_page());
  co_await gather.change_page_size(cpu, mm.base_page());
  PteTable& table = mm.pte_tables.at(range.start >> kPmdShift);
  std::uint64_t address = range.start;
  while (address < range.end) {
    co_await cpu.spin_lock(table.lock);
    bool full = false;
    for (; address < range.end && !full; address += page) {
      const RealAddress pte = mm.pte_entry(table.table, EffectiveAddress(address));
      const RadixEntry entry = mm.read(pte);
      if (entry.pte_present()) {
        full = co_await zap_pte(kernel, cpu, mm, pte, gather, address);
      } else if (is_migration_entry(entry)) {
        co_await store_entry(cpu, pte, RadixEntry{0});
      }
    }
    if (full) {
      co_await gather.flush_mmu_tlbonly(cpu);
    }
    co_await cpu.spin_unlock(table.lock);
    if (full) {
      co_await gather.flush_mmu(cpu);
    }
  }
}

/// zap_pmd_range: the part of one PMD table between two addresses.
Task<void> zap_pmd_range(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, MmuGather& gather, Range range) {
  for (std::uint64_t address = range.start; address < range.end; address = next_entry(address, kPmdShift)) {
    const std::uint64_t next = std::min(range.end, next_entry(address, kPmdShift));
    const RealAddress pmd = Mm::pmd_entry(table, EffectiveAddress(address));
    RadixEntry entry = co_await peek_entry(cpu, pmd);
    if (entry.leaf()) {
      if (next - address != kPmdBytes) {
        co_await split_huge_pmd(kernel, cpu, mm, EffectiveAddress(address));
      } else {
        const bool zapped = co_await zap_huge_pmd(kernel, cpu, mm, table, gather, EffectiveAddress(address));
        if (zapped) {
          continue;
        }
      }
    }
    // Whoever holds mmap_lock for reading may have changed it.
    entry = co_await peek_entry(cpu, pmd);
    if (entry.valid() && !entry.leaf()) {
      co_await zap_pte_range(kernel, cpu, mm, gather, Range{address, next});
    }
  }
}

/// A range of which tables are freed as far as [floor, ceiling) lets them go.
struct Freed {
  std::uint64_t floor;
  std::uint64_t ceiling;
  /// Whether the table of the entry that maps 1 << `shift` bytes at `address` lies wholly inside.
  [[nodiscard]] bool holds(std::uint64_t address, unsigned shift) const {
    const std::uint64_t start = (address >> shift) << shift;
    return start >= floor && start + (std::uint64_t{1} << shift) <= ceiling;
  }
};

/// pgd_clear, pud_clear or pmd_clear, and the table to the gather.
Task<void> take_table(Kernel& kernel, Cpu& cpu, MmuGather& gather, RealAddress entry, std::uint64_t address,
                      RemovedTable table) {
  co_await cpu.execute(StoreEntry{entry, RadixEntry{0}, kernel.parameters().free_table, Cause::compute});
  co_await gather.remove_table(cpu, address, table);
}

/// free_pmd_range: the PTE tables of one PMD table between two addresses, and then the table itself.
Task<void> free_pmd_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range, Freed freed) {
  PmdTable& table = mm.pmd_tables.at(range.start >> kPudShift);
  for (;;) {
    const auto pte = mm.pte_tables.lower_bound(range.start >> kPmdShift);
    if (pte == mm.pte_tables.end() || (pte->first << kPmdShift) >= range.end) {
      break;
    }
    const std::uint64_t address = pte->first << kPmdShift;
    range.start = address + kPmdBytes;
    if (freed.holds(address, kPmdShift)) {
      const RemovedTable removed{pte->second.table, mm.pte_table_bytes()};
      mm.pte_tables.erase(pte);
      --table.entries;
      co_await take_table(kernel, cpu, gather, Mm::pmd_entry(table, EffectiveAddress(address)), address,
                          removed);
    }
  }
  const std::uint64_t address = ((range.end - 1) >> kPudShift) << kPudShift;
  if (freed.holds(address, kPudShift)) {
    P9MMU_CHECK(table.entries == 0, table.entries << " entries at " << address);
    const RemovedTable removed{table.table, mmu::table_bytes(mmu::kDirectoryBits)};
    mm.pmd_tables.erase(address >> kPudShift);
    const RealAddress pud =
        mm.pud_tables.at(address >> kPgdShift) + 8 * mmu::table_index(address, 2, mmu::kDirectoryBits);
    co_await take_table(kernel, cpu, gather, pud, address, removed);
  }
}

/// free_pud_range: the same one level up.
Task<void> free_pud_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range, Freed freed) {
  for (;;) {
    const auto pmd = mm.pmd_tables.lower_bound(range.start >> kPudShift);
    if (pmd == mm.pmd_tables.end() || (pmd->first << kPudShift) >= range.end) {
      break;
    }
    const std::uint64_t start = std::max(range.start, pmd->first << kPudShift);
    const std::uint64_t next = next_entry(start, kPudShift);
    range.start = next;
    co_await free_pmd_range(kernel, cpu, mm, gather, Range{start, std::min(range.end, next)}, freed);
  }
  const std::uint64_t address = ((range.end - 1) >> kPgdShift) << kPgdShift;
  if (freed.holds(address, kPgdShift)) {
    const RemovedTable removed{mm.pud_tables.at(address >> kPgdShift), mmu::table_bytes(mmu::kDirectoryBits)};
    mm.pud_tables.erase(address >> kPgdShift);
    const RealAddress pgd = mm.pgd() + 8 * mmu::table_index(address, 1, mmu::kRootBits);
    co_await take_table(kernel, cpu, gather, pgd, address, removed);
  }
}

}  // namespace

Task<void> unmap_page_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range) {
  const Routine routine(cpu, "unmap_page_range");
  for (std::uint64_t address = range.start; address < range.end; address = next_entry(address, kPudShift)) {
    const std::uint64_t next = std::min(range.end, next_entry(address, kPudShift));
    PmdTable* const table = mm.pmd_table(EffectiveAddress(address));
    if (table == nullptr) {
      const auto pud_table = mm.pud_tables.find(address >> kPgdShift);
      if (pud_table != mm.pud_tables.end() &&
          mm.read(pud_table->second + 8 * mmu::table_index(address, 2, mmu::kDirectoryBits)).leaf()) {
        refuse(address, "1G pages come from hugetlb, whose unmapping is not modelled");
      }
      continue;
    }
    co_await cpu.compute(kernel.parameters().zap_pmd_table);
    co_await zap_pmd_range(kernel, cpu, mm, *table, gather, Range{address, next});
  }
}

Task<void> free_pgtables(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather,
                         const std::vector<Range>& ranges, Range bounds) {
  const Routine routine(cpu, "free_pgtables");
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    co_await gather.change_page_size(cpu, mm.base_page());
    const Freed freed{bounds.start, i + 1 < ranges.size() ? ranges[i + 1].start : bounds.end};
    std::uint64_t address = ranges[i].start & ~(kPmdBytes - 1);
    while (address < ranges[i].end) {
      const auto pud = mm.pud_tables.lower_bound(address >> kPgdShift);
      if (pud == mm.pud_tables.end() || (pud->first << kPgdShift) >= ranges[i].end) {
        break;
      }
      const std::uint64_t start = std::max(address, pud->first << kPgdShift);
      address = next_entry(start, kPgdShift);
      co_await free_pud_range(kernel, cpu, mm, gather, Range{start, std::min(ranges[i].end, address)}, freed);
    }
  }
}

}  // namespace p9mmu::workloads
