#include "mmu/radix_entry.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <tuple>

#include "mmu/table_entries.h"

namespace p9mmu::mmu {
namespace {

constexpr std::uint64_t kV = RadixEntry::kValid;
constexpr std::uint64_t kL = RadixEntry::kLeaf;
constexpr std::uint64_t kS = RadixEntry::kSoftware0;

TEST_CASE("the levels of both trees cover 52 bits and no bit twice") {
  const unsigned last = GENERATE(kLastBits4K, kLastBits64K);
  const unsigned page_bits = level_shift(4, last);
  CHECK(page_bits == (last == kLastBits4K ? 12 : 16));
  CHECK(page_bits + last + kDirectoryBits + kDirectoryBits + kRootBits == kTreeAddressBits);
  for (unsigned bit = 0; bit < kTreeAddressBits; ++bit) {
    const std::uint64_t address = std::uint64_t{1} << bit;
    int hits = bit < page_bits ? 1 : 0;
    for (unsigned level = 1; level <= 4; ++level) {
      const unsigned bits = level == 1 ? kRootBits : level == 4 ? last : kDirectoryBits;
      hits += table_index(address, level, bits) != 0 ? 1 : 0;
    }
    CAPTURE(bit);
    CHECK(hits == 1);
  }
}

TEST_CASE("a leaf's size follows from its level and its table") {
  CHECK_FALSE(leaf_size(1, kRootBits).has_value());
  CHECK(leaf_size(2, kDirectoryBits) == PageSize::k1G);
  CHECK(leaf_size(3, kDirectoryBits) == PageSize::k2M);
  CHECK(leaf_size(4, kLastBits64K) == PageSize::k64K);
  CHECK(leaf_size(4, kLastBits4K) == PageSize::k4K);
}

TEST_CASE("Linux's predicates tell an entry apart that is being serialised") {
  // entry, pte_present, pmd_present, pmd_is_serializing, pte_none
  const auto [bits, pte_present, pmd_present, serializing, none] = GENERATE(
      table<std::uint64_t, bool, bool, bool, bool>({{0, false, false, false, true},
                                                    {RadixEntry::kReference, false, false, false, true},
                                                    {kV | kL, true, true, false, false},
                                                    {kS | kL, true, true, true, false},
                                                    {kV | 0x1000, false, true, false, false},
                                                    {kV | kL | kS, true, true, false, false},
                                                    {kL, false, false, false, false}}));
  const RadixEntry entry{bits};
  CAPTURE(bits);
  CHECK(entry.pte_present() == pte_present);
  CHECK(entry.pmd_present() == pmd_present);
  CHECK(entry.pmd_is_serializing() == serializing);
  CHECK(entry.pte_none() == none);
}

TEST_CASE("a page that may be written may be read") {
  CHECK(RadixEntry{RadixEntry::kWrite}.readable());
  CHECK_FALSE(RadixEntry{RadixEntry::kExecute}.readable());
}

TEST_CASE("the entries of a captured kernel decode to what it had set up") {
  const PartitionTableEntry entry{0xC0000000027400AD, 0x800000017E00000C};
  CHECK(entry.host_radix());
  CHECK(entry.guest_radix());
  CHECK(entry.root().base == 0x2740000);
  CHECK(entry.root().supported());
  CHECK(entry.process_table_base() == 0x17E000000);
  CHECK(entry.process_table_bytes() == 16U << 20);
  const PartitionTableControl ptcr{0x17FFC0004};
  CHECK(ptcr.base() == 0x17FFC0000);
  CHECK(ptcr.table_bytes() == 64U << 10);
}

TEST_CASE("root descriptors survive encoding, and only one shape is POWER9's") {
  const RootDescriptor root = RootDescriptor::at(0x12340000);
  CHECK(root.encode() == (0x40000000000000ADU | 0x12340000U));
  const RootDescriptor back = RootDescriptor::decode(root.encode());
  CHECK(back.base == root.base);
  CHECK(back.supported());
  CHECK_FALSE(RootDescriptor{0x12340000, 12, 52}.supported());
  CHECK_FALSE(RootDescriptor{0x12340000, 13, 51}.supported());
  CHECK_FALSE(RootDescriptor{0x12340100, 13, 52}.supported());
  CHECK_FALSE(RootDescriptor::decode(0).supported());
}

}  // namespace
}  // namespace p9mmu::mmu
