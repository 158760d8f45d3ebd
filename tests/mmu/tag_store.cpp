#include "mmu/tag_store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace p9mmu::mmu {
namespace {

using Store = TagStore<std::uint64_t>;
constexpr Owner kOwner(77);

/// Looks a key up, filling it in if it is not there; whether it was.
bool access(Store& store, std::uint64_t key, SnoopFilter& filter) {
  const auto at = store.find(key, kOwner);
  if (at != Store::kNone) {
    store.touch(at);
    return true;
  }
  store.fill(store.victim(0), key, kOwner, key, filter);
  return false;
}

TEST_CASE("the policy decides which entry of a full class makes room") {
  // Keys 1 to 4 fill the class, then 1 is used again; which key does 5 push out?
  const auto [policy, lost] = GENERATE(table<Replacement, std::uint64_t>(
      {{Replacement::lru, 2}, {Replacement::round_robin, 1}, {Replacement::second_chance, 2}}));
  Store store(1, 4, policy, 1);
  SnoopFilter filter;
  for (const std::uint64_t key : {1U, 2U, 3U, 4U, 1U, 5U}) {
    access(store, key, filter);
  }
  for (std::uint64_t key = 1; key <= 5; ++key) {
    CAPTURE(key);
    CHECK((store.find(key, kOwner) == Store::kNone) == (key == lost));
  }
}

TEST_CASE("second chance gives way to the oldest when all were used") {
  Store store(1, 3, Replacement::second_chance, 1);
  SnoopFilter filter;
  for (const std::uint64_t key : {1U, 2U, 3U, 3U, 1U, 2U, 4U}) {
    access(store, key, filter);
  }
  CHECK(store.find(1, kOwner) == Store::kNone);
  CHECK(store.find(4, kOwner) != Store::kNone);
}

TEST_CASE("a free entry is taken before any valid one makes room") {
  const Replacement policy =
      GENERATE(Replacement::lru, Replacement::round_robin, Replacement::second_chance, Replacement::random);
  Store store(1, 8, policy, 1);
  SnoopFilter filter;
  for (std::uint64_t key = 1; key <= 8; ++key) {
    access(store, key, filter);
  }
  for (const std::uint64_t key : {3U, 6U}) {
    store.erase(store.find(key, kOwner), filter);
  }
  access(store, 11, filter);
  access(store, 12, filter);
  for (const std::uint64_t key : {1U, 2U, 4U, 5U, 7U, 8U, 11U, 12U}) {
    CAPTURE(key);
    CHECK(store.find(key, kOwner) != Store::kNone);
  }
}

TEST_CASE("the same seed replaces the same entries at random") {
  const auto survivors = [](std::uint32_t seed) {
    Store store(1, 16, Replacement::random, seed);
    SnoopFilter filter;
    for (std::uint64_t key = 1; key <= 200; ++key) {
      access(store, key, filter);
    }
    std::vector<std::uint64_t> keys;
    for (std::uint64_t key = 1; key <= 200; ++key) {
      if (store.find(key, kOwner) != Store::kNone) {
        keys.push_back(key);
      }
    }
    return keys;
  };
  CHECK(survivors(1) == survivors(1));
  CHECK(survivors(1) != survivors(2));
}

TEST_CASE("the snoop filter counts exactly what the store holds") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Store store(4, 4, Replacement::lru, 1);
  SnoopFilter filter;
  // The largest and the smallest owner among them.
  const std::vector<Owner> owners = {owner_of(Lpid(0), Pid(1)), owner_of(Lpid(0xFFF), Pid(0xFFFFF)),
                                     owner_of(Lpid(3), Pid(0))};
  for (int step = 0; step < 5000; ++step) {
    const Owner owner = owners[random() % owners.size()];
    const std::uint64_t key = 1 + random() % 12;
    const auto at = store.find(key, owner);
    if (random() % 64 == 0) {
      if (store.belongs_to(owner)) {
        store.clear(filter);
      } else {
        store.for_owners(OwnerBits::lpid_and_pid, owner, [&](auto i) { store.erase(i, filter); });
      }
      REQUIRE_FALSE((store.find(key, owner) != Store::kNone));
    } else if (at != Store::kNone) {
      store.erase(at, filter);
    } else {
      store.fill(store.victim(static_cast<std::uint32_t>(key % 4)), key, owner, key, filter);
    }
    REQUIRE(filter.holds_anything() == (store.valid() != 0));
  }
  for (const Owner owner : owners) {
    store.for_owners(OwnerBits::lpid_and_pid, owner, [&](auto i) { store.erase(i, filter); });
  }
  CHECK(store.valid() == 0);
  CHECK_FALSE(filter.holds_anything());
  for (const Owner owner : owners) {
    CHECK_FALSE(filter.may_hold(owner));
    CHECK_FALSE(filter.may_hold(lpid_of(owner)));
  }
}

TEST_CASE("a pass over a store visits the valid entries whose owners agree, each once, and no others") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  // LPIDs 128 apart and many PIDs, so that different owners share tags.
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  const auto any_owner = [&] { return owner_of(Lpid(1 + below(3) * 128), Pid(below(400))); };
  const OwnerBits bits = GENERATE(OwnerBits::none, OwnerBits::lpid, OwnerBits::lpid_and_pid);
  Store store(8, 8, Replacement::round_robin, 1);
  SnoopFilter filter;
  std::map<std::uint64_t, Owner> kept;  // by payload, which is as good as the place
  for (std::uint64_t key = 1; key <= 300; ++key) {
    const auto at = store.victim(static_cast<std::uint32_t>(key % 8));
    if (store.is_valid(at)) {
      kept.erase(store[at]);
    }
    const Owner owner = any_owner();
    store.fill(at, key, owner, key, filter);
    kept.emplace(key, owner);
    if (random() % 3 == 0) {
      store.erase(at, filter);
      kept.erase(key);
    }
  }
  for (int pass = 0; pass < 200; ++pass) {
    const Owner wanted = pass % 2 == 0 ? kept.begin()->second : any_owner();
    std::vector<std::uint64_t> visited;
    store.for_owners(bits, wanted, [&](auto at) { visited.push_back(store[at]); });
    std::vector<std::uint64_t> expected;
    for (const auto& [key, owner] : kept) {
      if (agree(bits, owner, wanted)) {
        expected.push_back(key);
      }
    }
    std::sort(visited.begin(), visited.end());
    REQUIRE(visited == expected);
  }
}

TEST_CASE("a store belongs to one owner until another's entry comes, and again after it was empty") {
  constexpr Owner kOther(78);
  Store store(1, 4, Replacement::lru, 1);
  SnoopFilter filter;
  CHECK_FALSE(store.belongs_to(Owner()));
  access(store, 1, filter);
  access(store, 2, filter);
  CHECK(store.belongs_to(kOwner));
  CHECK_FALSE(store.belongs_to(kOther));
  store.fill(store.victim(0), 3, kOther, 3, filter);
  CHECK_FALSE(store.belongs_to(kOwner));
  store.for_owners(OwnerBits::none, Owner(), [&](auto at) { store.erase(at, filter); });
  store.fill(store.victim(0), 3, kOther, 3, filter);
  CHECK(store.belongs_to(kOther));
}

}  // namespace
}  // namespace p9mmu::mmu
