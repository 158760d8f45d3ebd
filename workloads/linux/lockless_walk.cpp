#include "workloads/linux/lockless_walk.h"

#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

RealAddress entry_of(RealAddress table, EffectiveAddress address, unsigned level, unsigned bits) {
  return table + 8 * mmu::table_index(address.value(), level, bits);
}

/// What a caller takes from an entry that it has read. Callers before the series asked for the present bit
/// alone.
LinuxFrame take_frame(const WalkerPolicy& walkers, RadixEntry entry, PageSize size,
                      EffectiveAddress address) {
  LinuxFrame taken;
  taken.present = walkers.checks_leaf ? entry.pte_present() : entry.valid();
  taken.entry = entry;
  if (taken.present) {
    const std::uint64_t inside = address.value() & (mmu::bytes(size) - 1) & ~std::uint64_t{0xFFF};
    taken.frame = RealAddress(entry.real_page() | inside);
    taken.writable = entry.writable();
  }
  return taken;
}

}  // namespace

Task<void> IrqsOff::enter(Cpu& cpu) {
  was_off_ = cpu.soft_masked();
  if (!was_off_) {
    co_await cpu.local_irq_disable();
  }
}

Task<void> IrqsOff::leave(Cpu& cpu) {
  if (!was_off_) {
    co_await cpu.local_irq_enable();
  }
}

Task<LinuxPte> find_linux_pte(Cpu& cpu, const Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "__find_linux_pte");
  const RadixEntry pgd = co_await read_entry(cpu, entry_of(mm.pgd(), address, 1, mmu::kRootBits));
  if (pgd.bits == 0) {
    co_return LinuxPte();
  }
  const RealAddress pud_pointer = entry_of(RealAddress(pgd.next_table()), address, 2, mmu::kDirectoryBits);
  const RadixEntry pud = co_await read_entry(cpu, pud_pointer);
  if (pud.bits == 0) {
    co_return LinuxPte();
  }
  if (pud.leaf()) {
    co_return LinuxPte{pud_pointer, PageSize::k1G};
  }
  const RealAddress pmd_pointer = entry_of(RealAddress(pud.next_table()), address, 3, mmu::kDirectoryBits);
  const RadixEntry pmd = co_await read_entry(cpu, pmd_pointer);
  // A collapse shows as an empty entry, a split as one that is not present but invalid.
  if (pmd.bits == 0 || pmd.pmd_is_serializing()) {
    co_return LinuxPte();
  }
  if (pmd.leaf()) {
    co_return LinuxPte{pmd_pointer, PageSize::k2M};
  }
  co_return LinuxPte{mm.pte_entry(RealAddress(pmd.next_table()), address), mm.base_page()};
}

Task<LinuxFrame> lookup_linux_pte(Kernel& kernel, Cpu& cpu, const Mm& mm, EffectiveAddress address) {
  const Routine routine(cpu, "find_current_mm_pte");
  const WalkerPolicy& walkers = kernel.policy().walkers;
  co_await cpu.compute(kernel.parameters().lockless_walk);
  IrqsOff section;
  co_await section.enter(cpu);
  const LinuxPte found = co_await find_linux_pte(cpu, mm, address);
  LinuxFrame taken;
  if (found.found()) {
    RadixEntry entry = co_await read_entry(cpu, found.pointer);
    taken = take_frame(walkers, entry, found.size, address);
    if (taken.present && walkers.rereads) {
      entry = co_await read_entry(cpu, found.pointer);
      taken = take_frame(walkers, entry, found.size, address);
    }
    if (taken.present) {
      co_await cpu.execute(UseFrame{found, taken});
    }
  }
  co_await section.leave(cpu);
  co_return taken;
}

}  // namespace p9mmu::workloads
