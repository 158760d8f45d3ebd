// One core's translation caches as the explorer has them: the same entries as mmu::CoreMmu's and the same
// rules for what an invalidation reaches, but walks that stop after each read, accesses that stand between
// translation and memory, and where each translation came from. Capacity and replacement are left out:
// nothing is displaced unless a script asks for it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cpus/audit.h"
#include "mmu/access.h"
#include "mmu/invalidate.h"
#include "mmu/mapping.h"
#include "mmu/walk_policy.h"

namespace p9mmu::model::explore {

struct CachedTranslation {
  mmu::Owner owner;
  mmu::Mapping mapping;
  cpus::TranslationOrigin origin;
  bool missed = false;  ///< the ERAT's erratum: a tlbie has passed it over
};

/// How far an access has come.
enum class AccessStage : std::uint8_t { none, look_up, walk, fill, translated };

/// One thread's access on its way.
struct AccessUnderWay {
  AccessStage stage = AccessStage::none;
  mmu::Access kind = mmu::Access::load;
  mmu::EffectiveAddress address;
  mmu::Owner owner;
  mmu::PartialWalk at;
  CachedTranslation found;     ///< from stage fill on
  bool seen_by_tlbie = false;  ///< the store queue's erratum: only the next tlbie waits for this store
};

/// What a tlbie did in a core.
struct Invalidated {
  unsigned translations = 0;
  unsigned walks = 0;
  unsigned restarted = 0;    ///< walks under way
  unsigned passed_over = 0;  ///< translations and stores that the errata spare until another one comes
};

class ExploredMmu {
 public:
  /// The errata of the silicon that the machine has.
  struct Errata {
    bool erat = true;          ///< a tlbie passes ERATs over until one for PID 0 comes
    bool store_queue = false;  ///< a tlbie does not wait for stores, the next one does
  };

  ExploredMmu(unsigned threads, Errata errata) : errata_(errata), erats_(threads), accesses_(threads) {}

  [[nodiscard]] AccessUnderWay& access(unsigned thread) { return accesses_[thread]; }

  /// The entry that translates the access from the thread's ERAT or else the TLB, which fills the ERAT.
  [[nodiscard]] const CachedTranslation* look_up(unsigned thread, const mmu::Context& context,
                                                 const AccessUnderWay& access);
  /// The deepest table that the walk cache knows on the way; false if it knows none.
  [[nodiscard]] bool deepest(mmu::Owner owner, std::uint64_t address, mmu::PartialWalk& at) const;
  /// The walk cache keeps where a walk has got to; false if it knew that already.
  bool keep(mmu::Owner owner, std::uint64_t address, const mmu::PartialWalk& next);
  /// True if that replaced a translation that a tlbie had passed over.
  bool fill(unsigned thread, const CachedTranslation& translation);
  /// The size of a translation in this core that overlaps `translation` and has another size.
  [[nodiscard]] std::optional<mmu::PageSize> other_size(const CachedTranslation& translation) const;

  /// Whether a tlbie has to wait for an access that stands between translation and memory.
  [[nodiscard]] bool must_drain(const mmu::TlbInvalidate& what) const;
  Invalidated tlbie(const mmu::TlbInvalidate& what);
  Invalidated tlbiel(unsigned thread, const mmu::TlbInvalidate& what);
  void slbia(unsigned thread);
  /// The TLB makes room: its entries for that address go, ERATs keep theirs. How many that were.
  unsigned displace(mmu::Owner owner, std::uint64_t address);

 private:
  struct PartialEntry {
    mmu::Owner owner;
    unsigned level;        ///< of the table that it leads to
    std::uint64_t region;  ///< the address's part above that table
    mmu::PartialWalk next;
  };
  using Translations = std::vector<CachedTranslation>;

  static unsigned erase(Translations& entries, const mmu::TlbInvalidate& what);
  void pass_over(Translations& entries, const mmu::TlbInvalidate& what, Invalidated& result) const;
  void reach_accesses(const mmu::TlbInvalidate& what, Invalidated& result);
  unsigned erase_walks(const mmu::TlbInvalidate& what);

  Errata errata_;
  Translations tlb_;
  std::vector<Translations> erats_;
  std::vector<PartialEntry> walks_;
  std::vector<AccessUnderWay> accesses_;
};

/// Whether a page of that size is a huge one: its leaf is no PTE.
[[nodiscard]] constexpr bool is_huge(mmu::PageSize size) {
  return size >= mmu::PageSize::k2M;
}
/// Whether no snoop filter drops the invalidation, so that ERATs forget even what others have passed over.
[[nodiscard]] bool flushes_erats(const mmu::TlbInvalidate& what);
/// Whether the invalidation takes partial walks.
[[nodiscard]] bool takes_walks(const mmu::TlbInvalidate& what);
/// Whether the invalidation is for that owner's entries.
[[nodiscard]] bool concerns(const mmu::TlbInvalidate& what, mmu::Owner owner);

}  // namespace p9mmu::model::explore
