#include "workloads/linux/huge_memory.h"

#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

Task<void> flush_huge_page(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress address) {
  co_await kernel.flush().radix__flush_pmd_tlb_range(cpu, mm, address.value(),
                                                     address.value() + mmu::bytes(PageSize::k2M));
}

}  // namespace

Task<void> serialize_against_pte_lookup(Kernel& kernel, Cpu& cpu, Mm& mm) {
  static constexpr const char* kName = "do_nothing";
  const Routine routine(cpu, "serialize_against_pte_lookup");
  const RemoteFunction do_nothing{kName, kernel.parameters().smp_call_function};
  co_await cpu.hwsync();
  co_await kernel.smp().smp_call_function_many(cpu, mm.cpumask(), do_nothing);
}

Task<RadixEntry> radix__pmdp_huge_get_and_clear(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd) {
  const Routine routine(cpu, "radix__pmdp_huge_get_and_clear");
  const RadixEntry old = co_await clear_entry(cpu, pmd);
  if (kernel.policy().serialize_on_pmd_clear) {
    co_await serialize_against_pte_lookup(kernel, cpu, mm);
  }
  co_return old;
}

Task<RadixEntry> pmdp_huge_get_and_clear_full(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                              EffectiveAddress address, bool full) {
  const RadixEntry old = co_await radix__pmdp_huge_get_and_clear(kernel, cpu, mm, pmd);
  if (kernel.policy().flush_on_pmd_clear && !full) {
    co_await flush_huge_page(kernel, cpu, mm, address);
  }
  co_return old;
}

Task<RadixEntry> pmdp_huge_clear_flush(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                       EffectiveAddress address) {
  const RadixEntry old = co_await radix__pmdp_huge_get_and_clear(kernel, cpu, mm, pmd);
  co_await flush_huge_page(kernel, cpu, mm, address);
  co_return old;
}

Task<RadixEntry> pmdp_invalidate(Kernel& kernel, Cpu& cpu, Mm& mm, RealAddress pmd,
                                 EffectiveAddress address) {
  const Routine routine(cpu, "pmdp_invalidate");
  const RadixEntry old = co_await update_entry(cpu, pmd, RadixEntry::kValid, RadixEntry::kSoftware0);
  co_await flush_huge_page(kernel, cpu, mm, address);
  if (kernel.policy().serialize_on_pmd_clear) {
    co_await serialize_against_pte_lookup(kernel, cpu, mm);
  }
  co_return old;
}

Task<bool> zap_huge_pmd(Kernel& kernel, Cpu& cpu, Mm& mm, PmdTable& table, MmuGather& gather,
                        EffectiveAddress address) {
  const Routine routine(cpu, "zap_huge_pmd");
  co_await gather.change_page_size(cpu, PageSize::k2M);
  co_await cpu.spin_lock(table.lock);
  const RealAddress pmd = Mm::pmd_entry(table, address);
  if (!mm.read(pmd).leaf()) {
    co_await cpu.spin_unlock(table.lock);
    co_return false;
  }
  const RadixEntry old =
      co_await pmdp_huge_get_and_clear_full(kernel, cpu, mm, pmd, address, gather.fullmm());
  ++cpu.system().counters().pmds_cleared;
  --table.entries;
  gather.extend(address.value(), address.value() + mmu::bytes(PageSize::k2M));

  // page_remove_rmap, and everything else that is instructions and misses of this CPU's own.
  const RealAddress page(old.real_page());
  if (!kernel.pages().is_zero_page(page)) {
    co_await page_remove_rmap(cpu, kernel.pages(), page, PageSize::k2M);
  }
  co_await cpu.compute(kernel.parameters().zap_huge_pmd);

  const RealAddress pte_table = co_await cpu.execute(WithdrawTable{&mm, &table});
  mm.pages().free_table(pte_table, mm.pte_table_bytes());
  ++cpu.system().counters().page_tables_freed;
  co_await cpu.compute(kernel.parameters().free_table);
  co_await cpu.spin_unlock(table.lock);

  if (gather.remove_page(page)) {
    co_await gather.flush_mmu(cpu);
  }
  co_return true;
}

}  // namespace p9mmu::workloads
