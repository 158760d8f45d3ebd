// Which LPIDs and PIDs a core may hold anything of. POWER9 drops snooped tlbies that match neither tag of
// what a core holds; here a few counters, by hash, say so in a load and a compare. It may say yes where the
// answer is no, never the other way round.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mmu/address.h"
#include "mmu/mapping.h"

namespace p9mmu::mmu {

class SnoopFilter {
 public:
  void add(Owner owner) {
    ++owners_[owner_slot(owner)];
    ++lpids_[lpid_slot(lpid_of(owner))];
    ++total_;
  }
  void remove(Owner owner, std::uint32_t count = 1) {
    owners_[owner_slot(owner)] -= count;
    lpids_[lpid_slot(lpid_of(owner))] -= count;
    total_ -= count;
  }

  [[nodiscard]] bool may_hold(Owner owner) const { return owners_[owner_slot(owner)] != 0; }
  [[nodiscard]] bool may_hold(Lpid lpid) const { return lpids_[lpid_slot(lpid)] != 0; }
  [[nodiscard]] bool holds_anything() const { return total_ != 0; }

 private:
  static constexpr unsigned kOwnerSlotBits = 7;
  static constexpr unsigned kLpidSlotBits = 5;

  [[nodiscard]] static std::size_t owner_slot(Owner owner) {
    return (owner.value() * 0x9E3779B1U) >> (32 - kOwnerSlotBits);
  }
  [[nodiscard]] static std::size_t lpid_slot(Lpid lpid) { return lpid.value() & ((1U << kLpidSlotBits) - 1); }

  std::array<std::uint32_t, std::size_t{1} << kOwnerSlotBits> owners_{};
  std::array<std::uint32_t, std::size_t{1} << kLpidSlotBits> lpids_{};
  std::uint32_t total_ = 0;
};

}  // namespace p9mmu::mmu
