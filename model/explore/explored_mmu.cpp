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

void put(std::vector<CachedTranslation>& entries, const CachedTranslation& translation) {
  std::erase_if(entries, [&](const CachedTranslation& entry) {
    return entry.owner == translation.owner && entry.mapping.page == translation.mapping.page &&
           entry.mapping.size == translation.mapping.size;
  });
  entries.push_back(translation);
}

bool reaches(const TlbInvalidate& what, const CachedTranslation& entry) {
  return concerns(what, entry.owner) && mmu::reaches(what, entry.mapping);
}

bool takes_translations(const TlbInvalidate& what) {
  return what.radix && what.ric != InvalidateCaches::walk_cache;
}

/// Whether no snoop filter drops it, so that ERATs forget even what earlier ones have passed over.
bool flushes_erats(const TlbInvalidate& what) {
  return takes_translations(what) && (what.pid == mmu::Pid(0) || what.scope == InvalidateScope::everything);
}

std::uint64_t region_of(std::uint64_t address, unsigned level) {
  return address >> mmu::level_shift(level - 1, mmu::kDirectoryBits);
}

}  // namespace

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

void ExploredMmu::keep(mmu::Owner owner, std::uint64_t address, const mmu::PartialWalk& next) {
  const std::uint64_t region = region_of(address, next.level);
  std::erase_if(walks_, [&](const PartialEntry& entry) {
    return entry.owner == owner && entry.level == next.level && entry.region == region;
  });
  walks_.push_back(PartialEntry{owner, next.level, region, next});
}

void ExploredMmu::fill(unsigned thread, const CachedTranslation& translation) {
  put(tlb_, translation);
  put(erats_[thread], translation);
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
unsigned ExploredMmu::pass_over(Translations& entries, const TlbInvalidate& what) const {
  if (!errata_.erat) {
    return erase(entries, what);
  }
  if (flushes_erats(what)) {
    return static_cast<unsigned>(std::erase_if(
        entries, [&](const CachedTranslation& entry) { return entry.missed || reaches(what, entry); }));
  }
  for (CachedTranslation& entry : entries) {
    entry.missed = entry.missed || reaches(what, entry);
  }
  return 0;
}

unsigned ExploredMmu::restart_walks(const TlbInvalidate& what) {
  unsigned restarted = 0;
  for (AccessUnderWay& access : accesses_) {
    if ((access.stage == AccessStage::walk || access.stage == AccessStage::fill) &&
        concerns(what, access.owner)) {
      access.stage = AccessStage::look_up;
      ++restarted;
    } else if (access.stage == AccessStage::translated && access.kind == mmu::Access::store &&
               reaches(what, access.found)) {
      access.seen_by_tlbie = true;
    }
  }
  return restarted;
}

unsigned ExploredMmu::erase_walks(const TlbInvalidate& what) {
  if (what.ric != InvalidateCaches::walk_cache && what.ric != InvalidateCaches::all) {
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
      result.translations += pass_over(erat, what);
    }
  }
  result.walks = erase_walks(what);
  result.restarted = restart_walks(what);
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

void ExploredMmu::displace(mmu::Owner owner, std::uint64_t address) {
  std::erase_if(tlb_, [&](const CachedTranslation& entry) { return covers(entry, owner, address); });
}

}  // namespace p9mmu::model::explore
