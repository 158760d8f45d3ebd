// A guest kernel's page allocator: guest real memory handed out by size, page-table pages and data pages, out
// of chunks of 2M. The guest's counterpart of workloads/linux/page_allocator.h, without struct page, because
// nothing is taken away from a guest's process.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mmu/address.h"
#include "mmu/error.h"

namespace p9mmu::workloads {

using mmu::GuestRealAddress;
using mmu::PageSize;

class GuestPages {
 public:
  /// `bytes` bytes from address 0 on, of which the kernel's image takes the first 2 MiB. The others throw
  /// UserError when the memory is used up.
  explicit GuestPages(std::uint64_t bytes) : rest_{mmu::bytes(PageSize::k2M), bytes} {}

  /// A page-table page of so many bytes, at most 64 KiB and a power of two, aligned to it.
  GuestRealAddress allocate_table(std::uint64_t bytes) { return take(tables_, bytes, PageSize::k64K); }
  /// Whether so many bytes of tables can be had from memory that tables have been given already.
  [[nodiscard]] bool has_tables(std::uint64_t bytes) const { return tables_.end - tables_.next >= bytes; }
  /// Tables are taken from that page from now on.
  void give_tables(GuestRealAddress page, PageSize size) {
    tables_ = Stock{page.value(), page.value() + mmu::bytes(size)};
  }

  GuestRealAddress allocate_page(PageSize size) {
    const auto index = static_cast<std::size_t>(size);
    if (free_[index].empty()) {
      return take(pages_[index], mmu::bytes(size), std::max(size, PageSize::k2M));
    }
    const GuestRealAddress page = free_[index].back();
    free_[index].pop_back();
    return page;
  }
  void free_page(GuestRealAddress page, PageSize size) {
    free_[static_cast<std::size_t>(size)].push_back(page);
  }

 private:
  /// Memory that was never given out.
  struct Stock {
    std::uint64_t next = 0;
    std::uint64_t end = 0;
  };

  static std::uint64_t aligned(std::uint64_t at, std::uint64_t to) { return (at + to - 1) & ~(to - 1); }

  /// From the stock, which is filled up with a page of `refill` when it is empty.
  GuestRealAddress take(Stock& stock, std::uint64_t bytes, PageSize refill) {
    if (aligned(stock.next, bytes) + bytes > stock.end) {
      const std::uint64_t next = aligned(rest_.next, mmu::bytes(refill));
      if (next + mmu::bytes(refill) > rest_.end) {
        throw mmu::UserError("all of the guest's " + std::to_string(rest_.end >> 20) +
                             " MiB of memory is in use");
      }
      stock = Stock{next, next + mmu::bytes(refill)};
      rest_.next = stock.end;
    }
    const std::uint64_t address = aligned(stock.next, bytes);
    stock.next = address + bytes;
    return GuestRealAddress(address);
  }

  Stock rest_;
  Stock tables_;
  std::array<Stock, 4> pages_;  ///< by PageSize
  std::array<std::vector<GuestRealAddress>, 4> free_;
};

}  // namespace p9mmu::workloads
