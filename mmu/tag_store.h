// The mechanism that ERATs, TLB and walk caches share: entries found by a key and an owner (LPID and PID),
// placed in congruence classes, replaced by a policy. What a key means, and which entries an instruction
// reaches, its users know (mmu/translation_cache.h, mmu/walk_cache.h).
//
// A hash chain finds an entry whatever the associativity, so that a fully associative ERAT costs no more to
// look up than a set of four; a ring through each class keeps the order of replacement. Memory is taken with
// the first entry: a core that never translates costs nothing.
#pragma once

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
  static constexpr std::uint32_t kMostEntries = 0x8000;

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
    while (at != kNone && (slots_[at].key != key || owners_[at] != owner.value())) {
      at = slots_[at].chain;
    }
    return at;
  }

  /// Counts as a use of the entry.
  void touch(Index at) {
    if (replacement_ == Replacement::lru) {
      move_to_front(at);
    }
  }

  [[nodiscard]] Payload& operator[](Index at) { return slots_[at].payload; }
  [[nodiscard]] const Payload& operator[](Index at) const { return slots_[at].payload; }
  [[nodiscard]] Owner owner(Index at) const { return Owner(owners_[at]); }
  [[nodiscard]] std::uint32_t set_of(Index at) const { return at / ways_; }
  [[nodiscard]] std::uint32_t valid() const { return valid_; }
  [[nodiscard]] std::uint32_t capacity() const { return sets_ * ways_; }

  /// Which entry of `set` the next insertion takes; it may be a valid one, for the caller to erase.
  [[nodiscard]] Index victim(std::uint32_t set) {
    if (slots_.empty()) {
      allocate();
    }
    const Index oldest = slots_[front_[set]].previous;
    if (replacement_ != Replacement::random || slots_[oldest].key == 0) {
      return oldest;  // free entries are kept at the end of the ring
    }
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<Index>(set * ways_ + static_cast<std::uint32_t>(random_ >> 33) % ways_);
  }
  [[nodiscard]] bool is_valid(Index at) const { return slots_[at].key != 0; }

  /// Fills a free entry that `victim` named.
  void fill(Index at, std::uint64_t key, Owner owner, const Payload& payload, SnoopFilter& filter) {
    Slot& slot = slots_[at];
    slot.key = key;
    slot.payload = payload;
    owners_[at] = owner.value();
    Index& bucket = buckets_[bucket_of(key, owner)];
    slot.chain = bucket;
    bucket = at;
    move_to_front(at);
    filter.add(owner);
    ++valid_;
  }

  /// Frees a valid entry.
  void erase(Index at, SnoopFilter& filter) {
    Slot& slot = slots_[at];
    const Owner owner(owners_[at]);
    Index* link = &buckets_[bucket_of(slot.key, owner)];
    while (*link != at) {
      link = &slots_[*link].chain;
    }
    *link = slot.chain;
    slot.key = 0;
    owners_[at] = kNoOwner;
    move_to_back(at);
    filter.remove(owner);
    --valid_;
  }

  /// How many entries have `wanted` in the owner bits of `mask`, free ones perhaps included; one fast pass.
  [[nodiscard]] std::uint32_t count_owners(std::uint32_t mask, std::uint32_t wanted) const {
    std::uint32_t count = 0;
    for (const std::uint32_t owner : owners_) {
      count += (owner & mask) == wanted ? 1U : 0U;
    }
    return count;
  }

  /// Calls `visit(index)` for each valid entry that has `wanted` in the owner bits of `mask`; it may erase
  /// it.
  template <typename Visit>
  void for_owners(std::uint32_t mask, std::uint32_t wanted, Visit&& visit) {
    for (std::size_t i = 0; i < owners_.size(); ++i) {
      if ((owners_[i] & mask) == wanted && slots_[i].key != 0) {
        visit(static_cast<Index>(i));
      }
    }
  }

  /// Frees all entries at once, when each of them is `owner`'s.
  void clear_sole_owner(Owner owner, SnoopFilter& filter) {
    filter.remove(owner, valid_);
    reset();
  }

 private:
  /// Marks a free entry; also a possible owner, so that the key decides.
  static constexpr std::uint32_t kNoOwner = 0xFFFFFFFF;

  struct Slot {
    std::uint64_t key = 0;  ///< 0: free
    Index chain = kNone;
    Index previous = 0;
    Index next = 0;
    Payload payload{};
  };

  [[nodiscard]] std::size_t bucket_of(std::uint64_t key, Owner owner) const {
    const std::uint64_t mixed = key + owner.value() * std::uint64_t{0x9E3779B97F4A7C15U};
    return static_cast<std::size_t>((mixed * 0xD6E8FEB86659FD93U) >> bucket_shift_);
  }

  void allocate() {
    const std::size_t count = capacity();
    slots_.resize(count);
    owners_.resize(count);
    front_.resize(sets_);
    const std::size_t buckets = std::bit_ceil(count * 2);
    buckets_.resize(buckets);
    bucket_shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets));
    reset();
  }

  void reset() {
    for (Index& bucket : buckets_) {
      bucket = kNone;
    }
    for (std::uint32_t& owner : owners_) {
      owner = kNoOwner;
    }
    for (std::uint32_t set = 0; set < sets_; ++set) {
      const std::uint32_t first = set * ways_;
      front_[set] = static_cast<Index>(first);
      for (std::uint32_t way = 0; way < ways_; ++way) {
        Slot& slot = slots_[first + way];
        slot.key = 0;
        slot.next = static_cast<Index>(first + (way + 1) % ways_);
        slot.previous = static_cast<Index>(first + (way + ways_ - 1) % ways_);
      }
    }
    valid_ = 0;
  }

  void unlink(Index at) {
    slots_[slots_[at].previous].next = slots_[at].next;
    slots_[slots_[at].next].previous = slots_[at].previous;
  }
  /// Puts the entry between the front of its ring and the entry before it: the back.
  void link_before_front(Index at, Index front) {
    const Index back = slots_[front].previous;
    slots_[at].previous = back;
    slots_[at].next = front;
    slots_[back].next = at;
    slots_[front].previous = at;
  }
  void move_to_front(Index at) {
    Index& front = front_[set_of(at)];
    if (front != at) {
      if (slots_[front].previous != at) {
        unlink(at);
        link_before_front(at, front);
      }
      front = at;
    }
  }
  void move_to_back(Index at) {
    Index& front = front_[set_of(at)];
    if (front == at) {
      front = slots_[at].next;  // the ring turns: what was first is now last
    } else if (slots_[front].previous != at) {
      unlink(at);
      link_before_front(at, front);
    }
  }

  std::uint32_t sets_;
  std::uint32_t ways_;
  Replacement replacement_;
  std::uint64_t random_;
  unsigned bucket_shift_ = 0;
  std::uint32_t valid_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> owners_;  ///< apart from the slots, for passes over all of them
  std::vector<Index> buckets_;
  std::vector<Index> front_;  ///< of each class: the entry to be replaced last
};

}  // namespace p9mmu::mmu
