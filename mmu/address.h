// Addresses, page sizes and address-space ids. The three kinds of address are three types: an effective
// address is what a program uses, a guest real address what a guest believes to be memory, a real address
// what the memory controllers see.
#pragma once

#include <cstdint>

#include "mmu/strong.h"

namespace p9mmu::mmu {

using EffectiveAddress = Strong<struct EffectiveAddressTag, std::uint64_t>;
using GuestRealAddress = Strong<struct GuestRealAddressTag, std::uint64_t>;
using RealAddress = Strong<struct RealAddressTag, std::uint64_t>;

/// Logical partition id, 12 bits; 0 is the hypervisor. Power ISA 3.0B, Book III 2.2.
using Lpid = Strong<struct LpidTag, std::uint32_t>;
/// Process id, 20 bits; 0 is the kernel. Power ISA 3.0B, Book III 5.7.
using Pid = Strong<struct PidTag, std::uint32_t>;

inline constexpr unsigned kLpidBits = 12;
inline constexpr unsigned kPidBits = 20;

/// The page sizes that a radix tree on POWER9 can hold.
enum class PageSize : std::uint8_t { k4K, k64K, k2M, k1G };

/// log2 of the page's bytes.
[[nodiscard]] constexpr unsigned shift(PageSize size) {
  constexpr std::uint32_t kShifts = 12U | 16U << 8 | 21U << 16 | 30U << 24;  // a byte for each size
  return kShifts >> (8 * static_cast<unsigned>(size)) & 0xFF;
}

[[nodiscard]] constexpr std::uint64_t bytes(PageSize size) {
  return std::uint64_t{1} << shift(size);
}

[[nodiscard]] constexpr const char* name(PageSize size) {
  switch (size) {
    case PageSize::k4K:
      return "4K";
    case PageSize::k64K:
      return "64K";
    case PageSize::k2M:
      return "2M";
    case PageSize::k1G:
      return "1G";
  }
  return "?";
}

/// `address` moved by `bytes`; the result wraps as the hardware's adders do.
template <typename Tag>
[[nodiscard]] constexpr Strong<Tag, std::uint64_t> operator+(Strong<Tag, std::uint64_t> address,
                                                             std::uint64_t bytes) {
  return Strong<Tag, std::uint64_t>(address.value() + bytes);
}

/// The first byte of the page of `size` that holds `address`.
template <typename Tag>
[[nodiscard]] constexpr Strong<Tag, std::uint64_t> page_base(Strong<Tag, std::uint64_t> address,
                                                             PageSize size) {
  return Strong<Tag, std::uint64_t>(address.value() & ~(bytes(size) - 1));
}

}  // namespace p9mmu::mmu
