#include "mmu/walk_cache.h"

namespace p9mmu::mmu {
namespace {

/// Fills the store's next free entry, or the one that its policy gives up, with what was just looked for in
/// vain.
template <typename Payload>
void put(TagStore<Payload>& store, std::uint64_t key, Owner owner, const Payload& payload,
         SnoopFilter& filter) {
  if (store.capacity() == 0) {
    return;
  }
  store.fill(store.victim(0), key, owner, payload, filter);
}

/// Erases the entries that the operands' owner reaches, as far as `wanted` says.
template <typename Payload, typename Wanted>
void erase_matching(TagStore<Payload>& store, const TlbInvalidate& what, SnoopFilter& filter,
                    Wanted&& wanted) {
  if (store.valid() == 0) {
    return;
  }
  store.for_owners(what.owner_bits(), owner_of(what.lpid, what.pid), [&](auto at) {
    if (wanted(store[at])) {
      store.erase(at, filter);
    }
  });
}

}  // namespace

WalkCache::WalkCache(const MmuParameters& p)
    : levels_{TagStore<NextTable>(1, p.pwc_entries, p.replacement, p.replacement_seed),
              TagStore<NextTable>(1, p.pwc_entries, p.replacement, p.replacement_seed),
              TagStore<NextTable>(1, p.pwc_entries, p.replacement, p.replacement_seed)},
      partitions_(1, p.table_entry_cache, p.replacement, p.replacement_seed),
      processes_(1, p.table_entry_cache, p.replacement, p.replacement_seed) {}

std::uint64_t WalkCache::key_of(Scope scope, std::uint64_t address, unsigned level) {
  const unsigned shift = level_shift(level, 0);
  return ((address >> shift) << shift) | (scope == Scope::partition ? 2U : 0U) | 1U;
}

bool WalkCache::deepest(Scope scope, Owner owner, std::uint64_t address, PartialWalk& at) {
  for (unsigned level = kLevels; level >= 1; --level) {
    TagStore<NextTable>& store = levels_[level - 1];
    const auto found = store.find(key_of(scope, address, level), owner);
    if (found != TagStore<NextTable>::kNone) {
      store.touch(found);
      at = PartialWalk{store[found].table, store[found].bits, level + 1};
      return true;
    }
  }
  return false;
}

void WalkCache::keep(Scope scope, Owner owner, std::uint64_t address, const PartialWalk& next,
                     SnoopFilter& filter) {
  const unsigned level = next.level - 1;
  const NextTable payload{next.table, static_cast<std::uint8_t>(next.bits), scope == Scope::partition};
  put(levels_[level - 1], key_of(scope, address, level), owner, payload, filter);
}

void WalkCache::keep_partition_entry(Lpid lpid, const PartitionTableEntry& entry, SnoopFilter& filter) {
  put(partitions_, kTableEntryKey, owner_of(lpid, Pid(0)), entry, filter);
}

void WalkCache::keep_process_entry(Owner owner, std::uint64_t entry, SnoopFilter& filter) {
  put(processes_, kTableEntryKey, owner, entry, filter);
}

void WalkCache::invalidate_partial_walks(const TlbInvalidate& what, SnoopFilter& filter) {
  const bool partition_scoped = !what.process_scoped;
  for (TagStore<NextTable>& store : levels_) {
    erase_matching(store, what, filter,
                   [&](const NextTable& entry) { return entry.partition_scoped == partition_scoped; });
  }
}

void WalkCache::invalidate_table_entries(const TlbInvalidate& what, SnoopFilter& filter) {
  if (what.process_scoped) {
    erase_matching(processes_, what, filter, [](std::uint64_t) { return true; });
  } else {
    erase_matching(partitions_, what, filter, [](const PartitionTableEntry&) { return true; });
  }
}

void WalkCache::invalidate(const TlbInvalidate& what, SnoopFilter& filter) {
  const bool walks = what.ric == InvalidateCaches::walk_cache || what.ric == InvalidateCaches::all;
  if (walks && what.radix) {
    invalidate_partial_walks(what, filter);
  }
  if (what.ric == InvalidateCaches::all) {
    invalidate_table_entries(what, filter);
  }
}

}  // namespace p9mmu::mmu
