// What a leaf permits, and how leaves become a mapping: the rules of authority, privilege, keys and
// attributes for one access, and the combination of a guest's leaf with the host's under it. Pure functions;
// finding leaves is mmu/walk_engine.h's, R and C are settled there too.
#pragma once

#include <algorithm>
#include <cstdint>

#include "mmu/access.h"
#include "mmu/address.h"
#include "mmu/mapping.h"
#include "mmu/radix_entry.h"

namespace p9mmu::mmu {

/// A leaf that a walk of one tree ended at.
struct FoundLeaf {
  RadixEntry leaf;
  RealAddress leaf_address;
  std::uint64_t output = 0;  ///< the translated address: real, or guest real in a guest's tree
  PageSize size = PageSize::k4K;
};

/// The syndrome's bits if authority or attribute denies the access, else 0; the part that both scopes have in
/// common.
[[nodiscard]] inline std::uint32_t denied_by_authority(RadixEntry leaf, Access access) {
  if (access == Access::fetch) {
    return leaf.executable() && leaf.attribute() != Attribute::non_idempotent_io
               ? 0
               : syndrome::kNoExecuteOrGuarded;
  }
  if (!(is_store(access) ? leaf.writable() : leaf.readable())) {
    return syndrome::kProtection;
  }
  return needs_memory(access) && is_io(leaf.attribute()) ? syndrome::kBadAccess : 0;
}

/// The same for a process-scoped leaf, where privilege and key 0 of AMR and IAMR count.
[[nodiscard]] inline std::uint32_t denied_to(const Context& context, RadixEntry leaf, Access access) {
  if (context.problem_state && leaf.privileged()) {
    return syndrome::kProtection;
  }
  if (!context.problem_state && !leaf.privileged() && context.key_denies(access)) {
    return access == Access::fetch ? syndrome::kNoExecuteOrGuarded : syndrome::kProtection;
  }
  return denied_by_authority(leaf, access);
}

/// Whether one leaf takes the page for I/O and the other for memory.
[[nodiscard]] inline bool attributes_conflict(RadixEntry process, RadixEntry partition) {
  return is_io(process.attribute()) != is_io(partition.attribute());
}

/// Rights as a cache keeps them. `changed`: this access sets C if it is not set yet.
[[nodiscard]] inline std::uint8_t rights_of(RadixEntry leaf, bool changed) {
  const bool guarded = leaf.attribute() == Attribute::non_idempotent_io;
  unsigned rights = static_cast<unsigned>(leaf.bits & RadixEntry::kPrivileged);
  rights |= leaf.readable() ? Mapping::kRead : 0U;
  rights |= leaf.writable() ? Mapping::kWrite : 0U;
  rights |= leaf.executable() && !guarded ? Mapping::kExecute : 0U;
  rights |= leaf.change() || changed ? Mapping::kChanged : 0U;
  return static_cast<std::uint8_t>(rights);
}

/// What follows for a mapping's rights from the rest of it.
inline void complete_rights(Mapping& mapping) {
  const bool keyed = mapping.scope != Scope::partition && (mapping.rights & Mapping::kPrivileged) == 0;
  unsigned rights = mapping.rights;
  rights |= keyed ? Mapping::kKeyed : 0U;
  rights |= is_io(mapping.attribute) ? Mapping::kIo : 0U;
  mapping.rights = static_cast<std::uint8_t>(rights);
}

/// What one tree alone maps `address` to; privilege has no meaning in the partition scope.
[[nodiscard]] inline Mapping map_one_leaf(const FoundLeaf& found, Scope scope, std::uint64_t address,
                                          bool changed) {
  const std::uint64_t offset_mask = bytes(found.size) - 1;
  Mapping mapping;
  mapping.page = mapping.guest_page = address & ~offset_mask;
  mapping.real_page = found.output & ~offset_mask;
  mapping.size = mapping.process_size = mapping.partition_size = found.size;
  mapping.scope = scope;
  mapping.rights = rights_of(found.leaf, changed);
  if (scope == Scope::partition) {
    mapping.rights &= static_cast<std::uint8_t>(~Mapping::kPrivileged);
  }
  mapping.attribute = found.leaf.attribute();
  complete_rights(mapping);
  return mapping;
}

/// A guest's leaf and the host's under it: the smaller page, and only what both permit.
[[nodiscard]] inline Mapping map_two_leaves(const FoundLeaf& process, const FoundLeaf& partition,
                                            std::uint64_t address, bool changed) {
  const PageSize size = std::min(process.size, partition.size);
  const std::uint64_t offset_mask = bytes(size) - 1;
  Mapping mapping;
  mapping.page = address & ~offset_mask;
  mapping.guest_page = process.output & ~offset_mask;
  mapping.real_page = partition.output & ~offset_mask;
  mapping.size = size;
  mapping.process_size = process.size;
  mapping.partition_size = partition.size;
  mapping.scope = Scope::nested;
  const unsigned host = rights_of(partition.leaf, changed) | Mapping::kPrivileged;
  mapping.rights = static_cast<std::uint8_t>(rights_of(process.leaf, changed) & host);
  mapping.attribute = std::max(process.leaf.attribute(), partition.leaf.attribute());
  complete_rights(mapping);
  return mapping;
}

}  // namespace p9mmu::mmu
