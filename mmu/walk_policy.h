// What mmu/walk_engine.h is told from outside: what to check, and what to remember from one walk to the next,
// a policy with the members of NoWalkCaches. The one that remembers is in mmu/walk_cache.h; finished
// translations are no part of it.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/access.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/radix_entry.h"
#include "mmu/table_entries.h"

namespace p9mmu::mmu {

/// What a walk checks besides finding the way.
struct WalkChecks {
  std::optional<Access> access;  ///< none: authority, R and C are not looked at
  RcUpdate update = RcUpdate::interrupt;
};

/// Where a walk stands: the table to be read next.
struct PartialWalk {
  std::uint64_t table = 0;
  unsigned bits = 0;
  unsigned level = kFirstLevel;
};

/// Remembers nothing. What a policy does remember it gives back by pointer, null for nothing, until the next
/// call.
struct NoWalkCaches {
  /// The deepest table on the way to `address` that is known; false if none is.
  [[nodiscard]] bool deepest(Scope, Owner, std::uint64_t, PartialWalk&) { return false; }
  void keep(Scope, Owner, std::uint64_t, const PartialWalk&) {}
  [[nodiscard]] const PartitionTableEntry* partition_entry(Lpid) { return nullptr; }
  void keep_partition_entry(Lpid, const PartitionTableEntry&) {}
  [[nodiscard]] const std::uint64_t* process_entry(Owner) { return nullptr; }
  void keep_process_entry(Owner, std::uint64_t) {}
};

}  // namespace p9mmu::mmu
