// Real memory handed out by size, page-table pages and data pages, with the struct page of each data page.
// Addresses are given out upwards and reused last freed first, as from the kernel's per-CPU lists. Memory
// pressure, zones, and the buddy system's splitting and merging are not modelled: the pieces of a huge page
// that has been split are base pages for ever.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "cpus/system.h"
#include "mmu/address.h"
#include "workloads/linux/page.h"

namespace p9mmu::workloads {

class Auditor;

class PageAllocator {
 public:
  /// Tells `auditor` of every page and table from now on.
  void set_auditor(Auditor& auditor) { auditor_ = &auditor; }
  /// From now on each CPU takes from places of its own and nothing is used twice, so that what a CPU gets
  /// does not depend on when it asks.
  void keep_cpus_apart(const cpus::System& system);

  /// A page table of so many bytes, 256 to 64 KiB, a power of two and aligned to it.
  RealAddress allocate_table(std::uint64_t bytes);
  void free_table(RealAddress table, std::uint64_t bytes);

  /// A data page with one reference and no mapping; a 2M page is compound.
  RealAddress allocate_page(PageSize size);
  /// Takes the page back, whatever its counts say.
  void free_page(RealAddress page, PageSize size);
  /// Gives one reference back; frees the page with the last one and says so.
  bool put(RealAddress page);

  /// The struct page that counts the references of the page at `address`: the compound page's head if there
  /// is one.
  [[nodiscard]] Page& head(RealAddress address);
  /// The struct page of the base page at `address` itself, in a compound page of its tail.
  [[nodiscard]] Page& page(RealAddress address, PageSize base_page);
  /// Calls `action` with the struct page of each base page of the huge page at `address`, in order.
  template <typename Action>
  void for_each_piece(RealAddress address, PageSize base_page, Action&& action) {
    Page& huge = frame(address);
    const RealAddress start = page_base(address, PageSize::k2M);
    for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M); at += mmu::bytes(base_page)) {
      action(piece(huge, start + at, base_page));
    }
  }
  /// The head's mapcount and those of all its base pages.
  [[nodiscard]] std::int32_t total_mapcount(RealAddress address);
  /// page_trans_huge_mapcount: how often the base page that is mapped most is mapped.
  [[nodiscard]] std::int32_t greatest_mapcount(RealAddress address);
  /// Where the page that `address` lies in begins: the compound page if it is one.
  [[nodiscard]] RealAddress head_address(RealAddress address);

  /// What read faults map: the one page of zeroes of a size, base or 2M, made when first asked for and never
  /// freed.
  [[nodiscard]] RealAddress zero_page(PageSize size);
  [[nodiscard]] bool is_zero_page(RealAddress address) const;

 private:
  // Regions far apart, so that an address tells what it is: tables below 1 TiB, small pages below 16 TiB.
  static constexpr std::uint64_t kTables = std::uint64_t{1} << 32;
  static constexpr std::array<std::uint64_t, 4> kPages = {std::uint64_t{1} << 40,
                                                          (std::uint64_t{1} << 40) + (std::uint64_t{1} << 42),
                                                          std::uint64_t{1} << 44, std::uint64_t{1} << 50};

  /// The size of the pages of the region that `address` lies in.
  [[nodiscard]] static PageSize region_of(RealAddress address);
  /// The struct page of that region.
  [[nodiscard]] Page& frame(RealAddress address);
  [[nodiscard]] Page& piece(Page& huge, RealAddress address, PageSize base_page);

  /// Where things of so many bytes are taken from while CPUs are kept apart.
  RealAddress take_apart(std::uint64_t first, std::size_t kind, std::uint64_t bytes);

  Auditor* auditor_ = nullptr;
  const cpus::System* apart_ = nullptr;
  std::vector<std::array<std::uint64_t, 21>> taken_apart_;  ///< by CPU and kind: how many
  std::uint64_t next_table_ = kTables;
  std::array<std::vector<RealAddress>, 17> free_tables_;  ///< by log2 of the size
  std::array<std::uint64_t, 4> next_page_ = kPages;
  std::array<std::vector<RealAddress>, 4> free_pages_;
  std::array<std::deque<Page>, 4> frames_;  ///< by size; a deque, so that a struct page stays where it is
  std::array<std::optional<RealAddress>, 4> zero_pages_;
};

}  // namespace p9mmu::workloads
