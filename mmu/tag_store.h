// The mechanism that ERATs, TLB and walk caches share: entries found by a key and an owner (LPID and PID),
// placed in congruence classes, replaced by a policy. What a key means, and which entries an instruction
// reaches, its users know (mmu/translation_cache.h, mmu/walk_cache.h).
//
// A hash chain finds an entry whatever the associativity, so that a fully associative ERAT costs no more to
// look up than a set of four; a ring through each class keeps the order of replacement; a byte for each entry
// says whose it may be, so that an invalidation passes over the others quickly. Memory is taken with the
// first entry: a core that never translates costs nothing.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "mmu/check.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/snoop_filter.h"

namespace p9mmu::mmu {

template <typename Payload>
class TagStore {
 public:
  using Index = std::uint16_t;
  static constexpr Index kNone = 0xFFFF;
  /// More entries than any of POWER9's arrays has, and few enough for the index type.
  static constexpr std::uint32_t kMostEntries = 0x4000;

  /// `sets` congruence classes of `ways` entries; either may be 0 for a store that keeps nothing.
  TagStore(std::uint32_t sets, std::uint32_t ways, Replacement replacement, std::uint32_t seed)
      : sets_(sets), ways_(ways), replacement_(replacement), random_(seed) {
    P9MMU_CHECK(std::uint64_t{sets} * ways <= kMostEntries, "sets " << sets << " ways " << ways);
  }

  /// The entry with this key (not 0) and owner, or kNone. Does not count as a use.
  [[nodiscard]] Index find(std::uint64_t key, Owner owner) const {
    Index at = buckets_[bucket_of(key, owner)];
    while (at != kNone && !slots_[at].holds(key, owner)) {
      at = slots_[at].chain;
    }
    return at;
  }

  /// Counts as a use of the entry.
  void touch(Index at) {
    if (replacement_ == Replacement::second_chance) {
      slots_[at].used = true;
    } else if (replacement_ == Replacement::lru) {
      move_to_front(at);
    }
  }

  [[nodiscard]] Payload& operator[](Index at) { return slots_[at].payload; }
  [[nodiscard]] const Payload& operator[](Index at) const { return slots_[at].payload; }
  [[nodiscard]] Owner owner(Index at) const { return slots_[at].owner; }
  [[nodiscard]] std::uint32_t set_of(Index at) const { return slots_[at].set; }
  [[nodiscard]] std::uint32_t valid() const { return valid_; }
  [[nodiscard]] std::uint32_t sets() const { return sets_; }
  [[nodiscard]] std::uint32_t capacity() const { return sets_ * ways_; }

  /// Which entry of `set` the next insertion takes; it may be a valid one, for the caller to give up.
  [[nodiscard]] Index victim(std::uint32_t set) {
    if (slots_.empty()) {
      allocate();
    }
    Index& back = back_[set];
    Index oldest = back;
    if (!is_valid(oldest)) {
      return oldest;  // free entries are kept at the end of the ring
    }
    if (replacement_ == Replacement::second_chance) {
      while (slots_[oldest].used) {  // ends: each entry passed has lost its mark
        slots_[oldest].used = false;
        oldest = back = links_[oldest].previous;
      }
    } else if (replacement_ == Replacement::random) {
      random_ = random_ * 6364136223846793005U + 1442695040888963407U;
      oldest = static_cast<Index>(set * ways_ + static_cast<std::uint32_t>(random_ >> 33) % ways_);
    }
    return oldest;
  }
  [[nodiscard]] bool is_valid(Index at) const { return owner_tags_[at] != Tag::free; }

  /// Fills the entry that `find` or `victim` named, giving up what it held.
  void fill(Index at, std::uint64_t key, Owner owner, const Payload& payload, SnoopFilter& filter) {
    Slot& slot = slots_[at];
    if (is_valid(at)) {
      unchain(slot, at);
    }
    if (!is_valid(at) || slot.owner != owner) {
      change_owner(at, owner, filter);
    }
    slot.key = key;
    slot.owner = owner;
    slot.used = false;
    slot.payload = payload;
    slot.bucket = bucket_of(key, owner);
    Index& bucket = buckets_[slot.bucket];
    slot.chain = bucket;
    bucket = at;
    move_to_front(at);
  }

  /// Frees a valid entry.
  void erase(Index at, SnoopFilter& filter) {
    const Slot& slot = slots_[at];
    unchain(slot, at);
    filter.remove(slot.owner);
    owner_tags_[at] = lpid_tags_[at] = Tag::free;
    move_to_back(at);
    --valid_;
  }

  /// Calls `visit(index)` for each valid entry whose owner agrees with `owner` in `bits`; it may erase it.
  template <typename Visit>
  void for_owners(OwnerBits bits, Owner owner, Visit&& visit) {
    if (bits == OwnerBits::none) {
      for_range(0, owner_tags_.size(), visit);
      return;
    }
    const bool whole = bits == OwnerBits::lpid_and_pid;
    const std::vector<Tag>& tags = whole ? owner_tags_ : lpid_tags_;
    const Tag tag = whole ? tag_of(owner) : tag_of(lpid_of(owner));
    const Tag* const first = tags.data();
    const Tag* const end = first + tags.size();
    for (const Tag* at = first; at != end; ++at) {
      at =
          static_cast<const Tag*>(std::memchr(at, static_cast<int>(tag), static_cast<std::size_t>(end - at)));
      if (at == nullptr) {
        return;
      }
      const auto index = static_cast<Index>(at - first);
      if (agree(bits, slots_[index].owner, owner)) {
        visit(index);
      }
    }
  }
  /// Calls `visit(index)` for each valid entry of a congruence class, if there is such a class; it may erase
  /// it.
  template <typename Visit>
  void for_class(std::uint32_t set, Visit&& visit) {
    if (set < sets_ && !owner_tags_.empty()) {
      for_range(std::size_t{set} * ways_, std::size_t{set + 1} * ways_, visit);
    }
  }

  /// Whether there are entries and all of them are known to be `owner`'s; a wrong no is possible.
  [[nodiscard]] bool belongs_to(Owner owner) const { return valid_ != 0 && !mixed_ && first_owner_ == owner; }
  /// Frees all entries at once; they belong to one owner.
  void clear(SnoopFilter& filter) {
    filter.remove(first_owner_, valid_);
    valid_ = 0;
    std::fill(buckets_.begin(), buckets_.end(), kNone);
    std::fill(owner_tags_.begin(), owner_tags_.end(), Tag::free);
    std::fill(lpid_tags_.begin(), lpid_tags_.end(), Tag::free);
  }

 private:
  /// What a pass compares first; different owners may have the same tag, but none that of a free entry.
  enum class Tag : std::uint8_t { free = 0 };
  [[nodiscard]] static Tag tag_of(Owner owner) {
    return static_cast<Tag>((owner.value() * 0x9E3779B1U) >> 24 | 1U);
  }
  [[nodiscard]] static Tag tag_of(Lpid lpid) { return static_cast<Tag>(lpid.value() << 1 | 1U); }

  template <typename Visit>
  void for_range(std::size_t first, std::size_t end, Visit&& visit) {
    for (std::size_t i = first; i < end; ++i) {
      if (is_valid(static_cast<Index>(i))) {
        visit(static_cast<Index>(i));
      }
    }
  }

  /// A whole line each, so that finding one costs a shift.
  struct alignas(64) Slot {
    std::uint64_t key = 0;
    Owner owner;
    Index chain = kNone;
    Index bucket = 0;  ///< whose chain it is in
    Index set = 0;
    bool used = false;  ///< since it was last passed over
    Payload payload{};

    /// One condition, because the two parts are rarely equal one by one.
    [[nodiscard]] bool holds(std::uint64_t other_key, Owner other_owner) const {
      return ((key ^ other_key) | (owner.value() ^ other_owner.value())) == 0;
    }
  };

  /// Neighbours in the ring of a congruence class.
  struct Link {
    Index previous = 0;
    Index next = 0;
  };

  [[nodiscard]] Index bucket_of(std::uint64_t key, Owner owner) const {
    const std::uint64_t mixed = (key ^ (std::uint64_t{owner.value()} << 32)) * 0x9E3779B97F4A7C15U;
    return static_cast<Index>(mixed >> bucket_shift_);
  }

  void unchain(const Slot& slot, Index at) {
    Index* link = &buckets_[slot.bucket];
    while (*link != at) {
      link = &slots_[*link].chain;
    }
    *link = slot.chain;
  }

  /// The entry, free or another's, becomes `owner`'s.
  void change_owner(Index at, Owner owner, SnoopFilter& filter) {
    if (is_valid(at)) {
      filter.remove(slots_[at].owner);
    } else if (valid_++ == 0) {
      first_owner_ = owner;
      mixed_ = false;
    }
    filter.add(owner);
    mixed_ = mixed_ || owner != first_owner_;
    owner_tags_[at] = tag_of(owner);
    lpid_tags_[at] = tag_of(lpid_of(owner));
  }

  void allocate() {
    const std::size_t count = capacity();
    slots_.resize(count);
    links_.resize(count);
    owner_tags_.assign(count, Tag::free);
    lpid_tags_.assign(count, Tag::free);
    back_.resize(sets_);
    const std::size_t buckets = std::bit_ceil(count * 4);
    buckets_.assign(buckets, kNone);
    bucket_shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets));
    for (std::uint32_t set = 0; set < sets_; ++set) {
      const std::uint32_t first = set * ways_;
      back_[set] = static_cast<Index>(first + ways_ - 1);
      for (std::uint32_t way = 0; way < ways_; ++way) {
        slots_[first + way].set = static_cast<Index>(set);
        links_[first + way] = Link{static_cast<Index>(first + (way + ways_ - 1) % ways_),
                                   static_cast<Index>(first + (way + 1) % ways_)};
      }
    }
  }

  /// Takes the entry out of its ring and puts it between `front` and the entry before it: the back.
  void move_before(Index at, Index front) {
    const Link link = links_[at];
    links_[link.previous].next = link.next;
    links_[link.next].previous = link.previous;
    const Index back = links_[front].previous;
    links_[at] = Link{back, front};
    links_[back].next = at;
    links_[front].previous = at;
  }
  void move_to_front(Index at) {
    Index& back = back_[set_of(at)];
    if (back == at) {
      back = links_[at].previous;  // the ring turns: what was last is now first
    } else if (const Index front = links_[back].next; front != at) {
      move_before(at, front);
    }
  }
  void move_to_back(Index at) {
    Index& back = back_[set_of(at)];
    if (back == at) {
      return;
    }
    if (const Index front = links_[back].next; front != at) {
      move_before(at, front);
    }
    back = at;
  }

  std::uint32_t sets_;
  std::uint32_t ways_;
  Replacement replacement_;
  std::uint64_t random_;
  unsigned bucket_shift_ = 63;
  std::uint32_t valid_ = 0;
  Owner first_owner_;   ///< of the entry that was filled first since there was none
  bool mixed_ = false;  ///< another owner's has been filled since
  std::vector<Slot> slots_;
  std::vector<Link> links_;
  std::vector<Tag> owner_tags_;  ///< apart from the slots, for passes over all of them
  std::vector<Tag> lpid_tags_;
  std::vector<Index> buckets_ = {kNone, kNone};  ///< heads of chains; two, until there is an entry
  std::vector<Index> back_;                      ///< of each class: the entry to be replaced first
};

}  // namespace p9mmu::mmu
