// Real memory handed out by size: page-table pages and data pages. Addresses are given out upwards and reused
// last freed first, as from the kernel's per-CPU lists. It keeps of struct page only what teardown changes:
// how often a huge page is mapped. Memory pressure, zones and the buddy system's splitting are not modelled.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mmu/address.h"

namespace p9mmu::workloads {

using mmu::RealAddress;

class PageAllocator {
 public:
  /// A page table of so many bytes, 256 to 64 KiB, a power of two and aligned to it.
  RealAddress allocate_table(std::uint64_t bytes);
  void free_table(RealAddress table, std::uint64_t bytes);

  /// A data page; a 2M page comes with a compound_mapcount of 0.
  RealAddress allocate_page(mmu::PageSize size);
  void free_page(RealAddress page, mmu::PageSize size);

  /// compound_mapcount of a 2M page.
  [[nodiscard]] std::int32_t& mapcount(RealAddress huge_page) {
    return mapcounts_[(huge_page.value() - kHugePages) >> mmu::shift(mmu::PageSize::k2M)];
  }

 private:
  // Regions far apart, so that an address tells what it is: tables below 1 TiB, small pages below 2 TiB.
  static constexpr std::uint64_t kTables = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kSmallPages = std::uint64_t{1} << 40;
  static constexpr std::uint64_t kHugePages = std::uint64_t{1} << 44;
  static constexpr std::uint64_t kGiantPages = std::uint64_t{1} << 50;

  std::uint64_t next_table_ = kTables;
  std::array<std::vector<RealAddress>, 17> free_tables_;  ///< by log2 of the size
  std::array<std::uint64_t, 4> next_page_ = {kSmallPages, kSmallPages + (std::uint64_t{1} << 42), kHugePages,
                                             kGiantPages};
  std::array<std::vector<RealAddress>, 4> free_pages_;
  std::vector<std::int32_t> mapcounts_;
};

}  // namespace p9mmu::workloads
