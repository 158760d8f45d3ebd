// Walks of a page table without any lock, with interrupts off so that no table is given back meanwhile:
// __find_linux_pte and what its callers make of the result. Old callers keep the pointer and read the entry
// again (WalkerPolicy); what that can lead to is for whoever watches (the result says what was read when).
// The other lockless walker, get_user_pages_fast, is in workloads/linux/gup.h.
#pragma once

#include "cpus/operations.h"
#include "mmu/radix_entry.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// Interrupts off from here to `leave`; a section inside of another leaves them as they were.
class IrqsOff {
 public:
  /// local_irq_save.
  Task<void> enter(Cpu& cpu);
  /// local_irq_restore.
  Task<void> leave(Cpu& cpu);

 private:
  bool was_off_ = false;
};

/// What __find_linux_pte returns: where the entry lies that maps the address, if it seemed to be one.
struct LinuxPte {
  RealAddress pointer{0};  ///< 0: none, or one that is being serialised
  PageSize size = PageSize::k64K;

  [[nodiscard]] bool found() const { return pointer != RealAddress(0); }
};

/// __find_linux_pte: each entry above the one found is read once. Interrupts must be off.
Task<LinuxPte> find_linux_pte(Cpu& cpu, const Mm& mm, EffectiveAddress address);

/// What a caller took the entry for.
struct LinuxFrame {
  bool present = false;
  RealAddress frame{0};  ///< the base page at the address
  bool writable = false;
  RadixEntry entry{};  ///< as it was when it was used
};

/// The caller uses what it found: reads the frame, or gives it to a guest. Nothing but the cost of a load.
struct UseFrame {
  static constexpr const char* kName = "use the frame";
  LinuxPte found;
  LinuxFrame taken;
  static Time issue(Cpu& cpu) {
    const Time span = cpu.system().lines().hit();
    cpu.charge(cpus::Cause::memory, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const {
    if (cpus::Audit* const audit = cpu.system().audit(); audit != nullptr) [[unlikely]] {
      audit->leaf_used(found.pointer, taken.entry);
    }
  }
};

/// A whole look-up as KVM and the machine check handler make one: interrupts off, find the entry, take frame
/// and permission from it as the kernel's walkers do, use them, interrupts on.
Task<LinuxFrame> lookup_linux_pte(Kernel& kernel, Cpu& cpu, const Mm& mm, EffectiveAddress address);

}  // namespace p9mmu::workloads
