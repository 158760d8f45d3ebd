#include "workloads/linux/munmap.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "mmu/error.h"
#include "workloads/linux/huge_memory.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/mmu_gather.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr std::uint64_t kPmdBytes = std::uint64_t{1} << 21;
constexpr std::uint64_t kPudBytes = std::uint64_t{1} << 30;

/// A part of a VMA that is being unmapped.
struct Range {
  std::uint64_t start;
  std::uint64_t end;
};

[[noreturn]] void refuse(std::uint64_t address, const char* why) {
  std::ostringstream text;
  text << "munmap at 0x" << std::hex << address << ": " << why;
  throw mmu::UserError(text.str());
}

/// Splits the VMAs at the edges and takes out what lies between; host bookkeeping.
std::vector<Range> detach_vmas(Mm& mm, std::uint64_t start, std::uint64_t end) {
  std::vector<Range> detached;
  auto place = mm.vmas.upper_bound(start);
  if (place != mm.vmas.begin()) {
    --place;
  }
  while (place != mm.vmas.end() && place->second.start < end) {
    const Vma vma = place->second;
    if (vma.end <= start) {
      ++place;
      continue;
    }
    place = mm.vmas.erase(place);
    const Range cut{std::max(start, vma.start), std::min(end, vma.end)};
    if (vma.start < cut.start) {
      mm.vmas.emplace(vma.start, Vma{vma.start, cut.start});
    }
    if (cut.end < vma.end) {
      mm.vmas.emplace(cut.end, Vma{cut.end, vma.end});
    }
    detached.push_back(cut);
  }
  return detached;
}

/// zap_pte_range: the base pages of one PTE table between two addresses.
Task<void> zap_pte_range(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pte_table, MmuGather& gather,
                         std::uint64_t start, std::uint64_t end) {
  const Routine routine(cpu, "zap_pte_range");
  const std::uint64_t page = mmu::bytes(mm.base_page());
  co_await gather.change_page_size(cpu, mm.base_page());
  for (std::uint64_t address = start; address < end; address += page) {
    const RealAddress pte = pte_table + 8 * mmu::table_index(address, 4, mm.pte_bits());
    const RadixEntry old = mm.read(pte);
    if (!old.leaf()) {
      continue;
    }
    co_await cpu.atomic_update();
    mm.write(pte, RadixEntry{0});
    co_await cpu.compute(kernel.parameters().zap_pte);
    gather.extend(address, address + page);
    if (gather.remove_page(RealAddress(old.real_page()), mm.base_page())) {
      co_await gather.flush_mmu(cpu);
    }
  }
}

/// zap_pmd_range: the part of one PMD table between two addresses.
Task<void> zap_pmd_range(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, MmuGather& gather,
                         std::uint64_t start, std::uint64_t end) {
  for (std::uint64_t address = start; address < end; address = (address / kPmdBytes + 1) * kPmdBytes) {
    const std::uint64_t next = std::min(end, (address / kPmdBytes + 1) * kPmdBytes);
    const RadixEntry entry = mm.read(Mm::pmd_entry(table, EffectiveAddress(address)));
    if (entry.bits == 0) {
      continue;
    }
    if (!entry.leaf()) {
      co_await zap_pte_range(kernel, cpu, mm, RealAddress(entry.next_table()), gather, address, next);
      continue;
    }
    if (next - address != kPmdBytes) {
      refuse(address, "the range covers a huge page in part, and splitting is not modelled; align it to 2M");
    }
    co_await zap_huge_pmd(kernel, cpu, mm, table, gather, EffectiveAddress(address));
  }
}

Task<void> unmap_page_range(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range) {
  const Routine routine(cpu, "unmap_page_range");
  for (std::uint64_t address = range.start; address < range.end;
       address = (address / kPudBytes + 1) * kPudBytes) {
    const std::uint64_t next = std::min(range.end, (address / kPudBytes + 1) * kPudBytes);
    PmdTable* const table = mm.pmd_table(EffectiveAddress(address));
    if (table == nullptr) {
      const auto pud_table = mm.pud_tables.find(address >> 39);
      if (pud_table != mm.pud_tables.end() &&
          mm.read(pud_table->second + 8 * mmu::table_index(address, 2, mmu::kDirectoryBits)).leaf()) {
        refuse(address, "1G pages come from hugetlb, whose unmapping is not modelled");
      }
      continue;
    }
    co_await cpu.compute(kernel.parameters().zap_pmd_table);
    co_await zap_pmd_range(kernel, cpu, mm, *table, gather, address, next);
  }
}

/// free_pgd_range: the PTE, PMD and PUD tables that lie wholly inside what is free now.
Task<void> free_pgtables(Kernel& kernel, Cpu& cpu, Mm& mm, MmuGather& gather, Range range) {
  const Routine routine(cpu, "free_pgtables");
  co_await gather.change_page_size(cpu, mm.base_page());
  // pte_free_tlb and its like extend the gather's range by one base page at the address of the table, however
  // much the table maps: its pages have been flushed already.
  const std::uint64_t page = mmu::bytes(mm.base_page());
  // Tables are freed as far as no other mapping needs them.
  auto after = mm.vmas.lower_bound(range.start);
  const std::uint64_t ceiling = after == mm.vmas.end() ? Mm::kTaskSize : after->second.start;
  const std::uint64_t floor = after == mm.vmas.begin() ? 0 : std::prev(after)->second.end;
  const auto lies_inside = [floor, ceiling](std::uint64_t index, unsigned shift) {
    return (index << shift) >= floor && ((index + 1) << shift) <= ceiling;
  };
  std::uint64_t freed = 0;
  for (auto pte = mm.pte_tables.lower_bound(range.start >> 21);
       pte != mm.pte_tables.end() && (pte->first << 21) < range.end;) {
    if (!lies_inside(pte->first, 21)) {
      ++pte;
      continue;
    }
    PmdTable& above = *mm.pmd_table(EffectiveAddress(pte->first << 21));
    mm.write(Mm::pmd_entry(above, EffectiveAddress(pte->first << 21)), RadixEntry{0});
    --above.entries;
    gather.extend(pte->first << 21, (pte->first << 21) + page);
    gather.remove_table(pte->second, mm.pte_table_bytes());
    pte = mm.pte_tables.erase(pte);
    ++freed;
  }
  for (auto pmd = mm.pmd_tables.lower_bound(range.start >> 30);
       pmd != mm.pmd_tables.end() && (pmd->first << 30) < range.end;) {
    if (!lies_inside(pmd->first, 30) || pmd->second.entries != 0) {
      ++pmd;
      continue;
    }
    const std::uint64_t address = pmd->first << 30;
    mm.write(mm.pud_tables.at(address >> 39) + 8 * mmu::table_index(address, 2, mmu::kDirectoryBits),
             RadixEntry{0});
    gather.extend(address, address + page);
    gather.remove_table(pmd->second.table, mmu::table_bytes(mmu::kDirectoryBits));
    pmd = mm.pmd_tables.erase(pmd);
    ++freed;
  }
  for (auto pud = mm.pud_tables.lower_bound(range.start >> 39);
       pud != mm.pud_tables.end() && (pud->first << 39) < range.end;) {
    if (!lies_inside(pud->first, 39)) {
      ++pud;
      continue;
    }
    mm.write(mm.pgd() + 8 * mmu::table_index(pud->first << 39, 1, mmu::kRootBits), RadixEntry{0});
    gather.extend(pud->first << 39, (pud->first << 39) + page);
    gather.remove_table(pud->second, mmu::table_bytes(mmu::kDirectoryBits));
    pud = mm.pud_tables.erase(pud);
    ++freed;
  }
  co_await cpu.compute(static_cast<std::int64_t>(freed) * kernel.parameters().free_table);
}

Task<void> unmap_region(Kernel& kernel, Cpu& cpu, Mm& mm, const std::vector<Range>& ranges) {
  const Routine routine(cpu, "unmap_region");
  MmuGather gather(mm, kernel.parameters(), kernel.flush(), false);
  {
    const Routine inner(cpu, "unmap_vmas");
    for (const Range& range : ranges) {
      co_await unmap_page_range(kernel, cpu, mm, gather, range);
    }
  }
  for (const Range& range : ranges) {
    co_await free_pgtables(kernel, cpu, mm, gather, range);
  }
  co_await gather.finish(cpu);
}

Task<void> do_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) {
  const Routine outer(cpu, "__vm_munmap");
  co_await down_write(cpu, mm.mmap_lock);
  const Routine routine(cpu, "__do_munmap");
  const std::vector<Range> ranges = detach_vmas(mm, start, end);
  co_await downgrade_write(cpu, mm.mmap_lock);
  co_await unmap_region(kernel, cpu, mm, ranges);
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace

Task<void> sys_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length) {
  const std::uint64_t page = mmu::bytes(mm.base_page());
  if (start.value() % page != 0 || length == 0 || length > Mm::kTaskSize ||
      start.value() > Mm::kTaskSize - length) {
    refuse(start.value(),
           "expected an address aligned to the base page and a length inside the address space");
  }
  const std::uint64_t end = start.value() + ((length + page - 1) & ~(page - 1));
  const Routine routine(cpu, "sys_munmap");
  co_await cpu.compute(kernel.parameters().syscall);
  co_await do_munmap(kernel, cpu, mm, start.value(), end);
}

}  // namespace p9mmu::workloads
