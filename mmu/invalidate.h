// The operands of tlbie and tlbiel for radix, decoded: RIC, PRS, R and what RB and RS say. Which of them are
// invalid forms is said here; what a valid one does to a core is in mmu/core_mmu.h, and when it reaches that
// core is the interconnect's. Power ISA 3.0B, Book III 5.9.3.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/address.h"
#include "mmu/mapping.h"
#include "mmu/strong.h"

namespace p9mmu::mmu {

/// RIC: which of the caches.
enum class InvalidateCaches : std::uint8_t {
  tlb = 0,          ///< TLB and ERATs
  walk_cache = 1,   ///< page-walk cache
  all = 2,          ///< both, and cached partition or process table entries
  tlb_cluster = 3,  ///< TLB entries of the smaller pages that fill one larger page
};

/// IS: how much of them.
enum class InvalidateScope : std::uint8_t { page = 0, pid = 1, lpid = 2, everything = 3 };

/// Why a form may not be executed.
enum class InvalidateForm : std::uint8_t {
  valid,
  invalid,              ///< rejected: nothing is invalidated
  boundedly_undefined,  ///< hardware may do anything harmless; here nothing is invalidated
};

/// AP: the page size as RB names it.
[[nodiscard]] constexpr std::uint64_t actual_page_encoding(PageSize size) {
  switch (size) {
    case PageSize::k4K:
      return 0;
    case PageSize::k64K:
      return 5;
    case PageSize::k2M:
      return 1;
    case PageSize::k1G:
      return 2;
  }
  return 0;
}
[[nodiscard]] constexpr std::optional<PageSize> actual_page_size(std::uint64_t encoding) {
  switch (encoding) {
    case 0:
      return PageSize::k4K;
    case 5:
      return PageSize::k64K;
    case 1:
      return PageSize::k2M;
    case 2:
      return PageSize::k1G;
    default:
      return std::nullopt;
  }
}

struct TlbInvalidate {
  InvalidateCaches ric = InvalidateCaches::tlb;
  bool process_scoped = true;  ///< PRS
  bool radix = true;           ///< R
  InvalidateScope scope = InvalidateScope::page;
  std::optional<PageSize> page_size =
      PageSize::k4K;  ///< AP, with InvalidateScope::page; none: a reserved encoding
  std::uint64_t page_address =
      0;  ///< EPN, an effective or with PRS=0 a guest real address; with InvalidateScope::page
  std::uint32_t set = 0;  ///< SET, of tlbiel with any other scope
  Lpid lpid;
  Pid pid;

  /// RB as software writes it for tlbie, or with `local` for tlbiel.
  [[nodiscard]] std::uint64_t encode_rb(bool local = false) const;
  /// RS as software writes it: PID in the high word, LPID in the low.
  [[nodiscard]] std::uint64_t encode_rs() const;
  /// From an instruction of the hypervisor: RS names both LPID and PID.
  [[nodiscard]] static TlbInvalidate decode(std::uint64_t rb, std::uint64_t rs, unsigned ric,
                                            bool process_scoped, bool radix);
  /// From tlbiel, or from a guest's instruction: the LPID is LPIDR's, RS names the PID.
  [[nodiscard]] static TlbInvalidate decode_in_partition(std::uint64_t rb, std::uint64_t rs, unsigned ric,
                                                         bool process_scoped, bool radix, Lpid lpidr);

  [[nodiscard]] InvalidateForm form() const;
  /// What an entry's owner has to have in common with `lpid` and `pid` to be reached.
  [[nodiscard]] OwnerBits owner_bits() const;

  // The forms that Linux's radix flush routines use, and the hypervisor's.
  [[nodiscard]] static TlbInvalidate for_page(Lpid lpid, Pid pid, EffectiveAddress ea, PageSize size);
  [[nodiscard]] static TlbInvalidate for_pid(Lpid lpid, Pid pid, InvalidateCaches ric);
  [[nodiscard]] static TlbInvalidate for_guest_page(Lpid lpid, GuestRealAddress address, PageSize size);
  [[nodiscard]] static TlbInvalidate for_lpid(Lpid lpid, bool process_scoped, InvalidateCaches ric);

  friend bool operator==(const TlbInvalidate&, const TlbInvalidate&) = default;
};

}  // namespace p9mmu::mmu
