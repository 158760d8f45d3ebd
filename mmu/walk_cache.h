// What a core remembers of walks besides their results: for three levels of directory entries where the next
// table lies, and the partition and process table entries. A guest's partial walks hold guest real addresses,
// so that a change of the partition-scoped tree cannot make them stale. The policy that mmu/walk_engine.h
// asks for; finished translations are in mmu/translation_cache.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mmu/invalidate.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/snoop_filter.h"
#include "mmu/table_entries.h"
#include "mmu/tag_store.h"
#include "mmu/walk_policy.h"

namespace p9mmu::mmu {

class WalkCache {
 public:
  explicit WalkCache(const MmuParameters& parameters);

  /// Whether there is room for partial walks at all.
  [[nodiscard]] bool keeps_partial_walks() const { return levels_[0].capacity() != 0; }

  // What WalkEngine asks for. `filter` is the core's, told of all that is kept here.
  [[nodiscard]] bool deepest(Scope scope, Owner owner, std::uint64_t address, PartialWalk& at);
  void keep(Scope scope, Owner owner, std::uint64_t address, const PartialWalk& next, SnoopFilter& filter);
  [[nodiscard]] const PartitionTableEntry* partition_entry(Lpid lpid) {
    return use(partitions_, owner_of(lpid, Pid(0)));
  }
  void keep_partition_entry(Lpid lpid, const PartitionTableEntry& entry, SnoopFilter& filter);
  [[nodiscard]] const std::uint64_t* process_entry(Owner owner) { return use(processes_, owner); }
  void keep_process_entry(Owner owner, std::uint64_t entry, SnoopFilter& filter);

  /// Applies the walk cache's part of an invalidation that form() calls valid.
  void invalidate(const TlbInvalidate& what, SnoopFilter& filter);

  /// Valid entries of the level whose directory entries were read, 1 to 3.
  [[nodiscard]] std::uint32_t valid(unsigned level) const { return levels_[level - 1].valid(); }
  [[nodiscard]] std::uint32_t valid_partition_entries() const { return partitions_.valid(); }
  [[nodiscard]] std::uint32_t valid_process_entries() const { return processes_.valid(); }

 private:
  struct NextTable {
    std::uint64_t table = 0;
    std::uint8_t bits = 0;
    bool partition_scoped = false;
  };
  static constexpr std::size_t kLevels = 3;
  static constexpr std::uint64_t kTableEntryKey = 1;

  template <typename Entry>
  [[nodiscard]] static const Entry* use(TagStore<Entry>& store, Owner owner) {
    const auto at = store.find(kTableEntryKey, owner);
    if (at == TagStore<Entry>::kNone) {
      return nullptr;
    }
    store.touch(at);
    return &store[at];
  }

  [[nodiscard]] static std::uint64_t key_of(Scope scope, std::uint64_t address, unsigned level);
  void invalidate_partial_walks(const TlbInvalidate& what, SnoopFilter& filter);
  void invalidate_table_entries(const TlbInvalidate& what, SnoopFilter& filter);

  std::array<TagStore<NextTable>, kLevels> levels_;
  TagStore<PartitionTableEntry> partitions_;
  TagStore<std::uint64_t> processes_;
};

/// The walk cache as the engine's policy.
class CachedWalks {
 public:
  CachedWalks(WalkCache& cache, SnoopFilter& filter)
      : cache_(cache), filter_(filter), partial_walks_(cache.keeps_partial_walks()) {}

  [[nodiscard]] bool deepest(Scope scope, Owner owner, std::uint64_t address, PartialWalk& at) {
    return partial_walks_ && cache_.deepest(scope, owner, address, at);
  }
  void keep(Scope scope, Owner owner, std::uint64_t address, const PartialWalk& next) {
    if (partial_walks_) {
      cache_.keep(scope, owner, address, next, filter_);
    }
  }
  [[nodiscard]] const PartitionTableEntry* partition_entry(Lpid lpid) { return cache_.partition_entry(lpid); }
  void keep_partition_entry(Lpid lpid, const PartitionTableEntry& entry) {
    cache_.keep_partition_entry(lpid, entry, filter_);
  }
  [[nodiscard]] const std::uint64_t* process_entry(Owner owner) { return cache_.process_entry(owner); }
  void keep_process_entry(Owner owner, std::uint64_t entry) {
    cache_.keep_process_entry(owner, entry, filter_);
  }

 private:
  WalkCache& cache_;
  SnoopFilter& filter_;
  bool partial_walks_;
};

}  // namespace p9mmu::mmu
