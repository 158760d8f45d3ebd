// One entry of a radix table, and the geometry of the tree: which bits of an address index which level, and
// which page size a leaf of that level maps. Power ISA 3.0B, Book III 5.7.10. The entry is a value, the eight
// bytes as a host integer; where it lies and who may change it is not known here, and roots stand in
// mmu/table_entries.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mmu/address.h"

namespace p9mmu::mmu {

/// Page attributes, the ATT field of a leaf.
enum class Attribute : std::uint8_t { normal = 0, sao = 1, non_idempotent_io = 2, tolerant_io = 3 };

/// Caching inhibited; the others are memory.
[[nodiscard]] constexpr bool is_io(Attribute attribute) {
  return attribute >= Attribute::non_idempotent_io;
}

/// The eight bytes of a directory entry or leaf.
struct RadixEntry {
  // Named by the manual; Linux's name, where it differs, beside it.
  static constexpr std::uint64_t kValid = std::uint64_t{1} << 63;      ///< _PAGE_PRESENT
  static constexpr std::uint64_t kLeaf = std::uint64_t{1} << 62;       ///< _PAGE_PTE
  static constexpr std::uint64_t kSoftware0 = std::uint64_t{1} << 61;  ///< _PAGE_INVALID: being serialised
  static constexpr std::uint64_t kReference = 0x100;                   ///< R, _PAGE_ACCESSED
  static constexpr std::uint64_t kChange = 0x80;                       ///< C, _PAGE_DIRTY
  static constexpr std::uint64_t kAttributes = 0x30;                   ///< ATT
  static constexpr unsigned kAttributesShift = 4;
  static constexpr std::uint64_t kPrivileged = 0x8;  ///< EAA: not for problem state
  static constexpr std::uint64_t kRead = 0x4;        ///< EAA
  static constexpr std::uint64_t kWrite = 0x2;       ///< EAA: read and write
  static constexpr std::uint64_t kExecute = 0x1;     ///< EAA
  static constexpr std::uint64_t kAuthority = 0xF;   ///< EAA, whole
  static constexpr std::uint64_t kSoftware = 0xE00;  ///< left to software
  static constexpr std::uint64_t kDevmap = 0x800;    ///< Linux's use of the software bits
  static constexpr std::uint64_t kSpecial = 0x400;
  static constexpr std::uint64_t kSoftDirty = 0x200;
  static constexpr std::uint64_t kRealPageNumber = 0x01FFFFFFFFFFF000;  ///< RPN, of a leaf
  static constexpr std::uint64_t kNextLevelBase = 0x0FFFFFFFFFFFFF00;   ///< NLB, of a directory entry
  static constexpr std::uint64_t kNextLevelSize = 0x1F;                 ///< NLS, of a directory entry

  std::uint64_t bits = 0;

  [[nodiscard]] constexpr bool valid() const { return (bits & kValid) != 0; }
  [[nodiscard]] constexpr bool leaf() const { return (bits & kLeaf) != 0; }
  [[nodiscard]] constexpr bool reference() const { return (bits & kReference) != 0; }
  [[nodiscard]] constexpr bool change() const { return (bits & kChange) != 0; }
  [[nodiscard]] constexpr bool privileged() const { return (bits & kPrivileged) != 0; }
  [[nodiscard]] constexpr bool readable() const { return (bits & (kRead | kWrite)) != 0; }
  [[nodiscard]] constexpr bool writable() const { return (bits & kWrite) != 0; }
  [[nodiscard]] constexpr bool executable() const { return (bits & kExecute) != 0; }
  [[nodiscard]] constexpr Attribute attribute() const {
    return static_cast<Attribute>((bits & kAttributes) >> kAttributesShift);
  }
  /// Of a leaf: where its page begins; bits below the page's size are for the caller to clear.
  [[nodiscard]] constexpr std::uint64_t real_page() const { return bits & kRealPageNumber; }
  /// Of a directory entry: where the next table begins.
  [[nodiscard]] constexpr std::uint64_t next_table() const { return bits & kNextLevelBase; }
  /// Of a directory entry: how many address bits index the next table.
  [[nodiscard]] constexpr unsigned next_bits() const { return static_cast<unsigned>(bits & kNextLevelSize); }

  /// Linux's pte_present: a valid leaf, or one that is being serialised.
  [[nodiscard]] constexpr bool pte_present() const { return leaf() && (bits & (kValid | kSoftware0)) != 0; }
  /// Linux's pmd_present: valid or being serialised, leaf or not.
  [[nodiscard]] constexpr bool pmd_present() const { return (bits & (kValid | kSoftware0)) != 0; }
  /// Linux's pmd_is_serializing: taken away from the hardware, to come back.
  [[nodiscard]] constexpr bool pmd_is_serializing() const {
    return (bits & (kValid | kSoftware0)) == kSoftware0;
  }
  /// Linux's pte_none, which ignores R and C because hardware may set them behind software's back.
  [[nodiscard]] constexpr bool pte_none() const { return (bits & ~(kReference | kChange)) == 0; }

  /// A valid leaf for the page at `page`, with the given authority, R, C and attribute bits.
  [[nodiscard]] static constexpr RadixEntry make_leaf(RealAddress page, std::uint64_t flags) {
    return RadixEntry{kValid | kLeaf | (page.value() & kRealPageNumber) | flags};
  }
  /// A valid directory entry for the table at `table`, indexed by `bits` address bits.
  [[nodiscard]] static constexpr RadixEntry make_directory(RealAddress table, unsigned bits) {
    return RadixEntry{kValid | (table.value() & kNextLevelBase) | bits};
  }

  friend constexpr bool operator==(RadixEntry, RadixEntry) = default;
};

/// The levels of a tree count from the root, as in the manual: 1 is Linux's PGD, 2 PUD, 3 PMD, 4 PTE.
inline constexpr unsigned kFirstLevel = 1;
inline constexpr unsigned kLastLevel = 4;
/// An effective or guest real address has this many bits that a tree translates; POWER9 takes no other
/// number.
inline constexpr unsigned kTreeAddressBits = 52;
inline constexpr unsigned kRootBits = 13;
inline constexpr unsigned kDirectoryBits = 9;
/// Index bits of the last level: 64 KiB pages or 4 KiB pages.
inline constexpr unsigned kLastBits64K = 5;
inline constexpr unsigned kLastBits4K = 9;

/// log2 of the bytes that one entry of a table maps, for a table of `bits` index bits at `level`.
[[nodiscard]] constexpr unsigned level_shift(unsigned level, unsigned bits) {
  constexpr unsigned kFirstShift = kTreeAddressBits - kRootBits;
  constexpr unsigned kLastDirectoryShift = kFirstShift - 2 * kDirectoryBits;
  return level < kLastLevel ? kFirstShift - kDirectoryBits * (level - 1) : kLastDirectoryShift - bits;
}

/// Which entry of a table of `bits` index bits at `level` an address selects.
[[nodiscard]] constexpr std::uint64_t table_index(std::uint64_t address, unsigned level, unsigned bits) {
  return (address >> level_shift(level, bits)) & ((std::uint64_t{1} << bits) - 1);
}

/// Bytes of a table of `bits` index bits.
[[nodiscard]] constexpr std::uint64_t table_bytes(unsigned bits) {
  return std::uint64_t{8} << bits;
}

/// The page that a leaf at `level` maps, in a table of `bits` index bits; none where no leaf may be.
[[nodiscard]] constexpr std::optional<PageSize> leaf_size(unsigned level, unsigned bits) {
  switch (level) {
    case 2:
      return PageSize::k1G;
    case 3:
      return PageSize::k2M;
    case 4:
      return bits == kLastBits64K ? PageSize::k64K : PageSize::k4K;
    default:
      return std::nullopt;  // a leaf of 512 GiB: no page on POWER9
  }
}

/// Whether POWER9 has a table of `bits` index bits at `level`: 13-9-9-9 and 13-9-9-5, nothing else.
[[nodiscard]] constexpr bool table_bits_supported(unsigned level, unsigned bits) {
  switch (level) {
    case 1:
      return bits == kRootBits;
    case 2:
    case 3:
      return bits == kDirectoryBits;
    case 4:
      return bits == kLastBits4K || bits == kLastBits64K;
    default:
      return false;
  }
}

}  // namespace p9mmu::mmu
