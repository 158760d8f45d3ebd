// A finished translation of one page, apart from who asks for it: what the walk finds, what the ERATs and the
// TLB hold. Also the quadrants: which LPID and PID an effective address belongs to. Not an access: whether
// one is permitted depends on the asker's state and is `permits` here; why it is not, and with which bits, is
// mmu/walk.h.
#pragma once

#include <array>
#include <cstddef>
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

/// Whether `ea` is in quadrant 0 or 3, the two that a guest has.
[[nodiscard]] constexpr bool in_outer_quadrant(EffectiveAddress ea) {
  return (((ea.value() >> 62) + 1) & 2) == 0;
}
/// Whether `ea` is in a quadrant that there is, bits 2 to 11 being zero; a segment interrupt is due if not
/// (ISA Book III 5.7.5). With relocation on.
[[nodiscard]] constexpr bool in_quadrant(const Context& context, EffectiveAddress ea) {
  constexpr std::uint64_t kMustBeZero = 0x3FF0000000000000;
  return (ea.value() & kMustBeZero) == 0 && (context.hypervisor || in_outer_quadrant(ea));
}
/// Whose tree translates an `ea` that is in a quadrant: quadrants 2 and 3 are the kernel's, the outer two of
/// a hypervisor its own. Without branches, because each access asks.
[[nodiscard]] constexpr Owner owner_in_quadrant(const Context& context, EffectiveAddress ea) {
  const bool own = context.hypervisor && in_outer_quadrant(ea);
  const auto if_user = static_cast<std::uint32_t>((ea.value() >> 63) - 1);  // all ones, or 0 for the kernel
  return owner_of(Lpid(context.lpidr.value() & (own ? 0U : ~0U)), Pid(context.pidr.value() & if_user));
}

/// Whose tree translates `ea` with relocation on; none where a segment interrupt is due.
[[nodiscard]] constexpr std::optional<Owner> quadrant_owner(const Context& context, EffectiveAddress ea) {
  return in_quadrant(context, ea) ? std::optional(owner_in_quadrant(context, ea)) : std::nullopt;
}

/// What an access asks of a mapping's rights, so that a look-up compares once: of the rights in `asked`,
/// exactly those in `wanted`.
struct Demand {
  std::uint8_t asked = 0;
  std::uint8_t wanted = 0;
};

struct Mapping {
  // Rights: the entry's authority bits, and beside them what else a hit has to know.
  static constexpr std::uint8_t kPrivileged = RadixEntry::kPrivileged;
  static constexpr std::uint8_t kRead = RadixEntry::kRead;
  static constexpr std::uint8_t kWrite = RadixEntry::kWrite;
  static constexpr std::uint8_t kExecute = RadixEntry::kExecute;
  static constexpr std::uint8_t kChanged = 0x10;  ///< every leaf has C set: a store needs no update
  static constexpr std::uint8_t kKeyed = 0x20;    ///< key 0 of AMR and IAMR counts for privileged accesses
  static constexpr std::uint8_t kIo = 0x40;       ///< not for accesses that need memory

  /// Of each kind of access, apart from privilege and keys.
  static constexpr std::array<Demand, 5> kDemands = {{{kRead, kRead},
                                                      {kWrite | kChanged, kWrite | kChanged},
                                                      {kExecute, kExecute},
                                                      {kRead | kIo, kRead},
                                                      {kWrite | kChanged | kIo, kWrite | kChanged}}};

  std::uint64_t page = 0;         ///< first byte, of the tree's address or in guest real mode guest real
  std::uint64_t guest_page = 0;   ///< the same page, guest real; meaningless for Scope::process
  std::uint64_t real_page = 0;    ///< the same page, real
  PageSize size = PageSize::k4K;  ///< the smaller of the two below
  PageSize process_size = PageSize::k4K;    ///< of the process-scoped leaf
  PageSize partition_size = PageSize::k4K;  ///< of the partition-scoped leaf
  Scope scope = Scope::process;
  std::uint8_t rights = 0;
  Attribute attribute = Attribute::normal;

  /// Whether an access with that demand needs neither a fault nor an update of R or C.
  [[nodiscard]] constexpr bool permits(Demand demand) const {
    return (rights & demand.asked) == demand.wanted;
  }
  [[nodiscard]] constexpr bool permits(const Context& context, Access access) const {
    return permits(demand_of(context, access));
  }
  [[nodiscard]] static constexpr Demand demand_of(const Context& context, Access access) {
    const Demand of_kind = kDemands[static_cast<std::size_t>(access)];
    unsigned asked = of_kind.asked;
    if (context.problem_state) {
      asked |= kPrivileged;
    } else if (context.key_denies(access)) {
      asked |= kKeyed;
    }
    return Demand{static_cast<std::uint8_t>(asked), of_kind.wanted};
  }
  [[nodiscard]] constexpr RealAddress address_of(EffectiveAddress ea) const {
    return RealAddress(real_page | (ea.value() & ((std::uint64_t{1} << shift(size)) - 1)));
  }
};

}  // namespace p9mmu::mmu
