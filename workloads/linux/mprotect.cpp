#include "workloads/linux/mprotect.h"

#include <algorithm>
#include <sstream>

#include "mmu/error.h"
#include "workloads/linux/huge_memory.h"
#include "workloads/linux/huge_split.h"
#include "workloads/linux/migration_entry.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/mmu_gather.h"
#include "workloads/linux/table_alloc.h"
#include "workloads/linux/table_operations.h"
#include "workloads/linux/vma.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

constexpr std::uint64_t kHugeBytes = mmu::bytes(PageSize::k2M);

/// One mprotect: what entries become, and who remembers what to flush.
struct Change {
  std::uint64_t authority;    ///< vm_page_prot: private memory that may be written is mapped read-only first
  MmuGather* gather;          ///< null: the whole range is flushed at the end
  bool anything_yet = false;  ///< whether an entry has been changed

  /// pte_modify, pmd_modify: the protection's bits; R is set, C stays.
  [[nodiscard]] RadixEntry modify(RadixEntry old) const {
    constexpr std::uint64_t kKept = RadixEntry::kLeaf | RadixEntry::kRealPageNumber | RadixEntry::kChange |
                                    RadixEntry::kReference | RadixEntry::kSpecial | RadixEntry::kSoftDirty;
    return RadixEntry{(old.bits & kKept) | RadixEntry::kValid | RadixEntry::kReference | authority};
  }
  /// pte_needs_flush: whether something that the hardware may have cached is no longer so.
  [[nodiscard]] static bool needs_flush(RadixEntry old, RadixEntry now) {
    return ((old.bits ^ now.bits) & ~RadixEntry::kReference & old.bits) != 0;
  }
};

/// change_huge_pmd; false if there is no huge page, looked at under the lock.
Task<bool> change_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, EffectiveAddress huge,
                           Change& change) {
  const Routine routine(cpu, "change_huge_pmd");
  if (change.gather != nullptr) {
    co_await change.gather->change_page_size(cpu, PageSize::k2M);
  }
  co_await cpu.spin_lock(table.lock);
  const RealAddress pmd = Mm::pmd_entry(table, huge);
  const bool is_huge = mm.read(pmd).leaf();
  if (is_huge) {
    const RadixEntry old = co_await pmdp_invalidate(kernel, cpu, mm, pmd, huge);
    const RadixEntry now = change.modify(old);
    co_await store_entry(cpu, pmd, now);
    co_await cpu.compute(kernel.parameters().change_pte);
    change.anything_yet = true;
    if (change.gather != nullptr && Change::needs_flush(old, now)) {
      change.gather->extend(huge.value(), huge.value() + kHugeBytes);
    }
  }
  co_await cpu.spin_unlock(table.lock);
  co_return is_huge;
}

/// ptep_modify_prot_start and _commit: the entry is invalid to the hardware in between.
Task<void> change_pte(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pte, std::uint64_t address,
                      Change& change) {
  const RadixEntry old = co_await update_entry(cpu, pte, RadixEntry::kValid, RadixEntry::kSoftware0);
  const RadixEntry now = change.modify(old);
  co_await store_entry(cpu, pte, now);
  co_await cpu.compute(kernel.parameters().change_pte);
  change.anything_yet = true;
  if (change.gather != nullptr && Change::needs_flush(old, now)) {
    change.gather->extend(address, address + mmu::bytes(mm.base_page()));
  }
}

Task<void> change_pte_range(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& pmd_table, Range range,
                            Change& change) {
  const Routine routine(cpu, "change_pte_range");
  if (change.gather != nullptr) {
    co_await change.gather->change_page_size(cpu, mm.base_page());
  }
  const bool unstable =
      co_await pmd_trans_unstable(cpu, Mm::pmd_entry(pmd_table, EffectiveAddress(range.start)));
  if (unstable) {
    co_return;
  }
  PteTable& table = mm.pte_tables.at(range.start / kHugeBytes);
  co_await cpu.spin_lock(table.lock);
  for (std::uint64_t address = range.start; address < range.end; address += mmu::bytes(mm.base_page())) {
    const RealAddress pte = mm.pte_entry(table.table, EffectiveAddress(address));
    const RadixEntry old = mm.read(pte);
    if (old.pte_present()) {
      co_await change_pte(kernel, cpu, mm, pte, address, change);
    } else if (is_migration_entry(old) && old.writable()) {
      co_await store_entry(cpu, pte, make_migration_entry_read(old));
      change.anything_yet = true;
    }
  }
  co_await cpu.spin_unlock(table.lock);
}

Task<void> change_pmd_range(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, Range range, Change& change) {
  for (std::uint64_t address = range.start; address < range.end;
       address = (address / kHugeBytes + 1) * kHugeBytes) {
    const std::uint64_t next = std::min(range.end, (address / kHugeBytes + 1) * kHugeBytes);
    const RadixEntry entry = co_await read_entry(cpu, Mm::pmd_entry(table, EffectiveAddress(address)));
    if (entry.bits == 0) {
      continue;
    }
    if (entry.leaf() && next - address != kHugeBytes) {
      co_await split_huge_pmd(kernel, cpu, mm, EffectiveAddress(address));
    } else if (entry.leaf()) {
      const bool changed =
          co_await change_huge_pmd(kernel, cpu, mm, table, EffectiveAddress(address), change);
      if (changed) {
        continue;
      }
    }
    co_await change_pte_range(kernel, cpu, mm, table, Range{address, next}, change);
  }
}

/// change_protection_range, with its flush unless a gather does that.
Task<void> change_protection(Kernel& kernel, Cpu& cpu, Mm& mm, Range vma, Change change) {
  const Routine routine(cpu, "change_protection");
  if (change.gather == nullptr) {
    co_await cpu.execute(TlbFlushPending{&mm, 1});
  }
  constexpr std::uint64_t kTableBytes = std::uint64_t{1} << 30;
  for (std::uint64_t address = vma.start; address < vma.end;
       address = (address / kTableBytes + 1) * kTableBytes) {
    PmdTable* const table = mm.pmd_table(EffectiveAddress(address));
    if (table != nullptr) {
      const Range part{address, std::min(vma.end, (address / kTableBytes + 1) * kTableBytes)};
      co_await change_pmd_range(kernel, cpu, mm, *table, part, change);
    }
  }
  if (change.gather == nullptr) {
    if (change.anything_yet) {
      co_await kernel.flush().radix__flush_tlb_range(cpu, mm, vma.start, vma.end);
    }
    co_await cpu.execute(TlbFlushPending{&mm, -1});
  }
}

/// What entries of a private mapping are given: what may be written is mapped read-only until it is.
std::uint64_t authority_of(Protection protection) {
  return protection == Protection::none ? RadixEntry::kPrivileged : RadixEntry::kRead;
}

void check_mapped(const Mm& mm, Range range) {
  std::uint64_t reached = range.start;
  const std::vector<Range> parts = mapped_in(mm, range);
  for (const Range& part : parts) {
    reached = part.start == reached ? part.end : reached;
  }
  if (reached != range.end) {
    std::ostringstream text;
    text << "mprotect at 0x" << std::hex << range.start << ": not mapped from 0x" << reached << " on";
    throw mmu::UserError(text.str());
  }
}

}  // namespace

Task<void> sys_mprotect(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length,
                        Protection protection) {
  const Range range = checked_range(mm, "mprotect", start, length);
  const Routine call(cpu, "sys_mprotect");
  co_await cpu.compute(kernel.parameters().syscall);
  co_await down_write(cpu, mm.mmap_lock);
  check_mapped(mm, range);
  const bool gathers = kernel.policy().gather_in_mprotect;
  MmuGather gather(kernel, mm, false);
  if (gathers) {
    co_await gather.begin(cpu);
  }
  co_await isolate_vmas(kernel, cpu, mm, range);
  const std::vector<Range> vmas = mapped_in(mm, range);
  for (const Range& part : vmas) {
    Vma& vma = mm.vmas.at(part.start);
    const Vma before = vma;
    vma.readable = protection != Protection::none;
    vma.writable = protection == Protection::read_write;
    if (vma == before) {
      continue;  // mprotect_fixup has nothing to do
    }
    co_await change_protection(kernel, cpu, mm, part,
                               Change{authority_of(protection), gathers ? &gather : nullptr});
  }
  merge_vmas(mm, range);
  if (gathers) {
    co_await gather.finish(cpu);
  }
  co_await up_write(cpu, mm.mmap_lock);
}

}  // namespace p9mmu::workloads
