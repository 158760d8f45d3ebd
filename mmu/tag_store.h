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
    if (valid_ == 0) {
      return kNone;
    }
    Index at = buckets_[bucket_of(key, owner)];
    while (at != kNone && (slots_[at].key != key || slots_[at].owner != owner)) {
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
    Index& front = front_[set];
    Index oldest = links_[front].previous;
    if (!is_valid(oldest)) {
      return oldest;  // free entries are kept at the end of the ring
    }
    if (replacement_ == Replacement::second_chance) {
      while (slots_[oldest].used) {  // ends: each entry passed has lost its mark
        slots_[oldest].used = false;
        front = oldest;
        oldest = links_[front].previous;
      }
    } else if (replacement_ == Replacement::random) {
      random_ = random_ * 6364136223846793005U + 1442695040888963407U;
      oldest = static_cast<Index>(set * ways_ + static_cast<std::uint32_t>(random_ >> 33) % ways_);
    }
    return oldest;
  }
  [[nodiscard]] bool is_valid(Index at) const { return owner_tags_[at] != kFree; }

  /// Fills the entry that `find` or `victim` named, giving up what it held.
  void fill(Index at, std::uint64_t key, Owner owner, const Payload& payload, SnoopFilter& filter) {
    Slot& slot = slots_[at];
    if (is_valid(at)) {
      unchain(at);
      if (slot.owner != owner) {
        filter.remove(slot.owner);
        filter.add(owner);
      }
    } else {
      filter.add(owner);
      if (valid_++ == 0) {
        first_owner_ = owner;
        mixed_ = false;
      }
    }
    mixed_ = mixed_ || owner != first_owner_;
    slot.key = key;
    slot.owner = owner;
    slot.used = false;
    slot.payload = payload;
    owner_tags_[at] = tag_of(owner);
    lpid_tags_[at] = tag_of(lpid_of(owner));
    Index& bucket = buckets_[bucket_of(key, owner)];
    slot.chain = bucket;
    bucket = at;
    move_to_front(at);
  }

  /// Frees a valid entry.
  void erase(Index at, SnoopFilter& filter) {
    Slot& slot = slots_[at];
    unchain(at);
    filter.remove(slot.owner);
    owner_tags_[at] = lpid_tags_[at] = kFree;
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
      at = static_cast<const Tag*>(std::memchr(at, tag, static_cast<std::size_t>(end - at)));
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
    std::fill(owner_tags_.begin(), owner_tags_.end(), kFree);
    std::fill(lpid_tags_.begin(), lpid_tags_.end(), kFree);
  }

 private:
  /// What a pass compares first; different owners may have the same tag, but none that of a free entry.
  using Tag = std::uint8_t;
  static constexpr Tag kFree = 0;
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
    Index set = 0;
    bool used = false;  ///< since it was last passed over
    Payload payload{};
  };

  /// Neighbours in the ring of a congruence class.
  struct Link {
    Index previous = 0;
    Index next = 0;
  };

  [[nodiscard]] std::size_t bucket_of(std::uint64_t key, Owner owner) const {
    const std::uint64_t mixed = (key ^ (std::uint64_t{owner.value()} << 32)) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed >> 48) & bucket_mask_;
  }

  void unchain(Index at) {
    const Slot& slot = slots_[at];
    Index* link = &buckets_[bucket_of(slot.key, slot.owner)];
    while (*link != at) {
      link = &slots_[*link].chain;
    }
    *link = slot.chain;
  }

  void allocate() {
    const std::size_t count = capacity();
    slots_.resize(count);
    links_.resize(count);
    owner_tags_.assign(count, kFree);
    lpid_tags_.assign(count, kFree);
    front_.resize(sets_);
    const std::size_t buckets = std::bit_ceil(count * 2);
    buckets_.assign(buckets, kNone);
    bucket_mask_ = buckets - 1;
    for (std::uint32_t set = 0; set < sets_; ++set) {
      const std::uint32_t first = set * ways_;
      front_[set] = static_cast<Index>(first);
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
    Index& front = front_[set_of(at)];
    const Index before = front;
    if (before != at) {
      if (links_[before].previous != at) {
        move_before(at, before);
      }
      front = at;
    }
  }
  void move_to_back(Index at) {
    Index& front = front_[set_of(at)];
    if (front == at) {
      front = links_[at].next;  // the ring turns: what was first is now last
    } else if (links_[front].previous != at) {
      move_before(at, front);
    }
  }

  std::uint32_t sets_;
  std::uint32_t ways_;
  Replacement replacement_;
  std::uint64_t random_;
  std::size_t bucket_mask_ = 0;
  std::uint32_t valid_ = 0;
  Owner first_owner_;   ///< of the entry that was filled first since there was none
  bool mixed_ = false;  ///< another owner's has been filled since
  std::vector<Slot> slots_;
  std::vector<Link> links_;
  std::vector<Tag> owner_tags_;  ///< apart from the slots, for passes over all of them
  std::vector<Tag> lpid_tags_;
  std::vector<Index> buckets_;
  std::vector<Index> front_;  ///< of each class: the entry to be replaced last
};

}  // namespace p9mmu::mmu
