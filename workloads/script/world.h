// What a script can do to the simulated world at once, in no simulated time: make address spaces, map and
// populate them, say where they have run. What takes time is a Call (workloads/script/call.h). This header
// knows neither Lua nor the simulation: the script host stands on one side of it, the machine on the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mmu/address.h"
#include "mmu/strong.h"

namespace p9mmu::workloads {

/// An address space that a script has made, counted from 0.
using MmHandle = mmu::Strong<struct MmHandleTag, std::uint32_t>;
/// A guest that a script has made, and an address space in one, counted from 0.
using GuestHandle = mmu::Strong<struct GuestHandleTag, std::uint32_t>;
using GuestMmHandle = mmu::Strong<struct GuestMmHandleTag, std::uint32_t>;
/// A software thread that a script has spawned, counted from 0 in the order of spawning.
using ThreadHandle = mmu::Strong<struct ThreadHandleTag, std::uint32_t>;

/// The machine and its kernel, as a script sees them before and between timed requests.
class World {
 public:
  virtual ~World() = default;

  /// Hardware threads of the machine; CPUs are numbered from 0.
  [[nodiscard]] virtual std::uint32_t cpus() const = 0;
  [[nodiscard]] virtual std::uint32_t threads_per_core() const = 0;
  [[nodiscard]] virtual std::uint32_t cores_per_chip() const = 0;
  /// The name of the kernel that this run simulates, such as "ipi-free".
  [[nodiscard]] virtual std::string kernel() const = 0;

  /// A new, empty address space whose base page is `base_page`: 4K or 64K.
  virtual MmHandle create_mm(mmu::PageSize base_page) = 0;
  /// Maps `length_bytes` of anonymous memory; returns the effective address. Throws mmu::UserError when it
  /// does not fit the 52 bits (4 PiB) of a user's effective addresses.
  virtual std::uint64_t mmap(MmHandle mm, std::uint64_t length_bytes) = 0;
  /// Faults the range in with pages of `page`, untimed. Throws mmu::UserError when the range is not mapped or
  /// not aligned to the page.
  virtual void populate(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                        mmu::PageSize page) = 0;
  /// Maps the zero page of that size there, untimed, as loads would have done. Throws as populate.
  virtual void populate_zero(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                             mmu::PageSize page) = 0;
  /// Whether page faults of this address space may map huge pages, whatever the machine's kernel does
  /// otherwise.
  virtual void set_huge_pages(MmHandle mm, bool allowed) = 0;
  /// Maps at `address` what `other` maps at `from`, untimed, as shared memory: both may write. Throws
  /// mmu::UserError where one of them has no pages or the other has some.
  virtual void share(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, MmHandle other,
                     std::uint64_t from) = 0;
  /// A copy of the address space as fork makes it: both share the pages and may write to none of them until
  /// they have one of their own. Before anything has run.
  virtual MmHandle fork(MmHandle mm) = 0;
  /// Sets these CPUs' bits in mm_cpumask, as if a thread of `mm` had run there. Throws mmu::UserError for a
  /// CPU that the machine does not have.
  virtual void ran_on(MmHandle mm, std::vector<std::uint32_t> cpus) = 0;

  /// A new guest with so much memory, whose pages on the host have that base page; with `populated`, all of
  /// it is there in pages of that size. Throws mmu::UserError for a size that no guest can have.
  virtual GuestHandle create_guest(std::uint64_t memory_bytes, mmu::PageSize base_page,
                                   std::optional<mmu::PageSize> populated) = 0;
  /// A new, empty address space of the guest's.
  virtual GuestMmHandle create_guest_mm(GuestHandle guest, mmu::PageSize base_page) = 0;
  /// As above, in a guest.
  virtual std::uint64_t guest_mmap(GuestMmHandle mm, std::uint64_t length_bytes, bool executable) = 0;
  virtual void guest_populate(GuestMmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                              mmu::PageSize page) = 0;

 protected:
  World() = default;
  World(const World&) = default;
  World& operator=(const World&) = default;
};

}  // namespace p9mmu::workloads
