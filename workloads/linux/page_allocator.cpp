#include "workloads/linux/page_allocator.h"

#include <bit>

#include "mmu/check.h"

namespace p9mmu::workloads {
namespace {

/// The address on top of a list of free ones, or a new one from `next`.
RealAddress take(std::vector<RealAddress>& free, std::uint64_t& next, std::uint64_t bytes) {
  if (!free.empty()) {
    const RealAddress address = free.back();
    free.pop_back();
    return address;
  }
  next = (next + bytes - 1) & ~(bytes - 1);
  const RealAddress address(next);
  next += bytes;
  return address;
}

}  // namespace

RealAddress PageAllocator::allocate_table(std::uint64_t bytes) {
  P9MMU_CHECK(std::has_single_bit(bytes) && bytes >= 256 && bytes <= 65536, "bytes " << bytes);
  return take(free_tables_[static_cast<std::size_t>(std::bit_width(bytes) - 1)], next_table_, bytes);
}

void PageAllocator::free_table(RealAddress table, std::uint64_t bytes) {
  free_tables_[static_cast<std::size_t>(std::bit_width(bytes) - 1)].push_back(table);
}

RealAddress PageAllocator::allocate_page(mmu::PageSize size) {
  const auto index = static_cast<std::size_t>(size);
  const RealAddress page = take(free_pages_[index], next_page_[index], mmu::bytes(size));
  if (size == mmu::PageSize::k2M) {
    const std::size_t frame = (page.value() - kHugePages) >> mmu::shift(size);
    if (frame >= mapcounts_.size()) {
      mapcounts_.resize(frame + 1);
    }
    mapcounts_[frame] = 0;
  }
  return page;
}

void PageAllocator::free_page(RealAddress page, mmu::PageSize size) {
  free_pages_[static_cast<std::size_t>(size)].push_back(page);
}

}  // namespace p9mmu::workloads
