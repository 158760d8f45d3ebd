// Migration entries (include/linux/swapops.h): what stands in a PTE while the page that it mapped is split or
// moved. To the hardware an invalid entry; to the kernel one that is not present and says which page to wait
// for. Other swap entries are not modelled.
#pragma once

#include "mmu/radix_entry.h"

namespace p9mmu::workloads {

/// _PAGE_PTE, the page's frame and, among the bits that the hardware does not look at, whether it was
/// writable.
[[nodiscard]] constexpr mmu::RadixEntry make_migration_entry(mmu::RealAddress page, bool writable) {
  return mmu::RadixEntry{mmu::RadixEntry::kLeaf | (page.value() & mmu::RadixEntry::kRealPageNumber) |
                         (writable ? mmu::RadixEntry::kWrite : 0)};
}

[[nodiscard]] constexpr bool is_migration_entry(mmu::RadixEntry entry) {
  return entry.leaf() && !entry.pte_present();
}

/// The same, no longer writable.
[[nodiscard]] constexpr mmu::RadixEntry make_migration_entry_read(mmu::RadixEntry entry) {
  return mmu::RadixEntry{entry.bits & ~mmu::RadixEntry::kWrite};
}

}  // namespace p9mmu::workloads
