#include "workloads/linux/split_huge_page.h"

#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/gup.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::mmu::Access;

namespace {

struct Scene : OneProcess {
  explicit Scene(const char* kernel, PageSize base = PageSize::k64K) : OneProcess(kernel, base, 16) {
    start = Bench::map(mm, 2 * kMiB);
    page = page_base(bench.walk(mm, start).address, PageSize::k2M);
  }
  bool split() {
    bool done = false;
    counted = bench.run_alone(0, keep(split_huge_page(bench.kernel, bench.cpu(0), mm, start), done));
    return done;
  }
  [[nodiscard]] PageAllocator& pages() { return bench.kernel.pages(); }
  [[nodiscard]] std::uint64_t base() const { return p9mmu::mmu::bytes(mm.base_page()); }

  RealAddress page;
  p9mmu::cpus::Counters counted;
};

}  // namespace

TEST_CASE("a huge page that is split is base pages of their own, mapped where they were") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  CAPTURE(kernel, p9mmu::mmu::name(base));
  Scene scene(kernel, base);
  const TlbieLog log(scene.bench.system);
  REQUIRE(scene.split());
  CHECK(log.tlbies == std::vector<std::string>{tlbie_page(scene.mm, PageSize::k2M, scene.start), kEratFixup});
  CHECK(scene.counted.ipi_rounds == (std::string(kernel) == "ipi" ? 1 : 0));
  for (std::uint64_t at = 0; at < 2 * kMiB; at += scene.base()) {
    REQUIRE(scene.bench.walk(scene.mm, scene.start + at).address == scene.page + at);
    const Page& piece = scene.pages().head(scene.page + at);
    REQUIRE(piece.refcount == 1);
    REQUIRE(piece.mapcount == 1);
    REQUIRE_FALSE(piece.compound);
    REQUIRE(piece.index == scene.start.value() + at);
    REQUIRE_FALSE(scene.bench.kernel.page_locks().locked(scene.page + at));
  }
  CHECK(scene.mm.anon_vma->lock.writer == false);
  // Each base page goes by itself from now on, and is given out as one.
  CHECK(scene.bench.run_munmap(0, scene.mm, scene.start, scene.base()).huge_pages_freed == 0);
  CHECK(scene.pages().allocate_page(base) == scene.page);
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("a huge page that somebody holds is not split, and is mapped as before by base pages or at all") {
  Scene scene("ipi-free");
  RealAddress held;
  scene.bench.run_alone(4, keep(get_user_pages_fast(scene.bench.kernel, scene.bench.cpu(4), scene.mm,
                                                    scene.start + 0x20000, false),
                                held));
  REQUIRE(held == scene.page + 0x20000);
  CHECK_FALSE(scene.split());
  CHECK(scene.counted.tlbie_count == 0);  // seen before anything was unmapped
  CHECK(scene.bench.walk(scene.mm, scene.start).mapping.size == PageSize::k2M);
  CHECK(scene.pages().head(scene.page).refcount == 2);
  CHECK_FALSE(scene.bench.kernel.page_locks().locked(scene.page));
}

TEST_CASE(
    "a reference that comes between look and freeze leaves the page compound and mapped by base pages") {
  Scene scene("ipi-free");
  bool done = true;
  scene.bench.spawn(
      0, keep(split_huge_page(scene.bench.kernel, scene.bench.cpu(0), scene.mm, scene.start), done));
  // The PMD is being flushed by then.
  scene.bench.scheduler.run_until(cycles(300) + microseconds(1));
  REQUIRE(scene.mm.read(Mm::pmd_entry(*scene.mm.pmd_table(scene.start), scene.start)).pmd_is_serializing());
  ++scene.pages().head(scene.page).refcount;
  scene.bench.run();
  CHECK_FALSE(done);
  CHECK(scene.pages().head(scene.page).compound);
  CHECK(scene.pages().head(scene.page).refcount == 32 + 1);
  CHECK(scene.pages().total_mapcount(scene.page) == 32);
  for (std::uint64_t at = 0; at < 2 * kMiB; at += 65536) {
    REQUIRE(scene.bench.walk(scene.mm, scene.start + at).address == scene.page + at);
  }
}

TEST_CASE("a huge page is split in every address space that shares it, however it is mapped there") {
  Scene scene("ipi-free-flush");
  Mm& child = scene.bench.kernel.create_mm(PageSize::k64K);
  child.copy_page_range(scene.mm);
  Bench::run_on_first(child, 2);
  // In the child by base pages already, of which one has been copied.
  REQUIRE(scene.bench.access(0, child, Access::store, scene.start).ok());
  const RealAddress copy(scene.bench.walk(child, scene.start).address);
  const TlbieLog log(scene.bench.system);
  REQUIRE(scene.split());
  // The parent's PMD, and the child's 31 PTEs, each with its fix-up.
  CHECK(log.tlbies.size() == 2 + 2 * 31);
  for (std::uint64_t at = 65536; at < 2 * kMiB; at += 65536) {
    REQUIRE(scene.bench.walk(scene.mm, scene.start + at).address == scene.page + at);
    REQUIRE(scene.bench.walk(child, scene.start + at).address == scene.page + at);
    REQUIRE(scene.pages().head(scene.page + at).refcount == 2);
    REQUIRE_FALSE(scene.bench.walk(child, scene.start + at).process_leaf.writable());
  }
  CHECK(scene.bench.walk(child, scene.start).address == copy);
  CHECK(scene.pages().head(scene.page).refcount == 1);
}

TEST_CASE("an access while the page is being split waits for it and then goes on") {
  const bool exact = GENERATE(false, true);
  Setting setting;
  setting.kernel = "ipi-free-flush";
  setting.exact_events = exact;
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  bool done = false;
  p9mmu::mmu::Translation loaded;
  bench.spawn(0, keep(split_huge_page(bench.kernel, bench.cpu(0), mm, start), done));
  bench.scheduler.run_until(microseconds(2));
  bench.spawn(4, keep(access_memory(bench.kernel, bench.cpu(4), mm, Access::store, start + 0x50000), loaded),
              bench.scheduler.present());
  bench.run();
  CHECK(done);
  CHECK(loaded.size == PageSize::k64K);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("there is nothing to split where no huge page is mapped") {
  Scene scene("ipi");
  REQUIRE(scene.split());
  CHECK_FALSE(scene.split());
  scene.start = scene.mm.mmap(2 * kMiB);
  CHECK_FALSE(scene.split());
  scene.mm.populate_zero(scene.start, 2 * kMiB, PageSize::k2M);
  CHECK_FALSE(scene.split());
}
