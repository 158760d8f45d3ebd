#include "workloads/linux/gup.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

Task<void> take(Bench& bench, Mm& mm, EffectiveAddress address, bool write, RealAddress& page) {
  page = co_await get_user_pages_fast(bench.kernel, bench.cpu(0), mm, address, write);
}
Task<void> take_fast(Bench& bench, Mm& mm, EffectiveAddress address, bool write, RealAddress& page) {
  page = co_await gup_pgd_range(bench.kernel, bench.cpu(0), mm, address, write);
}

struct Scene {
  explicit Scene(PageSize page = PageSize::k2M, PageSize base = PageSize::k64K)
      : mm(bench.kernel.create_mm(base)), start(Bench::map(mm, 2 * kMiB, page)) {}
  [[nodiscard]] RealAddress pmd() const { return Mm::pmd_entry(*mm.pmd_table(start), start); }
  [[nodiscard]] RealAddress pte() const { return mm.pte_tables.begin()->second.table; }
  /// The entry that maps `start`, a PMD or a PTE.
  [[nodiscard]] RealAddress leaf() const { return mm.read(pmd()).leaf() ? pmd() : pte(); }
  [[nodiscard]] std::int32_t references(RealAddress page) { return bench.kernel.pages().head(page).refcount; }
  RealAddress run_fast(bool write) {
    RealAddress page(1);
    bench.spawn(0, take_fast(bench, mm, start, write, page));
    bench.run();
    return page;
  }
  Bench bench;
  Mm& mm;
  EffectiveAddress start;
};

}  // namespace

TEST_CASE("get_user_pages_fast takes one reference, of the compound page where there is one") {
  const auto [page_size, base] = GENERATE(table<PageSize, PageSize>({
      {PageSize::k2M, PageSize::k64K},
      {PageSize::k2M, PageSize::k4K},
      {PageSize::k64K, PageSize::k64K},
      {PageSize::k4K, PageSize::k4K},
  }));
  const bool write = GENERATE(false, true);
  Scene scene(page_size, base);
  const EffectiveAddress address = scene.start + 0x9A004;
  RealAddress page;
  scene.bench.spawn(0, take(scene.bench, scene.mm, address, write, page));
  scene.bench.run();
  CHECK(page == page_base(scene.bench.walk(scene.mm, address).address, base));
  CHECK(scene.references(page) == 2);
  CHECK(scene.bench.kernel.pages().total_mapcount(page) == 1);
  CHECK_FALSE(scene.bench.cpu(0).soft_masked());
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("a page that is held outlives its mapping") {
  Scene scene;
  RealAddress page;
  scene.bench.spawn(0, take(scene.bench, scene.mm, scene.start, false, page));
  scene.bench.run();
  const auto counted = scene.bench.run_munmap(0, scene.mm, scene.start, 2 * kMiB);
  CHECK(counted.huge_pages_freed == 0);
  CHECK(scene.references(page) == 1);
  CHECK(scene.bench.kernel.pages().allocate_page(PageSize::k2M) != page);
}

TEST_CASE("the lockless half refuses what it may not take, and leaves no reference behind") {
  struct Case {
    const char* what;
    std::uint64_t clear, set;
    bool write;
    bool huge_only;
  };
  const Case c = GENERATE(values<Case>({
      {"nothing", ~std::uint64_t{0}, 0, false, false},
      {"an entry without permission to read", RadixEntry::kAuthority, 0, false, false},
      {"a read-only entry to write through", RadixEntry::kWrite, 0, true, false},
      {"a privileged entry", 0, RadixEntry::kPrivileged, false, false},
      {"a PMD that is being serialised", RadixEntry::kValid, RadixEntry::kSoftware0, false, true},
  }));
  const PageSize size = GENERATE(PageSize::k2M, PageSize::k64K);
  CAPTURE(c.what, p9mmu::mmu::name(size));
  if (c.huge_only && size != PageSize::k2M) {
    return;
  }
  Scene scene(size);
  const RadixEntry entry = scene.mm.read(scene.leaf());
  scene.mm.write(scene.leaf(), RadixEntry{(entry.bits & ~c.clear) | c.set});
  CHECK(scene.run_fast(c.write) == RealAddress(0));
  CHECK(scene.references(RealAddress(entry.real_page())) == 1);
}

TEST_CASE("a page without references, free or frozen, is refused") {
  Scene scene(GENERATE(PageSize::k2M, PageSize::k64K));
  const RealAddress page(scene.mm.read(scene.leaf()).real_page());
  scene.bench.kernel.pages().head(page).refcount = 0;
  CHECK(scene.run_fast(false) == RealAddress(0));
  CHECK(scene.references(page) == 0);
}

TEST_CASE("an entry that changes while the reference is taken makes it go back") {
  // PGD, PUD, PMD and perhaps PTE, each a load of a line at hand, and then the atomic on the page.
  const auto [size, reads] = GENERATE(table<PageSize, int>({{PageSize::k2M, 3}, {PageSize::k64K, 4}}));
  const bool in_time = GENERATE(true, false);
  Scene scene(size);
  const RealAddress page(scene.mm.read(scene.leaf()).real_page());
  RealAddress taken;
  scene.bench.spawn(0, take_fast(scene.bench, scene.mm, scene.start, false, taken));
  const Time grabbed = reads * cycles(4) + cycles(51) + cycles(4);
  scene.bench.scheduler.run_until(in_time ? grabbed : grabbed + cycles(4));
  CHECK(scene.references(page) == 2);
  scene.mm.write(scene.leaf(), RadixEntry{scene.mm.read(scene.leaf()).bits & ~RadixEntry::kWrite});
  scene.bench.run();
  CHECK(taken == (in_time ? RealAddress(0) : page));
  CHECK(scene.references(page) == (in_time ? 1 : 2));
}

TEST_CASE("what is mapped but not there is faulted in by the slow half") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = mm.mmap(3 * kMiB) + GENERATE(0U, 0x210000U);
  RealAddress page;
  bench.spawn(0, take(bench, mm, address, true, page));
  bench.run();
  CHECK(page == bench.walk(mm, address).address);
  CHECK(bench.kernel.pages().head(page).refcount == 2);
  CHECK(mm.mmap_lock.readers == 0);
}

TEST_CASE("an address that is not mapped is an error") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  RealAddress page;
  CHECK_THAT(error_of([&] {
               bench.spawn(0, take(bench, mm, EffectiveAddress(kGiB), false, page));
               bench.run();
             }),
             Catch::Contains("no mapping is there"));
}
