// A finished translation of one page, apart from who asks for it: what the walk finds, what the ERATs and the
// TLB hold. Also the quadrants: which LPID and PID an effective address belongs to. Not an access: whether
// one is permitted depends on the asker's state and is `permits` here; why it is not, and with which bits, is
// mmu/walk.h.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/access.h"
#include "mmu/address.h"
#include "mmu/radix_entry.h"

namespace p9mmu::mmu {

/// LPID and PID in one word: the tag of everything that is cached.
using Owner = Strong<struct OwnerTag, std::uint32_t>;

[[nodiscard]] constexpr Owner owner_of(Lpid lpid, Pid pid) {
  return Owner((lpid.value() << kPidBits) | (pid.value() & ((1U << kPidBits) - 1)));
}
[[nodiscard]] constexpr Lpid lpid_of(Owner owner) {
  return Lpid(owner.value() >> kPidBits);
}
[[nodiscard]] constexpr Pid pid_of(Owner owner) {
  return Pid(owner.value() & ((1U << kPidBits) - 1));
}

/// How much of an owner decides whether an instruction reaches what is cached for it.
enum class OwnerBits : std::uint8_t { none, lpid, lpid_and_pid };

[[nodiscard]] constexpr bool agree(OwnerBits bits, Owner a, Owner b) {
  return bits == OwnerBits::none || (bits == OwnerBits::lpid ? lpid_of(a) == lpid_of(b) : a == b);
}

/// Which trees a translation came through.
enum class Scope : std::uint8_t {
  process,    ///< the hypervisor's own: process-scoped alone
  nested,     ///< a guest's: process-scoped, each of its addresses through the partition-scoped tree
  partition,  ///< guest real mode: partition-scoped alone
};

/// The part of an effective address that a tree translates; the two bits above it choose the quadrant.
[[nodiscard]] constexpr std::uint64_t tree_address(EffectiveAddress ea) {
  return ea.value() & ((std::uint64_t{1} << kTreeAddressBits) - 1);
}

/// Whose tree translates `ea` with relocation on; none where a segment interrupt is due (ISA Book III 5.7.5).
[[nodiscard]] constexpr std::optional<Owner> quadrant_owner(const Context& context, EffectiveAddress ea) {
  constexpr std::uint64_t kMustBeZero = 0x3FF0000000000000;  // EA bits 2 to 11
  if ((ea.value() & kMustBeZero) != 0) {
    return std::nullopt;
  }
  const unsigned quadrant = static_cast<unsigned>(ea.value() >> 62);
  const bool kernel = quadrant >= 2;
  const bool outer = quadrant == 0 || quadrant == 3;
  if (!context.hypervisor && !outer) {
    return std::nullopt;
  }
  const Lpid lpid = context.hypervisor && outer ? Lpid(0) : context.lpidr;
  return owner_of(lpid, kernel ? Pid(0) : context.pidr);
}

struct Mapping {
  // Rights: the entry's authority bits, and beside them what else a hit has to know.
  static constexpr std::uint8_t kPrivileged = RadixEntry::kPrivileged;
  static constexpr std::uint8_t kRead = RadixEntry::kRead;
  static constexpr std::uint8_t kWrite = RadixEntry::kWrite;
  static constexpr std::uint8_t kExecute = RadixEntry::kExecute;
  static constexpr std::uint8_t kChanged = 0x10;  ///< every leaf has C set: a store needs no update

  std::uint64_t page = 0;         ///< first byte, of the tree's address or in guest real mode guest real
  std::uint64_t guest_page = 0;   ///< the same page, guest real; meaningless for Scope::process
  std::uint64_t real_page = 0;    ///< the same page, real
  PageSize size = PageSize::k4K;  ///< the smaller of the two below
  PageSize process_size = PageSize::k4K;    ///< of the process-scoped leaf
  PageSize partition_size = PageSize::k4K;  ///< of the partition-scoped leaf
  Scope scope = Scope::process;
  std::uint8_t rights = 0;
  Attribute attribute = Attribute::normal;

  /// Whether the access needs neither a fault nor an update of R or C.
  [[nodiscard]] constexpr bool permits(const Context& context, Access access) const {
    const bool privileged = (rights & kPrivileged) != 0;
    if (context.problem_state && privileged) {
      return false;
    }
    const bool keyed = !context.problem_state && !privileged && scope != Scope::partition;
    switch (access) {
      case Access::load_reserve:
        if (is_io(attribute)) {
          return false;
        }
        [[fallthrough]];
      case Access::load:
        return (rights & kRead) != 0 && !(keyed && (context.amr & Context::kNoRead) != 0);
      case Access::store_conditional:
        if (is_io(attribute)) {
          return false;
        }
        [[fallthrough]];
      case Access::store:
        return (rights & (kWrite | kChanged)) == (kWrite | kChanged) &&
               !(keyed && (context.amr & Context::kNoWrite) != 0);
      case Access::fetch:
        return (rights & kExecute) != 0 && !(keyed && (context.iamr & Context::kNoExecute) != 0);
    }
    return false;
  }
  [[nodiscard]] constexpr RealAddress address_of(EffectiveAddress ea) const {
    return RealAddress(real_page | (ea.value() & ((std::uint64_t{1} << shift(size)) - 1)));
  }
};

}  // namespace p9mmu::mmu
