#include "workloads/linux/huge_split.h"

#include "workloads/linux/huge_memory.h"
#include "workloads/linux/migration_entry.h"
#include "workloads/linux/page.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

std::uint32_t base_pages_of_huge(const Mm& mm) {
  return static_cast<std::uint32_t>(mmu::bytes(PageSize::k2M) >> mmu::shift(mm.base_page()));
}

/// Entries like `first`, each for the base page behind that of the one before, or all the same with no
/// `stride`; then the PMD leads to them.
Task<void> fill_and_populate(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress huge, RealAddress pmd,
                             RealAddress pte_table, RadixEntry first, std::uint64_t stride) {
  const std::uint32_t count = base_pages_of_huge(mm);
  mm.add_pte_table(huge, pte_table);
  co_await cpu.execute(FillEntries{pte_table, first, stride, count, count * kernel.parameters().set_pte});
  co_await cpu.lwsync();  // whoever sees the table sees its entries
  co_await store_entry(cpu, pmd, RadixEntry::make_directory(pte_table, mm.pte_bits()));
}

/// __split_huge_zero_page_pmd: the PMD is empty until the table is filled.
Task<void> split_huge_zero_page_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table,
                                    EffectiveAddress huge) {
  const Routine routine(cpu, "__split_huge_zero_page_pmd");
  const RealAddress pmd = Mm::pmd_entry(table, huge);
  co_await pmdp_huge_clear_flush(kernel, cpu, mm, pmd, huge);
  const RealAddress pte_table = co_await cpu.execute(WithdrawTable{&mm, &table});
  const RealAddress zero = kernel.pages().zero_page(mm.base_page());
  const RadixEntry entry =
      RadixEntry::make_leaf(zero, RadixEntry::kRead | RadixEntry::kReference | RadixEntry::kSpecial);
  co_await fill_and_populate(kernel, cpu, mm, huge, pmd, pte_table, entry, 0);
}

/// __split_huge_pmd_locked: the PMD stays present to the kernel and is invalid to the hardware meanwhile.
Task<void> split_huge_pmd_locked(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, EffectiveAddress huge,
                                 SplitInto into) {
  const Routine routine(cpu, "__split_huge_pmd_locked");
  const RealAddress pmd = Mm::pmd_entry(table, huge);
  const RadixEntry old = co_await pmdp_invalidate(kernel, cpu, mm, pmd, huge);
  const RealAddress page(old.real_page());
  const auto count = static_cast<std::int32_t>(base_pages_of_huge(mm));
  PageAllocator& pages = kernel.pages();
  co_await page_ref_add(cpu, pages, page, count - 1);
  const RealAddress pte_table = co_await cpu.execute(WithdrawTable{&mm, &table});
  // What a base page may be used for stays; that it has been written to is noted in its struct page.
  const std::uint64_t kept = RadixEntry::kAuthority | RadixEntry::kReference;
  const RadixEntry first = into == SplitInto::migration_entries
                               ? make_migration_entry(page, old.writable())
                               : RadixEntry::make_leaf(page, old.bits & kept);
  co_await cpu.execute(PageSplitMap{{&pages, page}, mm.base_page()});
  co_await fill_and_populate(kernel, cpu, mm, huge, pmd, pte_table, first, mmu::bytes(mm.base_page()));
  if (into == SplitInto::migration_entries) {
    co_await cpu.execute(PageUnmapPieces{{&pages, page}, mm.base_page()});
  }
}

}  // namespace

Task<void> split_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address, SplitInto into,
                          RealAddress only) {
  const Routine routine(cpu, "__split_huge_pmd");
  PmdTable* const table = mm.pmd_table(address);
  if (table == nullptr) {
    co_return;
  }
  const EffectiveAddress huge = page_base(address, PageSize::k2M);
  co_await cpu.compute(kernel.parameters().split_huge_pmd);
  co_await cpu.spin_lock(table->lock);
  const RadixEntry entry = mm.read(Mm::pmd_entry(*table, huge));
  const RealAddress page(entry.real_page());
  if (entry.leaf() && (only == RealAddress(0) || only == page)) {
    if (kernel.pages().is_zero_page(page)) {
      co_await split_huge_zero_page_pmd(kernel, cpu, mm, *table, huge);
    } else {
      co_await split_huge_pmd_locked(kernel, cpu, mm, *table, huge, into);
    }
  }
  co_await cpu.spin_unlock(table->lock);
}

Task<void> vma_adjust_trans_huge(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  const EffectiveAddress huge = page_base(address, PageSize::k2M);
  const Vma* const vma = mm.find_vma(address);
  if (huge == address || vma == nullptr || huge.value() < vma->start ||
      huge.value() + mmu::bytes(PageSize::k2M) > vma->end) {
    co_return;
  }
  PmdTable* const table = mm.pmd_table(address);
  if (table == nullptr) {
    co_return;
  }
  const RadixEntry entry = co_await read_entry(cpu, Mm::pmd_entry(*table, huge));
  if (entry.leaf()) {
    co_await split_huge_pmd(kernel, cpu, mm, address);
  }
}

}  // namespace p9mmu::workloads
