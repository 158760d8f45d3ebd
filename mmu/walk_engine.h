// The walk itself, once, for the bare walk and for the caching MMU: which entry is read next, when a table is
// malformed, which fault comes first, how two leaves combine. What is remembered between walks is the policy
// `Caches`: NoWalkCaches remembers nothing. Included by mmu/walk.cpp and mmu/core_mmu.cpp only.
//
// A walk always ends: it descends at most four levels in each tree, whatever the tables say, and it reads
// nothing outside memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mmu/access.h"
#include "mmu/leaf_rules.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/radix_entry.h"
#include "mmu/real_memory.h"
#include "mmu/table_entries.h"
#include "mmu/walk.h"
#include "mmu/walk_policy.h"

namespace p9mmu::mmu {

template <typename Caches>
class WalkEngine {
 public:
  WalkEngine(const RealMemory& memory, Caches& caches, WalkTrace& trace, WalkChecks checks)
      : memory_(memory), caches_(caches), trace_(trace), checks_(checks) {}

  /// Relocation on: from the partition table down.
  const Walk& translate(const Context& context, EffectiveAddress ea, Owner owner) {
    const Lpid lpid = lpid_of(owner);
    if (!context.hypervisor && lpid == Lpid(0)) {  // LPID 0 is the hypervisor's
      fail_partition(syndrome::kUnsupportedConfiguration, GuestRealAddress(0), false);
      return walk_;
    }
    PartitionTableEntry partition;
    std::uint64_t process = 0;
    if (!read_partition_entry(context.ptcr, lpid, partition) ||
        !read_process_entry(partition, owner, process)) {
      return walk_;
    }
    const RootDescriptor root = RootDescriptor::decode(process);
    if (lpid == Lpid(0)) {
      walk_own_tree(context, root, tree_address(ea), owner);
    } else {
      walk_guest_tree(context, partition, root, tree_address(ea), owner);
    }
    return walk_;
  }

  /// Guest real mode: the effective address is the guest real address.
  const Walk& translate_guest_real(PartitionTableControl ptcr, Lpid lpid, GuestRealAddress address) {
    if (lpid == Lpid(0)) {
      fail_partition(syndrome::kUnsupportedConfiguration, GuestRealAddress(0), false);
      return walk_;
    }
    PartitionTableEntry partition;
    if (read_partition_entry(ptcr, lpid, partition)) {
      const Step step = partition_step(partition, lpid, address, checks_.access, false);
      if (walk_.ok()) {
        walk_.address = RealAddress(step.output);
        walk_.guest_address = address;
        walk_.partition_leaf = step.leaf;
        walk_.partition_leaf_address = step.leaf_address;
        walk_.mapping = map_one_leaf(step, Scope::partition, address.value(), stores_in_hardware());
      }
    }
    return walk_;
  }

  /// A tree in real memory, from its root.
  const Walk& translate_tree(const Context& context, RootDescriptor root, EffectiveAddress ea) {
    walk_own_tree(context, root, tree_address(ea), owner_of(Lpid(0), Pid(0)));
    return walk_;
  }

  /// Sets the R and C bits that the walk found missing; only after a walk that ended well.
  void apply_updates(RealMemory& memory) {
    for (const WalkTrace::Update& update : trace_.due()) {
      const std::uint64_t value = memory.read64(update.leaf) | update.bits;
      memory.write64(update.leaf, value);
      trace_.push(update.leaf, value, ReferenceKind::update, 0);
    }
  }

 private:
  using Step = FoundLeaf;
  /// What a descent looks for, and in whose tree.
  struct Way {
    Scope scope;
    Owner owner;
    std::uint64_t address;
  };
  enum class Descent : std::uint8_t { goes_on, at_leaf, failed };

  void fail(std::uint32_t bits) { walk_.syndrome = bits; }
  void fail_partition(std::uint32_t bits, GuestRealAddress address, bool table) {
    walk_.syndrome = bits | (table ? syndrome::kTableAccess : 0);
    walk_.partition_scoped = true;
    walk_.guest_address = address;
  }

  /// A bad partition table entry is the hypervisor's fault, and a hypervisor's own reaches it as an ordinary
  /// one.
  void fail_partition_entry(Lpid lpid) {
    fail(syndrome::kUnsupportedConfiguration);
    walk_.partition_scoped = lpid != Lpid(0);
  }

  bool read_partition_entry(PartitionTableControl ptcr, Lpid lpid, PartitionTableEntry& entry) {
    if (const PartitionTableEntry* known = caches_.partition_entry(lpid)) {
      entry = *known;
      return true;
    }
    const std::uint64_t offset = lpid.value() * PartitionTableControl::kEntryBytes;
    const RealAddress address(ptcr.base() + offset);
    if (offset >= ptcr.table_bytes() || !memory_.contains(address, PartitionTableControl::kEntryBytes)) {
      fail_partition_entry(lpid);
      return false;
    }
    entry = PartitionTableEntry{memory_.read64(address), memory_.read64(address + 8)};
    trace_.push(address, entry.word0, ReferenceKind::partition_table_entry, 0);
    if (!entry.host_radix()) {
      fail_partition_entry(lpid);
      return false;
    }
    caches_.keep_partition_entry(lpid, entry);
    return true;
  }

  bool read_process_entry(const PartitionTableEntry& partition, Owner owner, std::uint64_t& entry) {
    if (!partition.guest_radix() ||
        partition.process_table_size() > PartitionTableEntry::kLargestProcessTableSize) {
      fail(syndrome::kUnsupportedConfiguration);
      return false;
    }
    if (const std::uint64_t* known = caches_.process_entry(owner)) {
      entry = *known;
      return true;
    }
    const std::uint64_t offset = pid_of(owner).value() * kProcessTableEntryBytes;
    if (offset >= partition.process_table_bytes()) {
      fail(syndrome::kNoTranslation);
      return false;
    }
    RealAddress at;
    const std::uint64_t address = partition.process_table_base() + offset;
    if (!read_table(partition, lpid_of(owner), address, ReferenceKind::process_table_entry, 0, entry, at)) {
      return false;
    }
    if (RootDescriptor::decode(entry).supported()) {
      caches_.keep_process_entry(owner, entry);
    }
    return true;
  }

  /// Reads a double word; false if there is no memory.
  bool read_real(RealAddress at, ReferenceKind kind, unsigned level, std::uint64_t& value) {
    if (!memory_.contains_word(at)) {
      return false;
    }
    value = memory_.read64(at);
    trace_.push(at, value, kind, level);
    return true;
  }

  bool read_process_scoped(RealAddress at, ReferenceKind kind, unsigned level, std::uint64_t& value) {
    const bool there = read_real(at, kind, level, value);
    if (!there) {
      fail(syndrome::kUnsupportedConfiguration);
    }
    return there;
  }

  /// Reads a double word of a process-scoped table: through the partition-scoped tree when it is a guest's.
  bool read_table(const PartitionTableEntry& partition, Lpid lpid, std::uint64_t address, ReferenceKind kind,
                  unsigned level, std::uint64_t& value, RealAddress& at) {
    at = RealAddress(address);
    if (lpid != Lpid(0)) {
      const std::optional<Access> access =
          checks_.access.has_value() ? std::optional(Access::load) : std::nullopt;
      table_step_ = partition_step(partition, lpid, GuestRealAddress(address), access, true);
      if (!walk_.ok()) {
        return false;
      }
      at = RealAddress(table_step_.output);
    }
    return read_process_scoped(at, kind, level, value);
  }

  /// Descends a tree. `read` fetches one entry and says false after it has recorded a failure; `fail_walk`
  /// records one with the given bits.
  template <typename Read, typename Fail>
  bool descend(RootDescriptor root, const Way& way, Step& step, Read&& read, Fail&& fail_walk) {
    PartialWalk known;
    PartialWalk at{root.base, root.root_bits, kFirstLevel};
    if (caches_.deepest(way.scope, way.owner, way.address, known)) {
      at = known;
    } else if (!root.supported()) {
      fail_walk(syndrome::kUnsupportedConfiguration);
      return false;
    }
    Descent descent = Descent::goes_on;
    switch (at.level) {  // a loop whose geometry the compiler knows
      case 1:
        descent = read_level<1>(way, at, step, read, fail_walk);
        if (descent != Descent::goes_on) {
          break;
        }
        [[fallthrough]];
      case 2:
        descent = read_level<2>(way, at, step, read, fail_walk);
        if (descent != Descent::goes_on) {
          break;
        }
        [[fallthrough]];
      case 3:
        descent = read_level<3>(way, at, step, read, fail_walk);
        if (descent != Descent::goes_on) {
          break;
        }
        [[fallthrough]];
      default:
        descent = read_level<kLastLevel>(way, at, step, read, fail_walk);
    }
    return descent == Descent::at_leaf;
  }

  /// Reads the entry of one level, in the table `at`, and moves `at` to the next.
  template <unsigned kLevel, typename Read, typename Fail>
  Descent read_level(const Way& way, PartialWalk& at, Step& step, Read& read, Fail& fail_walk) {
    constexpr unsigned kBits = kLevel == kFirstLevel ? kRootBits : kDirectoryBits;
    const unsigned bits = kLevel == kLastLevel ? at.bits : kBits;  // no other is supported
    RadixEntry entry;
    RealAddress address;
    if (!read(at.table + 8 * table_index(way.address, kLevel, bits), kLevel, entry.bits, address)) {
      return Descent::failed;
    }
    if (!entry.valid()) {
      fail_walk(syndrome::kNoTranslation);
      return Descent::failed;
    }
    if (entry.leaf() && kLevel != kFirstLevel) {
      const PageSize size = *leaf_size(kLevel, bits);
      const std::uint64_t offset_mask = bytes(size) - 1;
      step = Step{entry, address, (entry.real_page() & ~offset_mask) | (way.address & offset_mask), size};
      return Descent::at_leaf;
    }
    at = PartialWalk{entry.next_table(), entry.next_bits(), kLevel + 1};
    if (entry.leaf() || !table_bits_supported(kLevel + 1, at.bits) ||
        (at.table & (table_bytes(at.bits) - 1)) != 0) {
      fail_walk(syndrome::kUnsupportedConfiguration);
      return Descent::failed;
    }
    caches_.keep(way.scope, way.owner, way.address, at);
    return Descent::goes_on;
  }

  /// One guest real address through the partition-scoped tree, its checks for `access` included.
  Step partition_step(const PartitionTableEntry& partition, Lpid lpid, GuestRealAddress address,
                      std::optional<Access> access, bool table) {
    Step step;
    const auto fail_walk = [&](std::uint32_t bits) { fail_partition(bits, address, table); };
    if ((address.value() >> kTreeAddressBits) != 0) {
      fail_walk(syndrome::kNoTranslation);
      return step;
    }
    const auto read = [&](std::uint64_t entry_address, unsigned level, std::uint64_t& value,
                          RealAddress& at) {
      at = RealAddress(entry_address);
      if (!read_real(at, ReferenceKind::partition_scoped, level, value)) {
        fail_walk(syndrome::kUnsupportedConfiguration);
        return false;
      }
      return true;
    };
    if (descend(partition.root(), Way{Scope::partition, owner_of(lpid, Pid(0)), address.value()}, step, read,
                fail_walk) &&
        access.has_value()) {
      check_partition_leaf(step, *access, address, table);
    }
    return step;
  }

  void check_partition_leaf(const Step& step, Access access, GuestRealAddress address, bool table) {
    const std::uint32_t denied = denied_by_authority(step.leaf, access);
    if (denied != 0) {
      fail_partition(denied, address, table);
    } else if (!note_updates(step.leaf, step.leaf_address, access)) {
      fail_partition(syndrome::kReferenceOrChange, address, table);
    }
  }

  /// Notes which of R and C the access has to set; false if an interrupt is to do it.
  bool note_updates(RadixEntry leaf, RealAddress leaf_address, Access access) {
    const std::uint64_t wanted =
        RadixEntry::kReference | (is_store(access) ? RadixEntry::kChange : std::uint64_t{0});
    const std::uint64_t missing = wanted & ~leaf.bits;
    if (missing == 0) {
      return true;
    }
    if (checks_.update == RcUpdate::interrupt) {
      return false;
    }
    trace_.push_due(leaf_address, missing);
    return true;
  }

  /// The hypervisor's own tree, apart from a guest's because this is the shorter way by far.
  void walk_own_tree(const Context& context, RootDescriptor root, std::uint64_t address, Owner owner) {
    const auto fail_walk = [&](std::uint32_t bits) { fail(bits); };
    const auto read = [&](std::uint64_t entry_address, unsigned level, std::uint64_t& value,
                          RealAddress& at) {
      at = RealAddress(entry_address);
      return read_process_scoped(at, ReferenceKind::process_scoped, level, value);
    };
    Step process;
    if (descend(root, Way{Scope::process, owner, address}, process, read, fail_walk) &&
        accept_process_leaf(context, process, false)) {
      walk_.address = RealAddress(process.output);
      walk_.mapping = map_one_leaf(process, Scope::process, address, stores_in_hardware());
    }
  }

  void walk_guest_tree(const Context& context, const PartitionTableEntry& partition, RootDescriptor root,
                       std::uint64_t address, Owner owner) {
    const Lpid lpid = lpid_of(owner);
    const auto fail_walk = [&](std::uint32_t bits) { fail(bits); };
    const auto read = [&](std::uint64_t entry_address, unsigned level, std::uint64_t& value,
                          RealAddress& at) {
      leaf_guest_address_ = GuestRealAddress(entry_address);
      return read_table(partition, lpid, entry_address, ReferenceKind::process_scoped, level, value, at);
    };
    Step process;
    if (!descend(root, Way{Scope::nested, owner, address}, process, read, fail_walk) ||
        !accept_process_leaf(context, process, true)) {
      return;
    }
    const GuestRealAddress guest(process.output);
    const Step partition_leaf = partition_step(partition, lpid, guest, checks_.access, false);
    if (walk_.ok()) {
      finish_nested(process, partition_leaf, address, guest);
    }
  }

  bool accept_process_leaf(const Context& context, const Step& process, bool nested) {
    walk_.process_leaf = process.leaf;
    walk_.process_leaf_address = process.leaf_address;
    if (!checks_.access.has_value()) {
      return true;
    }
    const Access access = *checks_.access;
    const std::uint32_t denied = denied_to(context, process.leaf, access);
    if (denied != 0) {
      fail(denied);
      return false;
    }
    const std::size_t before = trace_.due().size();
    if (!note_updates(process.leaf, process.leaf_address, access)) {
      fail(syndrome::kReferenceOrChange);
      return false;
    }
    if (nested && trace_.due().size() > before) {
      // The hardware stores into a guest's table: the page of that table has to let it.
      check_partition_leaf(table_step_, Access::store, leaf_guest_address_, true);
      walk_.table_update = !walk_.ok();
    }
    return walk_.ok();
  }

  [[nodiscard]] bool stores_in_hardware() const {
    return checks_.access.has_value() && is_store(*checks_.access) && checks_.update == RcUpdate::hardware;
  }

  void finish_nested(const Step& process, const Step& partition, std::uint64_t address,
                     GuestRealAddress guest) {
    if (checks_.access.has_value() && attributes_conflict(process.leaf, partition.leaf)) {
      fail_partition(syndrome::kAttributeConflict, guest, false);
      return;
    }
    walk_.address = RealAddress(partition.output);
    walk_.guest_address = guest;
    walk_.partition_leaf = partition.leaf;
    walk_.partition_leaf_address = partition.leaf_address;
    walk_.mapping = map_two_leaves(process, partition, address, stores_in_hardware());
  }

  const RealMemory& memory_;
  Caches& caches_;
  WalkTrace& trace_;
  WalkChecks checks_;
  Walk walk_;
  Step table_step_;                      ///< of the guest's table entry read last
  GuestRealAddress leaf_guest_address_;  ///< and its address
};

}  // namespace p9mmu::mmu
