#include "workloads/linux/page_allocator.h"

#include <algorithm>
#include <bit>

#include "mmu/check.h"
#include "workloads/linux/auditor.h"

namespace p9mmu::workloads {
namespace {

constexpr std::uint64_t kHugeBytes = mmu::bytes(PageSize::k2M);

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

std::uint64_t pieces_of(const Page& huge) {
  return kHugeBytes >> mmu::shift(huge.piece_size);
}

}  // namespace

void PageAllocator::keep_cpus_apart(const cpus::System& system) {
  for (const PageSize size : {PageSize::k4K, PageSize::k64K, PageSize::k2M}) {
    (void)zero_page(size);  // where it lies must not depend on who needs it first
  }
  apart_ = &system;
  taken_apart_.resize(system.cpus());
}

RealAddress PageAllocator::take_apart(std::uint64_t first, std::size_t kind, std::uint64_t bytes) {
  const std::uint32_t cpu = apart_->running().value();
  const std::uint64_t begin = (first + bytes - 1) & ~(bytes - 1);
  return RealAddress(begin + (taken_apart_[cpu][kind]++ * taken_apart_.size() + cpu) * bytes);
}

RealAddress PageAllocator::allocate_table(std::uint64_t bytes) {
  P9MMU_CHECK(std::has_single_bit(bytes) && bytes >= 256 && bytes <= 65536, "bytes " << bytes);
  const auto kind = static_cast<std::size_t>(std::bit_width(bytes) - 1);
  // Sizes must not overlap where each counts for itself.
  const RealAddress table = apart_ != nullptr
                                ? take_apart(next_table_ + (std::uint64_t{kind} << 32), kind, bytes)
                                : take(free_tables_[kind], next_table_, bytes);
  if (auditor_ != nullptr) {
    auditor_->table_allocated(table, bytes);
  }
  return table;
}

void PageAllocator::free_table(RealAddress table, std::uint64_t bytes) {
  if (auditor_ != nullptr) {
    auditor_->table_freed(table);
  }
  free_tables_[static_cast<std::size_t>(std::bit_width(bytes) - 1)].push_back(table);
}

RealAddress PageAllocator::allocate_page(PageSize size) {
  const auto index = static_cast<std::size_t>(size);
  const RealAddress address = apart_ != nullptr
                                  ? take_apart(next_page_[index], 17 + index, mmu::bytes(size))
                                  : take(free_pages_[index], next_page_[index], mmu::bytes(size));
  if (auditor_ != nullptr) {
    auditor_->page_allocated(address, mmu::bytes(size));
  }
  if (region_of(address) == size) {
    const std::uint64_t number = (address.value() - kPages[index]) >> mmu::shift(size);
    while (number >= frames_[index].size()) {
      frames_[index].emplace_back();
    }
    frames_[index][number] = Page();
    frames_[index][number].compound = size == PageSize::k2M;
  } else {
    piece(frame(address), address, size) = Page();
  }
  head(address).refcount = 1;
  return address;
}

void PageAllocator::free_page(RealAddress page, PageSize size) {
  if (auditor_ != nullptr) {
    auditor_->page_freed(page, mmu::bytes(size));
  }
  head(page).refcount = 0;
  free_pages_[static_cast<std::size_t>(size)].push_back(page);
}

bool PageAllocator::put(RealAddress page) {
  Page& counted = head(page);
  P9MMU_CHECK(counted.refcount > 0,
              "page at " << page.value() << " has " << counted.refcount << " references");
  if (--counted.refcount > 0) {
    return false;
  }
  P9MMU_CHECK(total_mapcount(page) == 0, "page at " << page.value() << " is freed and still mapped "
                                                    << total_mapcount(page) << " times");
  const PageSize region = region_of(page);
  const bool is_piece = region == PageSize::k2M && !frame(page).compound;
  free_page(head_address(page), is_piece ? frame(page).piece_size : region);
  return true;
}

PageSize PageAllocator::region_of(RealAddress address) {
  const auto above = std::upper_bound(kPages.begin(), kPages.end(), address.value());
  P9MMU_CHECK(above != kPages.begin(), "there is no data page at " << address.value());
  return static_cast<PageSize>(above - kPages.begin() - 1);
}

Page& PageAllocator::frame(RealAddress address) {
  const PageSize size = region_of(address);
  const auto index = static_cast<std::size_t>(size);
  const std::uint64_t number = (address.value() - kPages[index]) >> mmu::shift(size);
  P9MMU_CHECK(number < frames_[index].size(), "there is no data page at " << address.value());
  return frames_[index][number];
}

Page& PageAllocator::piece(Page& huge, RealAddress address, PageSize base_page) {
  if (!huge.pieces) {
    huge.piece_size = base_page;
    huge.pieces = std::make_unique<Page[]>(pieces_of(huge));
  }
  P9MMU_CHECK(huge.piece_size == base_page, "page at " << address.value() << " is in pieces of "
                                                       << mmu::name(huge.piece_size) << ", not "
                                                       << mmu::name(base_page));
  return huge.pieces[(address.value() & (kHugeBytes - 1)) >> mmu::shift(base_page)];
}

Page& PageAllocator::head(RealAddress address) {
  Page& found = frame(address);
  const bool is_piece = region_of(address) == PageSize::k2M && !found.compound;
  return is_piece ? piece(found, address, found.piece_size) : found;
}

Page& PageAllocator::page(RealAddress address, PageSize base_page) {
  Page& found = frame(address);
  return region_of(address) == PageSize::k2M ? piece(found, address, base_page) : found;
}

std::int32_t PageAllocator::total_mapcount(RealAddress address) {
  const Page& counted = head(address);
  std::int32_t total = counted.mapcount;
  for (std::uint64_t i = 0; counted.pieces && i < pieces_of(counted); ++i) {
    total += counted.pieces[i].mapcount;
  }
  return total;
}

std::int32_t PageAllocator::greatest_mapcount(RealAddress address) {
  const Page& counted = head(address);
  std::int32_t greatest = 0;
  for (std::uint64_t i = 0; counted.pieces && i < pieces_of(counted); ++i) {
    greatest = std::max(greatest, counted.pieces[i].mapcount);
  }
  return counted.mapcount + greatest;
}

RealAddress PageAllocator::head_address(RealAddress address) {
  const PageSize region = region_of(address);
  const bool is_piece = region == PageSize::k2M && !frame(address).compound;
  return page_base(address, is_piece ? frame(address).piece_size : region);
}

RealAddress PageAllocator::zero_page(PageSize size) {
  std::optional<RealAddress>& zero = zero_pages_[static_cast<std::size_t>(size)];
  if (!zero) {
    zero = allocate_page(size);
  }
  return *zero;
}

bool PageAllocator::is_zero_page(RealAddress address) const {
  return std::any_of(zero_pages_.begin(), zero_pages_.end(),
                     [address](const std::optional<RealAddress>& zero) { return zero == address; });
}

}  // namespace p9mmu::workloads
