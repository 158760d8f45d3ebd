// Leaves put into a radix tree by whoever alone may write to it: a hypervisor's partition-scoped tree, a
// guest kernel's own. Entries are stored when it is called; what that costs, and what order others see, is
// the caller's. A host process's tree is workloads/linux/mm.h's.
#pragma once

#include <cstdint>

#include "cpus/system.h"
#include "mmu/radix_entry.h"

namespace p9mmu::workloads {

using mmu::PageSize;
using mmu::RadixEntry;
using mmu::RealAddress;

/// Where the way to an address ends: at a leaf, or at an entry that is not valid.
struct EndOfWay {
  RadixEntry entry;
  unsigned level;
};

/// `root` and what directories hold are addresses that `place(address)` turns into real ones.
template <typename Place>
[[nodiscard]] EndOfWay find_end(const mmu::RealMemory& memory, std::uint64_t root, std::uint64_t address,
                                Place&& place) {
  std::uint64_t table = root;
  unsigned bits = mmu::kRootBits;
  for (unsigned level = mmu::kFirstLevel;; ++level) {
    const RadixEntry entry{memory.read64(place(table + 8 * mmu::table_index(address, level, bits)))};
    if (!entry.valid() || entry.leaf() || level == mmu::kLastLevel) {
      return EndOfWay{entry, level};
    }
    table = entry.next_table();
    bits = entry.next_bits();
  }
}

/// Stores the leaf of a page of `size`, and directories where they are missing; tables of so many bytes come
/// from `allocate(bytes)`, those of the last level are indexed by `last_bits`.
template <typename Place, typename Allocate>
void put_leaf(cpus::System& system, std::uint64_t root, std::uint64_t address, PageSize size,
              unsigned last_bits, RadixEntry leaf, Place&& place, Allocate&& allocate) {
  const unsigned leaf_level = size == PageSize::k1G ? 2 : size == PageSize::k2M ? 3 : mmu::kLastLevel;
  std::uint64_t table = root;
  unsigned bits = mmu::kRootBits;
  for (unsigned level = mmu::kFirstLevel;; ++level) {
    const RealAddress entry = place(table + 8 * mmu::table_index(address, level, bits));
    if (level == leaf_level) {
      system.store_table_word(system.running(), entry, leaf.bits);
      return;
    }
    RadixEntry directory{system.memory().read64(entry)};
    if (!directory.valid()) {
      const unsigned next = level + 1 < mmu::kLastLevel ? mmu::kDirectoryBits : last_bits;
      directory = RadixEntry::make_directory(RealAddress(allocate(mmu::table_bytes(next))), next);
      system.store_table_word(system.running(), entry, directory.bits);
    }
    table = directory.next_table();
    bits = directory.next_bits();
  }
}

}  // namespace p9mmu::workloads
