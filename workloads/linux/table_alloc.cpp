#include "workloads/linux/table_alloc.h"

#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {

using cpus::Routine;

Task<PmdTable*> pmd_alloc(Cpu& cpu, Mm& mm, EffectiveAddress address) {
  if (PmdTable* const table = mm.pmd_table(address)) {
    co_return table;
  }
  const Routine routine(cpu, "__pmd_alloc");
  const std::uint64_t bytes = mmu::table_bytes(mmu::kDirectoryBits);
  co_await cpu.spin_lock(mm.page_table_lock);
  if (!mm.pud_tables.contains(address.value() >> 39)) {
    const RealAddress pud_table = mm.pages().allocate_table(bytes);
    co_await store_entry(cpu, mm.pgd() + 8 * mmu::table_index(address.value(), 1, mmu::kRootBits),
                         RadixEntry::make_directory(pud_table, mmu::kDirectoryBits));
    mm.pud_tables.emplace(address.value() >> 39, pud_table);
  }
  if (mm.pmd_table(address) == nullptr) {
    const RealAddress pmd_table = mm.pages().allocate_table(bytes);
    co_await store_entry(cpu,
                         mm.pud_tables.at(address.value() >> 39) +
                             8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits),
                         RadixEntry::make_directory(pmd_table, mmu::kDirectoryBits));
    mm.add_pmd_table(address, pmd_table);
  }
  co_await cpu.spin_unlock(mm.page_table_lock);
  co_return mm.pmd_table(address);
}

Task<void> pte_alloc(Cpu& cpu, Mm& mm, PmdTable& table, EffectiveAddress address) {
  const RealAddress pmd = Mm::pmd_entry(table, address);
  const RadixEntry seen = co_await read_entry(cpu, pmd);
  if (seen.bits != 0) {
    co_return;
  }
  const Routine routine(cpu, "__pte_alloc");
  const RealAddress pte_table = mm.pages().allocate_table(mm.pte_table_bytes());
  co_await cpu.lwsync();  // whoever sees the table sees that it is empty
  co_await cpu.spin_lock(table.lock);
  const bool empty = mm.read(pmd).bits == 0;
  if (empty) {
    mm.add_pte_table(address, pte_table);
    ++table.entries;
    co_await store_entry(cpu, pmd, RadixEntry::make_directory(pte_table, mm.pte_bits()));
  }
  co_await cpu.spin_unlock(table.lock);
  if (!empty) {
    mm.pages().free_table(pte_table, mm.pte_table_bytes());
  }
}

Task<bool> pmd_trans_unstable(Cpu& cpu, RealAddress pmd) {
  const RadixEntry entry = co_await read_entry(cpu, pmd);
  co_return entry.leaf() || !entry.pmd_present();
}

}  // namespace p9mmu::workloads
