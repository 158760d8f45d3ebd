#include "workloads/linux/page_allocator.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/random.h"

using namespace p9mmu::workloads;
using p9mmu::mmu::PageSize;

TEST_CASE("pages and tables are aligned to their size and never overlap") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  p9mmu::testing::Random random(seed);
  PageAllocator pages;
  std::map<std::uint64_t, std::uint64_t> taken;  // begin to end
  const auto take = [&](RealAddress address, std::uint64_t bytes) {
    CAPTURE(address.value(), bytes);
    REQUIRE(address.value() % bytes == 0);
    const auto after = taken.lower_bound(address.value());
    REQUIRE((after == taken.end() || after->first >= address.value() + bytes));
    REQUIRE((after == taken.begin() || std::prev(after)->second <= address.value()));
    taken.emplace(address.value(), address.value() + bytes);
  };
  for (int i = 0; i < 2000; ++i) {
    if (random.below(2) == 0) {
      const std::uint64_t bytes = std::uint64_t{256} << random.below(9);
      take(pages.allocate_table(bytes), bytes);
    } else {
      const auto size = static_cast<PageSize>(random.below(4));
      take(pages.allocate_page(size), p9mmu::mmu::bytes(size));
    }
  }
}

TEST_CASE("what was freed last is given out first, to who asks for that size") {
  PageAllocator pages;
  const RealAddress a = pages.allocate_page(PageSize::k2M);
  const RealAddress b = pages.allocate_page(PageSize::k2M);
  pages.free_page(a, PageSize::k2M);
  pages.free_page(b, PageSize::k2M);
  CHECK(pages.allocate_page(PageSize::k64K) != b);
  CHECK(pages.allocate_page(PageSize::k2M) == b);
  CHECK(pages.allocate_page(PageSize::k2M) == a);
  const RealAddress table = pages.allocate_table(4096);
  pages.free_table(table, 4096);
  CHECK(pages.allocate_table(256) != table);
  CHECK(pages.allocate_table(4096) == table);
}

TEST_CASE("a huge page comes mapped by nobody, also when it has been used before") {
  PageAllocator pages;
  const RealAddress page = pages.allocate_page(PageSize::k2M);
  CHECK(pages.head(page).mapcount == 0);
  pages.head(page).mapcount = 3;
  pages.free_page(page, PageSize::k2M);
  REQUIRE(pages.allocate_page(PageSize::k2M) == page);
  CHECK(pages.head(page).mapcount == 0);
}
