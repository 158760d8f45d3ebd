#include "model/explore/explored_mmu.h"

#include <algorithm>

#include "mmu/radix_entry.h"
#include "mmu/translation_cache.h"

namespace p9mmu::model::explore {
namespace {

using mmu::InvalidateCaches;
using mmu::InvalidateScope;
using mmu::TlbInvalidate;

bool covers(const CachedTranslation& entry, mmu::Owner owner, std::uint64_t address) {
  return entry.owner == owner && (address & ~(mmu::bytes(entry.mapping.size) - 1)) == entry.mapping.page;
}

const CachedTranslation* find(const std::vector<CachedTranslation>& entries, const mmu::Context& context,
                              const AccessUnderWay& access) {
  const std::uint64_t address = mmu::tree_address(access.address);
  for (const CachedTranslation& entry : entries) {
    if (covers(entry, access.owner, address) && entry.mapping.permits(context, access.kind)) {
      return &entry;
    }
  }
  return nullptr;
}

/// True if that replaced a translation that a tlbie had passed over.
bool put(std::vector<CachedTranslation>& entries, const CachedTranslation& translation) {
  bool passed_over = false;
  std::erase_if(entries, [&](const CachedTranslation& entry) {
    const bool same = entry.owner == translation.owner && entry.mapping.page == translation.mapping.page &&
                      entry.mapping.size == translation.mapping.size;
    passed_over = passed_over || (same && entry.missed);
    return same;
  });
  entries.push_back(translation);
  return passed_over;
}

bool reaches(const TlbInvalidate& what, const CachedTranslation& entry) {
  return concerns(what, entry.owner) && mmu::reaches(what, entry.mapping);
}

bool takes_translations(const TlbInvalidate& what) {
  return what.radix && what.ric != InvalidateCaches::walk_cache;
}

std::uint64_t region_of(std::uint64_t address, unsigned level) {
  return address >> mmu::level_shift(level - 1, mmu::kDirectoryBits);
}

}  // namespace

bool flushes_erats(const TlbInvalidate& what) {
  return takes_translations(what) && (what.pid == mmu::Pid(0) || what.scope == InvalidateScope::everything);
}

bool takes_walks(const TlbInvalidate& what) {
  return what.ric == InvalidateCaches::walk_cache || what.ric == InvalidateCaches::all;
}

bool concerns(const TlbInvalidate& what, mmu::Owner owner) {
  switch (what.scope) {
    case InvalidateScope::everything:
      return true;
    case InvalidateScope::lpid:
      return mmu::lpid_of(owner) == what.lpid;
    case InvalidateScope::page:
    case InvalidateScope::pid:
      return owner == mmu::owner_of(what.lpid, what.pid);
  }
  return true;
}

const CachedTranslation* ExploredMmu::look_up(unsigned thread, const mmu::Context& context,
                                              const AccessUnderWay& access) {
  if (const CachedTranslation* const hit = find(erats_[thread], context, access)) {
    return hit;
  }
  if (const CachedTranslation* const hit = find(tlb_, context, access)) {
    put(erats_[thread], *hit);
    return &erats_[thread].back();
  }
  return nullptr;
}

bool ExploredMmu::deepest(mmu::Owner owner, std::uint64_t address, mmu::PartialWalk& at) const {
  const PartialEntry* best = nullptr;
  for (const PartialEntry& entry : walks_) {
    if (entry.owner == owner && region_of(address, entry.level) == entry.region &&
        (best == nullptr || entry.level > best->level)) {
      best = &entry;
    }
  }
  if (best != nullptr) {
    at = best->next;
  }
  return best != nullptr;
}

bool ExploredMmu::keep(mmu::Owner owner, std::uint64_t address, const mmu::PartialWalk& next) {
  const std::uint64_t region = region_of(address, next.level);
  for (PartialEntry& entry : walks_) {
    if (entry.owner == owner && entry.level == next.level && entry.region == region) {
      const bool known = entry.next.table == next.table && entry.next.bits == next.bits;
      entry.next = next;
      return !known;
    }
  }
  walks_.push_back(PartialEntry{owner, next.level, region, next});
  return true;
}

bool ExploredMmu::fill(unsigned thread, const CachedTranslation& translation) {
  put(tlb_, translation);
  return put(erats_[thread], translation);
}

std::optional<mmu::PageSize> ExploredMmu::other_size(const CachedTranslation& translation) const {
  const auto overlaps = [&](const CachedTranslation& entry) {
    const std::uint64_t larger =
        std::max(mmu::bytes(entry.mapping.size), mmu::bytes(translation.mapping.size)) - 1;
    return entry.owner == translation.owner && entry.mapping.size != translation.mapping.size &&
           (entry.mapping.page & ~larger) == (translation.mapping.page & ~larger);
  };
  const auto search = [&](const Translations& entries) -> std::optional<mmu::PageSize> {
    const auto found = std::find_if(entries.begin(), entries.end(), overlaps);
    return found == entries.end() ? std::nullopt : std::optional(found->mapping.size);
  };
  std::optional<mmu::PageSize> size = search(tlb_);
  for (std::size_t thread = 0; thread < erats_.size() && !size; ++thread) {
    size = search(erats_[thread]);
  }
  return size;
}

bool ExploredMmu::must_drain(const TlbInvalidate& what) const {
  return std::any_of(accesses_.begin(), accesses_.end(), [&](const AccessUnderWay& access) {
    if (access.stage != AccessStage::translated) {
      return false;
    }
    const bool passed_over = access.found.missed && flushes_erats(what);
    const bool concerned =
        (takes_translations(what) && reaches(what, access.found)) || access.seen_by_tlbie || passed_over;
    const bool overlooked = errata_.store_queue && access.kind == mmu::Access::store && !access.seen_by_tlbie;
    return concerned && !overlooked;
  });
}

unsigned ExploredMmu::erase(Translations& entries, const TlbInvalidate& what) {
  return static_cast<unsigned>(
      std::erase_if(entries, [&](const CachedTranslation& entry) { return reaches(what, entry); }));
}

/// With the erratum an ERAT's entries stay until a tlbie comes that no snoop filter drops, one for PID 0.
void ExploredMmu::pass_over(Translations& entries, const TlbInvalidate& what, Invalidated& result) const {
  if (!errata_.erat) {
    result.translations += erase(entries, what);
  } else if (flushes_erats(what)) {
    result.translations += static_cast<unsigned>(std::erase_if(
        entries, [&](const CachedTranslation& entry) { return entry.missed || reaches(what, entry); }));
  } else {
    for (CachedTranslation& entry : entries) {
      if (!entry.missed && reaches(what, entry)) {
        entry.missed = true;
        ++result.passed_over;
      }
    }
  }
}

/// A walk begins again if what it goes by is taken: the leaf that it has read, or a table that it has come
/// to.
void ExploredMmu::reach_accesses(const TlbInvalidate& what, Invalidated& result) {
  const bool translations = takes_translations(what);
  const bool walks = takes_walks(what);
  for (AccessUnderWay& access : accesses_) {
    const bool walking = access.stage == AccessStage::walk || access.stage == AccessStage::fill;
    const bool leaf_taken = translations && access.stage == AccessStage::fill && reaches(what, access.found);
    if (leaf_taken || (walks && walking && concerns(what, access.owner))) {
      access.stage = AccessStage::look_up;
      ++result.restarted;
    } else if (errata_.store_queue && translations && access.stage == AccessStage::translated &&
               access.kind == mmu::Access::store && !access.seen_by_tlbie && reaches(what, access.found)) {
      access.seen_by_tlbie = true;
      ++result.passed_over;
    }
  }
}

unsigned ExploredMmu::erase_walks(const TlbInvalidate& what) {
  if (!takes_walks(what)) {
    return 0;
  }
  return static_cast<unsigned>(
      std::erase_if(walks_, [&](const PartialEntry& entry) { return concerns(what, entry.owner); }));
}

Invalidated ExploredMmu::tlbie(const TlbInvalidate& what) {
  Invalidated result;
  if (takes_translations(what)) {
    result.translations = erase(tlb_, what);
    for (Translations& erat : erats_) {
      pass_over(erat, what, result);
    }
  }
  result.walks = erase_walks(what);
  reach_accesses(what, result);
  return result;
}

Invalidated ExploredMmu::tlbiel(unsigned thread, const TlbInvalidate& what) {
  Invalidated result;
  if (takes_translations(what)) {
    result.translations = erase(tlb_, what) + erase(erats_[thread], what);
  }
  result.walks = erase_walks(what);
  return result;
}

void ExploredMmu::slbia(unsigned thread) {
  std::erase_if(erats_[thread],
                [](const CachedTranslation& entry) { return mmu::pid_of(entry.owner) != mmu::Pid(0); });
}

unsigned ExploredMmu::displace(mmu::Owner owner, std::uint64_t address) {
  return static_cast<unsigned>(
      std::erase_if(tlb_, [&](const CachedTranslation& entry) { return covers(entry, owner, address); }));
}

}  // namespace p9mmu::model::explore
