// Faults on huge pages that are there, and on base pages that are shared: who gets a page of its own, how,
// and what is flushed for it.
#include "workloads/linux/huge_fault.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::mmu::Access;

namespace {

struct Scene {
  Scene(const char* kernel, HugePages thp)
      : bench(setting_of(kernel)), parent(bench.kernel.create_mm(PageSize::k64K)) {
    parent.thp = thp;
    Bench::run_on_first(parent, 16);
    start = parent.mmap(2 * kMiB);
  }
  /// A second address space that shares the pages of the first.
  Mm& fork() {
    Mm& child = bench.kernel.create_mm(PageSize::k64K);
    child.copy_page_range(parent);
    Bench::run_on_first(child, 16);
    return child;
  }
  [[nodiscard]] RealAddress page_of(const Mm& mm, std::uint64_t at = 0) {
    return page_base(bench.walk(mm, start + at).address, PageSize::k64K);
  }
  [[nodiscard]] const Page& head(RealAddress page) { return bench.kernel.pages().head(page); }

  Bench bench;
  Mm& parent;
  EffectiveAddress start;
};

/// A store to a huge page that may not be written to: what it leads to.
struct Case {
  const char* kernel;
  HugePages thp;
  PageSize mapped;      ///< where the store went in the end
  std::int64_t copied;  ///< base pages that are no longer shared, or no longer the zero page
};

Case any_case() {
  return GENERATE(values<Case>({
      {"ipi", HugePages::always, PageSize::k2M, 32},
      {"ipi-free", HugePages::always, PageSize::k2M, 32},
      {"ipi-free-flush", HugePages::always, PageSize::k64K, 1},
      {"ipi", HugePages::never, PageSize::k64K, 32},
      {"ipi-free", HugePages::never, PageSize::k64K, 32},
      {"ipi-free-flush", HugePages::never, PageSize::k64K, 1},
  }));
}

}  // namespace

TEST_CASE("a store to a shared huge page gets a copy: huge, or in base pages, or of one base page") {
  const Case c = any_case();
  CAPTURE(c.kernel, static_cast<int>(c.thp));
  Scene scene(c.kernel, c.thp);
  scene.parent.populate(scene.start, 2 * kMiB, PageSize::k2M);
  Mm& child = scene.fork();
  const RealAddress shared = scene.page_of(scene.parent);
  CHECK(scene.head(shared).refcount == 2);
  CHECK(scene.head(shared).mapcount == 2);
  const bool by_child = GENERATE(false, true);
  Mm& writer = by_child ? child : scene.parent;
  Mm& other = by_child ? scene.parent : child;
  REQUIRE(scene.bench.access(0, writer, Access::load, scene.start).ok());
  const TlbieLog log(scene.bench.system);
  const p9mmu::mmu::Translation stored = scene.bench.access(0, writer, Access::store, scene.start + 0x30008);
  REQUIRE(stored.ok());
  CHECK(stored.size == c.mapped);

  std::int64_t copied = 0;
  for (std::uint64_t at = 0; at < 2 * kMiB; at += 65536) {
    CHECK(scene.page_of(other, at) == shared + at);
    copied += scene.page_of(writer, at) == shared + at ? 0 : 1;
  }
  CHECK(copied == c.copied);
  // The huge entry is flushed before anything takes its place; one base page of a split one, too.
  std::vector<std::string> expected{tlbie_page(writer, PageSize::k2M, scene.start), kEratFixup};
  if (c.copied == 1) {
    const std::string erat = tlbie_page(writer, PageSize::k64K, scene.start + 0x30000);
    expected.push_back(erat);
    expected.push_back("RIC=0 PID=0" + erat.substr(erat.find(" 64K")));
  }
  CHECK(log.tlbies == expected);
  CHECK(scene.bench.system.counters().ipi_rounds == (std::string(c.kernel) == "ipi" ? 1 : 0));
  // One reference and mapping of the shared page is gone, or 32 of base pages are there but one.
  CHECK(scene.bench.kernel.pages().total_mapcount(shared) == (c.copied == 1 ? 1 + 31 : 1));
  CHECK(scene.head(shared).refcount == (c.copied == 1 ? 1 + 31 : 1));
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("who is left alone with a huge page writes to it as it is") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  Scene scene(kernel, HugePages::always);
  scene.parent.populate(scene.start, 2 * kMiB, PageSize::k2M);
  Mm& child = scene.fork();
  const RealAddress shared = scene.page_of(scene.parent);
  scene.bench.run_munmap(0, child, scene.start, 2 * kMiB);
  const TlbieLog log(scene.bench.system);
  const p9mmu::mmu::Translation stored = scene.bench.access(0, scene.parent, Access::store, scene.start);
  CHECK(stored.size == PageSize::k2M);
  CHECK(stored.address == shared);
  CHECK(log.tlbies.empty());
  CHECK(scene.head(shared).refcount == 1);
}

TEST_CASE("a store to the huge zero page is given a page of its own, huge or one base page") {
  const Case c = any_case();
  CAPTURE(c.kernel, static_cast<int>(c.thp));
  Scene scene(c.kernel, c.thp);
  scene.parent.populate_zero(scene.start, 2 * kMiB, PageSize::k2M);
  PageAllocator& pages = scene.bench.kernel.pages();
  const p9mmu::mmu::Translation stored =
      scene.bench.access(0, scene.parent, Access::store, scene.start + 0x30008);
  REQUIRE(stored.ok());
  const bool split = c.thp == HugePages::never || std::string(c.kernel) == "ipi-free-flush";
  CHECK(stored.size == (split ? PageSize::k64K : PageSize::k2M));
  const RealAddress page = scene.page_of(scene.parent, 0x30000);
  CHECK_FALSE(pages.is_zero_page(page));
  CHECK(scene.head(page).refcount == 1);
  CHECK(pages.total_mapcount(page) == 1);
  CHECK(pages.is_zero_page(scene.page_of(scene.parent)) == split);
  CHECK(scene.head(pages.zero_page(PageSize::k2M)).refcount == 1);
  CHECK(scene.bench.system.counters().ipi_rounds == (std::string(c.kernel) == "ipi" ? 1 : 0));
}

TEST_CASE("base pages that are shared are copied one by one, and the last to write keeps the page") {
  Scene scene("ipi-free", HugePages::never);
  scene.parent.populate(scene.start, kMiB, PageSize::k64K);
  Mm& child = scene.fork();
  const RealAddress shared = scene.page_of(scene.parent);
  REQUIRE(scene.bench.access(0, scene.parent, Access::store, scene.start).ok());
  CHECK(scene.page_of(scene.parent) != shared);
  CHECK(scene.page_of(child) == shared);
  CHECK(scene.head(shared).refcount == 1);
  const TlbieLog log(scene.bench.system);
  REQUIRE(scene.bench.access(0, child, Access::store, scene.start).ok());
  CHECK(scene.page_of(child) == shared);
  CHECK(log.tlbies.empty());
  // A page that nobody has written to is still shared.
  CHECK(scene.page_of(child, 65536) == scene.page_of(scene.parent, 65536));
}

TEST_CASE("what fork and a split have made old is made young again, and dirty by a store, without a flush") {
  const PageSize page = GENERATE(PageSize::k2M, PageSize::k64K);
  Scene scene("ipi-free-flush", HugePages::always);
  scene.parent.populate(scene.start, 2 * kMiB, page);
  Mm& child = scene.fork();
  const TlbieLog log(scene.bench.system);
  const std::int64_t before = scene.bench.system.counters().page_faults;
  REQUIRE(scene.bench.access(0, child, Access::load, scene.start).ok());
  CHECK(scene.bench.system.counters().page_faults == before + 1);
  REQUIRE(scene.bench.access(4, child, Access::load, scene.start).ok());
  CHECK(scene.bench.system.counters().page_faults == before + 1);
  CHECK(scene.page_of(child) == scene.page_of(scene.parent));
  CHECK(log.tlbies.empty());
}

TEST_CASE("two that store to one shared page at a time get one copy between them") {
  struct Program {
    static Task<void> store(Bench& bench, std::uint32_t id, Mm& mm, EffectiveAddress address) {
      co_await access_memory(bench.kernel, bench.cpu(id), mm, Access::store, address);
    }
  };
  const Case c = any_case();
  const bool exact = GENERATE(false, true);
  CAPTURE(c.kernel, static_cast<int>(c.thp), exact);
  Setting setting = setting_of(c.kernel);
  setting.exact_events = exact;
  Bench bench(setting);
  Mm& parent = bench.kernel.create_mm(PageSize::k64K);
  parent.thp = c.thp;
  const EffectiveAddress start = Bench::map(parent, 2 * kMiB);
  Mm& child = bench.kernel.create_mm(PageSize::k64K);
  child.copy_page_range(parent);
  const RealAddress shared(bench.walk(child, start).address);
  for (const std::uint32_t id : {0U, 4U, 12U}) {
    bench.spawn(id, Program::store(bench, id, child, start));
  }
  bench.run();
  const RealAddress copy(bench.walk(child, start).address);
  CHECK(copy != shared);
  CHECK(bench.kernel.pages().total_mapcount(copy) == 1);
  CHECK(bench.kernel.pages().head(copy).refcount == 1);
  CHECK_FALSE(bench.kernel.page_locks().locked(shared));
  CHECK_FALSE(child.pmd_table(start)->lock.held());
}
