// The walk of the tables as they lie in memory, without any cache: process-scoped for the hypervisor, nested
// for a guest, partition-scoped for a guest in real mode. It answers with the mapping or with the fault's
// exact bits, and lists each memory reference in order, so that whoever knows time can charge for it. It
// keeps nothing between two calls; the caches are in mmu/core_mmu.h, and both run the same mmu/walk_engine.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mmu/access.h"
#include "mmu/address.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/radix_entry.h"
#include "mmu/real_memory.h"
#include "mmu/table_entries.h"

namespace p9mmu::mmu {

/// What a walk read, or with `update` wrote.
enum class ReferenceKind : std::uint8_t {
  partition_table_entry,
  process_table_entry,
  process_scoped,    ///< an entry of a process-scoped tree
  partition_scoped,  ///< an entry of a partition-scoped tree
  update,            ///< R or C set in a leaf
};

[[nodiscard]] const char* name(ReferenceKind kind);

struct WalkReference {
  RealAddress address;
  RadixEntry value;  ///< as read, or as written by an update
  ReferenceKind kind;
  std::uint8_t level;  ///< of an entry of a tree, 1 the root; otherwise 0
};

/// The references of one translation, in order, and the updates of R and C that it found due. Kept by the
/// caller from one translation to the next, because clearing two counts is cheaper than making room.
class WalkTrace {
 public:
  /// Of a cold nested walk: the partition table entry; the process table entry and four entries of the
  /// guest's tree, each with four of the host's under it; four of the host's for the access itself.
  static constexpr std::size_t kMostLoads = 1 + (1 + kLastLevel) * (1 + kLastLevel) + kLastLevel;
  /// R of the host's leaf under each of those five entries, and once C; R and C of the access's two leaves.
  static constexpr std::size_t kMostUpdates = (1 + kLastLevel) + 1 + 2;
  static constexpr std::size_t kCapacity = kMostLoads + kMostUpdates;

  struct Update {
    RealAddress leaf;
    std::uint64_t bits = 0;  ///< RadixEntry::kReference, RadixEntry::kChange or both
  };

  void clear() {
    count_ = 0;
    due_count_ = 0;
  }
  void push(RealAddress address, std::uint64_t value, ReferenceKind kind, unsigned level) {
    if (count_ == kCapacity) [[unlikely]] {
      refuse(address);
    }
    WalkReference& reference = references_[count_++];
    reference.address = address;
    reference.value = RadixEntry{value};
    reference.kind = kind;
    reference.level = static_cast<std::uint8_t>(level);
  }
  void push_due(RealAddress leaf, std::uint64_t bits) {
    if (due_count_ == kMostUpdates) [[unlikely]] {
      refuse(leaf);
    }
    due_[due_count_++] = Update{leaf, bits};
  }
  [[nodiscard]] std::span<const WalkReference> references() const { return {references_.data(), count_}; }
  [[nodiscard]] std::span<const Update> due() const { return {due_.data(), due_count_}; }

 private:
  /// More than a walk can make: a broken invariant.
  [[noreturn]] void refuse(RealAddress address) const;

  std::array<WalkReference, kCapacity> references_{};
  std::size_t count_ = 0;
  std::array<Update, kMostUpdates> due_{};
  std::size_t due_count_ = 0;
};

/// What a walk found. With a syndrome other than 0 there is no mapping.
struct Walk {
  std::uint32_t syndrome = 0;      ///< the fault's bits but for the store bit; 0: none
  bool segment = false;            ///< a segment interrupt
  bool partition_scoped = false;   ///< the fault is the hypervisor's to handle
  bool table_update = false;       ///< it failed to set R or C in a guest's table
  GuestRealAddress guest_address;  ///< of the access, or of the table entry that could not be reached
  RealAddress address;             ///< of the access
  Mapping mapping;
  RadixEntry process_leaf;
  RealAddress process_leaf_address;
  RadixEntry partition_leaf;
  RealAddress partition_leaf_address;

  [[nodiscard]] bool ok() const { return syndrome == 0 && !segment; }
};

/// The interrupt that a failed walk ends in.
[[nodiscard]] Fault make_fault(const Walk& walk, Access access, EffectiveAddress ea);

/// Finds what `ea` is mapped to, whatever may be done there: no authority is checked, R and C are left alone.
/// Relocation is taken to be on.
[[nodiscard]] Walk find_mapping(const RealMemory& memory, const Context& context, EffectiveAddress ea,
                                WalkTrace& trace);

/// The partition-scoped step alone: what the guest real address is mapped to in partition `lpid`.
[[nodiscard]] Walk find_guest_mapping(const RealMemory& memory, PartitionTableControl ptcr, Lpid lpid,
                                      GuestRealAddress address, WalkTrace& trace);

/// The process-scoped step alone, from the root of a tree that lies in real memory.
[[nodiscard]] Walk find_in_tree(const RealMemory& memory, RootDescriptor root, EffectiveAddress ea,
                                WalkTrace& trace);

/// Translates one access by walking, faults and updates of R and C included (`update` says by whom).
/// Relocation may be on or off.
[[nodiscard]] Walk walk_access(RealMemory& memory, const Context& context, Access access, EffectiveAddress ea,
                               RcUpdate update, WalkTrace& trace);

/// Whether an access of this kind goes through the tables at all: MSR[IR] or MSR[DR].
[[nodiscard]] constexpr bool relocated(const Context& context, Access access) {
  return access == Access::fetch ? context.instruction_relocation : context.data_relocation;
}

/// Where hypervisor real mode puts an effective address.
[[nodiscard]] constexpr RealAddress hypervisor_real_address(const Context& context, EffectiveAddress ea) {
  constexpr std::uint64_t kAllButTop4 = 0x0FFFFFFFFFFFFFFF;
  const bool offset = (ea.value() >> 63) == 0;
  return RealAddress((ea.value() & kAllButTop4) | (offset ? context.hrmor : 0));
}

}  // namespace p9mmu::mmu
