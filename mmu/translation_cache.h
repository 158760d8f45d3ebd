// An array of finished translations: an ERAT or the TLB. It knows which entries an invalidation reaches, by
// owner, by page of the process-scoped tree and by page of the partition-scoped one. Whether an access may
// use an entry, and where entries come from, is mmu/core_mmu.h's.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "mmu/invalidate.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/snoop_filter.h"
#include "mmu/tag_store.h"

namespace p9mmu::mmu {

/// How a page selects a congruence class of the TLB; the hash is not published, hence a parameter.
class TlbIndexer {
 public:
  TlbIndexer(TlbIndex kind, std::uint32_t sets);

  [[nodiscard]] std::uint32_t set_of(const Mapping& mapping, Owner owner) const {
    std::uint64_t number = mapping.page >> shift(mapping.size);
    if (kind_ == TlbIndex::folded) {
      number ^= (number >> set_bits_) ^ (number >> (2 * set_bits_)) ^ owner.value();
    }
    return static_cast<std::uint32_t>(number) & (sets_ - 1);
  }

 private:
  TlbIndex kind_;
  std::uint32_t sets_;
  unsigned set_bits_;
};

/// Whether an invalidation of that owner's entries takes this one: by page, by the size of the leaf that it
/// came from, by scope.
[[nodiscard]] bool reaches(const TlbInvalidate& what, const Mapping& mapping);

class TranslationCache {
 public:
  TranslationCache(std::uint32_t sets, std::uint32_t ways, const MmuParameters& parameters)
      : store_(sets, ways, parameters.replacement, parameters.replacement_seed) {}

  /// The entry that translates the address of a tree (or in guest real mode a guest real address), or null.
  /// Valid until the next insertion or invalidation.
  [[nodiscard]] const Mapping* find(Owner owner, std::uint64_t address, bool guest_real) {
    const std::uint64_t low = guest_real ? kGuestReal : 0;
    for (const Probe* probe = probes_.data(); probe->key != 0; ++probe) {
      const auto at = store_.find((address & probe->mask) | probe->key | low, owner);
      if (at != Store::kNone) {
        store_.touch(at);
        return &store_[at];
      }
    }
    return nullptr;
  }

  /// The size of an entry, other than `size`, that translates the address too; none is what is right.
  [[nodiscard]] std::optional<PageSize> other_size(Owner owner, std::uint64_t address, PageSize size) const {
    for (std::size_t i = 0; i < kSizes; ++i) {
      const auto other = static_cast<PageSize>(i);
      if (other != size && by_size_[i] != 0 &&
          store_.find(key_of(address & kPageMask[i], other, false), owner) != Store::kNone) {
        return other;
      }
    }
    return std::nullopt;
  }

  /// Puts a translation into congruence class `set`; with `again`, in place of the same page's older one if
  /// there is one, otherwise the caller knows that there is none. Returns it as it is kept.
  const Mapping& insert(Owner owner, const Mapping& mapping, std::uint32_t set, bool again,
                        SnoopFilter& filter);

  /// Applies the TLB's part of an invalidation that form() calls valid. With `only_set`, to entries whose
  /// page falls into that congruence class of the TLB (tlbiel).
  void invalidate(const TlbInvalidate& what, const TlbIndexer& indexer, std::optional<std::uint32_t> only_set,
                  SnoopFilter& filter);

  /// Makes room: what translates that address of a process's tree goes.
  void displace(Owner owner, std::uint64_t address, SnoopFilter& filter);

  /// Which entries slbia takes.
  enum class Creator : std::uint8_t { user, guest, any };
  /// slbia: entries of any PID but 0, of any LPID but 0, or all.
  void invalidate_created_by(Creator creator, SnoopFilter& filter);

  [[nodiscard]] std::uint32_t valid() const { return store_.valid(); }

 private:
  using Store = TagStore<Mapping>;
  static constexpr std::size_t kSizes = 4;
  static constexpr std::uint64_t kGuestReal = 8;  ///< of a key
  static constexpr std::array<std::uint64_t, kSizes> kPageMask = {
      ~(bytes(PageSize::k4K) - 1), ~(bytes(PageSize::k64K) - 1), ~(bytes(PageSize::k2M) - 1),
      ~(bytes(PageSize::k1G) - 1)};

  [[nodiscard]] static constexpr std::uint64_t key_of(std::uint64_t page, PageSize size, bool guest_real) {
    return page | (static_cast<std::uint64_t>(size) << 1) | (guest_real ? kGuestReal : 0U) | 1U;
  }

  void count_in(const Mapping& mapping);
  void count_out(const Mapping& mapping);
  void set_probes();
  void erase(Store::Index at, SnoopFilter& filter);
  void invalidate_page(const TlbInvalidate& what, SnoopFilter& filter);

  Store store_;
  std::array<std::uint32_t, kSizes> by_size_{};  ///< valid entries of each size
  /// A size of which there are entries: what makes a key of an address.
  struct Probe {
    std::uint64_t mask = 0;
    std::uint64_t key = 0;
  };
  /// The smaller size first, and behind the last one a key of 0.
  std::array<Probe, kSizes + 1> probes_{};
  std::uint32_t fractured_ = 0;  ///< valid entries smaller than their process-scoped leaf
};

}  // namespace p9mmu::mmu
