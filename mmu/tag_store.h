// The mechanism that ERATs, TLB and walk caches share: entries found by a key and an owner (LPID and PID),
// placed in congruence classes, replaced by a policy. What a key means, and which entries an instruction
// reaches, its users know (mmu/translation_cache.h, mmu/walk_cache.h).
//
// A hash chain finds an entry whatever the associativity, so that a fully associative ERAT costs no more to
// look up than a set of four; a ring through each class keeps the order of replacement. Memory is taken with
// the first entry: a core that never translates costs nothing.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
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
  [[nodiscard]] bool is_valid(Index at) const { return slots_[at].key != 0 && slots_[at].epoch == epoch_; }

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
      ++valid_;
    }
    slot.key = key;
    slot.owner = owner;
    slot.epoch = epoch_;
    slot.used = false;
    slot.payload = payload;
    owners_[at] = owner.value();
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
    slot.key = 0;
    owners_[at] = kNoOwner;
    move_to_back(at);
    --valid_;
  }

  /// How many entries have `wanted` in the owner bits of `mask`, free ones perhaps included; one fast pass.
  [[nodiscard]] std::uint32_t count_owners(std::uint32_t mask, std::uint32_t wanted) const {
    return count_owners_in(0, owners_.size(), mask, wanted);
  }

  /// Calls `visit(index)` for each valid entry that has `wanted` in the owner bits of `mask`; it may erase
  /// it.
  template <typename Visit>
  void for_owners(std::uint32_t mask, std::uint32_t wanted, Visit&& visit) {
    constexpr std::size_t kBlock = 32;
    for (std::size_t first = 0; first < owners_.size(); first += kBlock) {
      const std::size_t last = std::min(first + kBlock, owners_.size());
      if (count_owners_in(first, last, mask, wanted) == 0) {
        continue;
      }
      for (std::size_t i = first; i < last; ++i) {
        if ((owners_[i] & mask) == wanted && is_valid(static_cast<Index>(i))) {
          visit(static_cast<Index>(i));
        }
      }
    }
  }

  /// Whether all valid entries are `owner`'s, where count_owners() found `matching` of them.
  [[nodiscard]] bool sole_owner(Owner owner, std::uint32_t matching) const {
    return matching == valid_ && owner.value() != kNoOwner;
  }
  /// Frees all entries at once, when each of them is `owner`'s.
  void clear_sole_owner(Owner owner, SnoopFilter& filter) {
    filter.remove(owner, valid_);
    valid_ = 0;
    if (++epoch_ == 0) {  // after 2^32 times: entries of the first epoch must not come back
      for (Slot& slot : slots_) {
        slot.key = 0;
      }
    }
    std::fill(buckets_.begin(), buckets_.end(), kNone);
    std::fill(owners_.begin(), owners_.end(), kNoOwner);
  }

 private:
  [[nodiscard]] std::uint32_t count_owners_in(std::size_t first, std::size_t last, std::uint32_t mask,
                                              std::uint32_t wanted) const {
    std::uint32_t count = 0;
    for (std::size_t i = first; i < last; ++i) {
      count += (owners_[i] & mask) == wanted ? 1U : 0U;
    }
    return count;
  }

  /// Marks a free entry; also a possible owner, so that the key decides.
  static constexpr std::uint32_t kNoOwner = 0xFFFFFFFF;

  /// A whole line each, so that finding one costs a shift.
  struct alignas(64) Slot {
    std::uint64_t key = 0;  ///< 0: free
    Owner owner;
    std::uint32_t epoch = 0;  ///< another than the store's: free
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
    owners_.assign(count, kNoOwner);
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
  std::uint32_t epoch_ = 0;
  std::uint32_t valid_ = 0;
  std::vector<Slot> slots_;
  std::vector<Link> links_;
  std::vector<std::uint32_t> owners_;  ///< apart from the slots, for passes over all of them
  std::vector<Index> buckets_;
  std::vector<Index> front_;  ///< of each class: the entry to be replaced last
};

}  // namespace p9mmu::mmu
