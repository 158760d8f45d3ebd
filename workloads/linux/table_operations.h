// Entries of page tables as the kernel reads and changes them while others may: each access is an operation
// of its own, whose effect on the simulated memory happens when it is done. Costs are those of a line that
// this core holds; `span` says otherwise where a routine's own parameter contains them. What only one CPU can
// reach, or a lock keeps still, is read with Mm::read.
#pragma once

#include <cstdint>

#include "cpus/operations.h"
#include "mmu/radix_entry.h"
#include "workloads/linux/mm.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using interconnect::Time;

/// READ_ONCE of an entry.
struct ReadEntry {
  static constexpr const char* kName = "read an entry";
  RealAddress entry;
  Time span;

  Time issue(Cpu& cpu) const {
    cpu.charge(cpus::Cause::memory, span);
    return cpu.now() + span;
  }
  [[nodiscard]] RadixEntry effect(Cpu& cpu) const {
    cpu.system().touch({cpus::SharedKind::memory, entry.value()}, cpus::Touch::read);
    if (cpus::Audit* const audit = cpu.system().audit(); audit != nullptr) [[unlikely]] {
      audit->table_read(cpu, entry, false);
    }
    return RadixEntry{cpu.system().memory().read64(entry)};
  }
};

/// set_pte_at, set_pmd_at, pmd_populate, pmd_clear: a plain store.
struct StoreEntry {
  static constexpr const char* kName = "store an entry";
  RealAddress entry;
  RadixEntry value;
  Time span;
  cpus::Cause cause = cpus::Cause::memory;

  Time issue(Cpu& cpu) const {
    cpu.charge(cause, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const { cpu.system().store_table_word(cpu.id(), entry, value.bits); }
};

/// radix__pte_update, radix__pmd_hugepage_update: ldarx, andc, or, stdcx. on the entry; no barrier inside.
/// Its effect is the entry as it was.
struct UpdateEntry {
  static constexpr const char* kName = "ldarx/stdcx. on an entry";
  RealAddress entry;
  std::uint64_t clear;
  std::uint64_t set;

  Time issue(Cpu& cpu) const {
    const Time span = cpu.system().parameters().instructions.larx_stcx + cpu.system().lines().hit();
    cpu.charge(cpus::Cause::memory, span);
    return cpu.now() + span;
  }
  [[nodiscard]] RadixEntry effect(Cpu& cpu) const {
    const std::uint64_t old = cpu.system().memory().read64(entry);
    cpu.system().store_table_word(cpu.id(), entry, (old & ~clear) | set);
    return RadixEntry{old};
  }
};

/// A loop of set_pte_at over a table that nobody can reach yet: `first`, and each entry behind it with a
/// frame `stride` bytes on. One step, for whoever comes to see the table sees one of its entries at a time.
struct FillEntries {
  static constexpr const char* kName = "fill a table";
  RealAddress table;
  RadixEntry first;
  std::uint64_t stride;
  std::uint32_t count;
  Time span;

  Time issue(Cpu& cpu) const {
    cpu.charge(cpus::Cause::compute, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const {
    for (std::uint64_t i = 0; i < count; ++i) {
      cpu.system().store_table_word(cpu.id(), table + 8 * i, first.bits + i * stride);
    }
  }
};

/// pgtable_trans_huge_deposit, whose links lie in the deposited tables, under the PMD table's lock. Its cost
/// is the calling routine's.
struct DepositTable {
  static constexpr const char* kName = "deposit a table";
  Mm* mm;
  PmdTable* table;
  RealAddress pte_table;
  static Time issue(Cpu& cpu) { return cpu.now(); }
  void effect(Cpu&) const { mm->deposit(*table, pte_table); }
};

/// pgtable_trans_huge_withdraw; its effect is the table, empty.
struct WithdrawTable {
  static constexpr const char* kName = "withdraw a table";
  Mm* mm;
  PmdTable* table;
  static Time issue(Cpu& cpu) { return cpu.now(); }
  [[nodiscard]] RealAddress effect(Cpu&) const { return mm->withdraw(*table); }
};

inline auto read_entry(Cpu& cpu, RealAddress entry) {
  return cpu.execute(ReadEntry{entry, cpu.system().lines().hit()});
}
/// A load that the caller's own parameter contains.
inline auto peek_entry(Cpu& cpu, RealAddress entry) {
  return cpu.execute(ReadEntry{entry, Time()});
}
inline auto store_entry(Cpu& cpu, RealAddress entry, RadixEntry value) {
  return cpu.execute(StoreEntry{entry, value, cpu.system().lines().hit()});
}
inline auto update_entry(Cpu& cpu, RealAddress entry, std::uint64_t clear, std::uint64_t set) {
  return cpu.execute(UpdateEntry{entry, clear, set});
}
/// ptep_get_and_clear.
inline auto clear_entry(Cpu& cpu, RealAddress entry) {
  return update_entry(cpu, entry, ~std::uint64_t{0}, 0);
}

}  // namespace p9mmu::workloads
