// The entries above the trees: the partition table control register (PTCR), partition table entries (PATE),
// process table entries (PRTE) and the root descriptor that the last two share. Power ISA 3.0B, Book
// III 5.7.6. Encoding and decoding only; nothing here reads memory.
#pragma once

#include <cstdint>

#include "mmu/address.h"
#include "mmu/radix_entry.h"

namespace p9mmu::mmu {

/// Where a radix tree begins: double word 0 of a PATE or PRTE.
struct RootDescriptor {
  static constexpr std::uint64_t kBase = 0x0FFFFFFFFFFFFF00;  ///< RPDB
  static constexpr std::uint64_t kSize = 0x1F;                ///< RPDS
  static constexpr std::uint64_t kRtsHigh = 0x6000000000000000;
  static constexpr std::uint64_t kRtsLow = 0xE0;
  static constexpr unsigned kRtsBias = 31;

  std::uint64_t base = 0;     ///< of the root table: real, or guest real when a guest wrote it
  unsigned root_bits = 0;     ///< address bits that index the root table
  unsigned address_bits = 0;  ///< address bits that the tree translates: RTS + 31

  [[nodiscard]] static constexpr RootDescriptor decode(std::uint64_t word) {
    const std::uint64_t rts = ((word & kRtsHigh) >> 58) | ((word & kRtsLow) >> 5);
    return RootDescriptor{word & kBase, static_cast<unsigned>(word & kSize),
                          static_cast<unsigned>(rts) + kRtsBias};
  }
  [[nodiscard]] constexpr std::uint64_t encode() const {
    const std::uint64_t rts = address_bits - kRtsBias;
    return ((rts << 58) & kRtsHigh) | ((rts << 5) & kRtsLow) | (base & kBase) | (root_bits & kSize);
  }
  /// What POWER9 takes: 52 bits, of which 13 index the root, and a root aligned to its size.
  [[nodiscard]] constexpr bool supported() const {
    return address_bits == kTreeAddressBits && root_bits == kRootBits &&
           (base & (table_bytes(kRootBits) - 1)) == 0;
  }
  /// The only shape of tree that POWER9 has, rooted at `base`.
  [[nodiscard]] static constexpr RootDescriptor at(std::uint64_t base) {
    return RootDescriptor{base, kRootBits, kTreeAddressBits};
  }
};

/// PTCR: where the partition table is.
struct PartitionTableControl {
  static constexpr std::uint64_t kBase = 0x0FFFFFFFFFFFF000;  ///< PATB
  static constexpr std::uint64_t kSize = 0x1F;                ///< PATS
  static constexpr std::uint64_t kEntryBytes = 16;

  std::uint64_t value = 0;

  [[nodiscard]] constexpr std::uint64_t base() const { return value & kBase; }
  /// Bytes of the table: 2^(12 + PATS).
  [[nodiscard]] constexpr std::uint64_t table_bytes() const { return std::uint64_t{4096} << (value & kSize); }
  [[nodiscard]] static constexpr PartitionTableControl at(RealAddress base, unsigned size_log2) {
    return PartitionTableControl{(base.value() & kBase) | ((size_log2 - 12) & kSize)};
  }
  friend constexpr bool operator==(PartitionTableControl, PartitionTableControl) = default;
};

/// PATE: the partition-scoped tree and the process table of one LPID.
struct PartitionTableEntry {
  static constexpr std::uint64_t kHostRadix = std::uint64_t{1} << 63;     ///< HR, double word 0
  static constexpr std::uint64_t kGuestRadix = std::uint64_t{1} << 63;    ///< GR, double word 1
  static constexpr std::uint64_t kProcessTableBase = 0x0FFFFFFFFFFFF000;  ///< PRTB
  static constexpr std::uint64_t kProcessTableSize = 0x1F;                ///< PRTS
  static constexpr unsigned kLargestProcessTableSize = 24;                ///< beyond it, PRTS is malformed

  std::uint64_t word0 = 0;
  std::uint64_t word1 = 0;

  [[nodiscard]] constexpr bool host_radix() const { return (word0 & kHostRadix) != 0; }
  [[nodiscard]] constexpr bool guest_radix() const { return (word1 & kGuestRadix) != 0; }
  [[nodiscard]] constexpr RootDescriptor root() const { return RootDescriptor::decode(word0); }
  [[nodiscard]] constexpr std::uint64_t process_table_base() const { return word1 & kProcessTableBase; }
  [[nodiscard]] constexpr unsigned process_table_size() const {
    return static_cast<unsigned>(word1 & kProcessTableSize);
  }
  /// Bytes of the process table: 2^(12 + PRTS).
  [[nodiscard]] constexpr std::uint64_t process_table_bytes() const {
    return std::uint64_t{4096} << process_table_size();
  }
  /// A radix partition whose process table of 2^`process_table_log2` bytes lies at `process_table`.
  [[nodiscard]] static constexpr PartitionTableEntry make(RootDescriptor root, std::uint64_t process_table,
                                                          unsigned process_table_log2) {
    return PartitionTableEntry{kHostRadix | root.encode(),
                               kGuestRadix | (process_table & kProcessTableBase) | (process_table_log2 - 12)};
  }
  friend constexpr bool operator==(const PartitionTableEntry&, const PartitionTableEntry&) = default;
};

/// Bytes of a PRTE, of which radix uses the first eight: a root descriptor.
inline constexpr std::uint64_t kProcessTableEntryBytes = 16;

}  // namespace p9mmu::mmu
