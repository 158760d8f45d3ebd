// The timed requests that a script's software thread makes, one at a time: the script says what, whoever
// drives the thread carries it out in simulated time and then resumes the script. No Lua and no simulation
// kernel here. To add a request: a struct and a place in the variant here, and its binding in
// thread_bindings.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "interconnect/time.h"
#include "mmu/access.h"
#include "mmu/address.h"
#include "workloads/script/world.h"

namespace p9mmu::workloads {

/// munmap(2) of a range; `address` and `length_bytes` as the script gave them.
struct Munmap {
  MmHandle mm;
  mmu::EffectiveAddress address;
  std::uint64_t length_bytes = 0;
};

/// madvise(2) of a range with MADV_DONTNEED.
struct MadviseDontneed {
  MmHandle mm;
  mmu::EffectiveAddress address;
  std::uint64_t length_bytes = 0;
};

/// PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE.
enum class MprotectTo : std::uint8_t { none, read, read_write };

/// mprotect(2) of a range.
struct Mprotect {
  MmHandle mm;
  mmu::EffectiveAddress address;
  std::uint64_t length_bytes = 0;
  MprotectTo to = MprotectTo::read;
};

/// mremap(2) of a range to a fixed place.
struct Mremap {
  MmHandle mm;
  mmu::EffectiveAddress address;
  std::uint64_t length_bytes = 0;
  mmu::EffectiveAddress target;
};

/// split_huge_page of the huge page that is mapped at `address`.
struct SplitHugePage {
  MmHandle mm;
  mmu::EffectiveAddress address;
};

/// khugepaged's attempt to make one huge page of the base pages in the 2M at `address`.
struct Collapse {
  MmHandle mm;
  mmu::EffectiveAddress address;
};

/// The last thread of `mm` leaves it, and the address space goes.
struct ExitMm {
  MmHandle mm;
};

/// Something else takes the place of the translation of `address` in the core's TLB.
struct DisplaceTranslation {
  MmHandle mm;
  mmu::EffectiveAddress address;
};

/// A load, store or fetch of user code at `address`, with the page faults that it takes.
struct AccessMemory {
  MmHandle mm;
  mmu::EffectiveAddress address;
  mmu::Access kind = mmu::Access::load;
};

/// The same in a guest: the CPU enters it if it is not there.
struct AccessGuestMemory {
  GuestMmHandle mm;
  mmu::EffectiveAddress address;
  mmu::Access kind = mmu::Access::load;
};

/// A lockless look-up of `address` by __find_linux_pte, as KVM or the machine check handler makes it, and the
/// use of what it finds.
struct FindLinuxPte {
  MmHandle mm;
  mmu::EffectiveAddress address;
};

/// get_user_pages_fast of the page at `address`; the thread holds the reference until PutPages.
struct GupFast {
  MmHandle mm;
  mmu::EffectiveAddress address;
  bool write = false;
  bool only_fast = false;  ///< no locks and no fault where the lockless walk gives up
};

/// Gives back every reference that the thread's GupFasts have taken.
struct PutPages {};

/// The thread becomes one of `mm`'s: its CPU switches to that address space.
struct UseMm {
  MmHandle mm;
};

/// User code that touches nothing that is shared, for `span`.
struct Compute {
  interconnect::Time span;
};

/// A vCPU of some other guest that never exits by itself; only interrupts take it out, and it goes back in.
struct RunGuest {};

/// User code for ever, with interrupts enabled.
struct Spin {};

/// The thread sleeps and its CPU may idle, for `span`.
struct SleepFor {
  interconnect::Time span;
};

struct IrqDisable {};
struct IrqEnable {};

/// Waits until another thread has finished.
struct Join {
  ThreadHandle thread;
};

/// What the thread does from here to the MeasureEnd of that name is reported as phase `name`. Begin and end
/// come in pairs and nest properly within a thread.
struct MeasureBegin {
  std::string name;
};
struct MeasureEnd {
  std::string name;
};

using Call =
    std::variant<Munmap, MadviseDontneed, Mprotect, Mremap, SplitHugePage, Collapse, ExitMm, AccessMemory,
                 AccessGuestMemory, DisplaceTranslation, FindLinuxPte, GupFast, PutPages, UseMm, Compute,
                 RunGuest, Spin, SleepFor, IrqDisable, IrqEnable, Join, MeasureBegin, MeasureEnd>;

}  // namespace p9mmu::workloads
