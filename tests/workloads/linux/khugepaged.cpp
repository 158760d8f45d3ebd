#include "workloads/linux/khugepaged.h"

#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/gup.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene : OneProcess {
  explicit Scene(const char* kernel, PageSize base = PageSize::k64K, std::uint64_t populated = 2 * kMiB)
      : OneProcess(kernel, base, 8) {
    start = mm.mmap(4 * kMiB);
    mm.populate(start, populated, base);
  }
  bool collapse() {
    bool done = false;
    counted =
        bench.run_alone(12, keep(collapse_huge_page(bench.kernel, bench.cpu(12), mm, start + 0x70000), done));
    return done;
  }
  [[nodiscard]] RealAddress pmd() const { return Mm::pmd_entry(*mm.pmd_table(start), start); }

  p9mmu::cpus::Counters counted;
};

}  // namespace

TEST_CASE("a collapse puts one huge page in the place of base pages and deposits their table") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush", "v6.1");
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  const std::uint64_t populated = GENERATE(2 * kMiB, 65536);  // what is not there is cleared
  CAPTURE(kernel, p9mmu::mmu::name(base), populated);
  Scene scene(kernel, base, populated);
  const RealAddress table = scene.mm.pte_tables.begin()->second.table;
  std::vector<RealAddress> pages;
  for (std::uint64_t at = 0; at < populated; at += p9mmu::mmu::bytes(base)) {
    pages.emplace_back(scene.bench.walk(scene.mm, scene.start + at).address);
  }
  REQUIRE(scene.bench.translate(4, scene.mm, scene.start).ok());
  const TlbieLog log(scene.bench.system);
  REQUIRE(scene.collapse());
  const RadixEntry pmd = scene.mm.read(scene.pmd());
  CHECK(pmd.leaf());
  CHECK(pmd.valid());
  CHECK(pmd.writable());
  const Page& head = scene.bench.kernel.pages().head(RealAddress(pmd.real_page()));
  CHECK(head.compound);
  CHECK(head.refcount == 1);
  CHECK(head.mapcount == 1);
  CHECK(scene.mm.pmd_table(scene.start)->deposited == table);
  CHECK(scene.mm.pmd_table(scene.start)->entries == 1);
  CHECK(scene.mm.pte_tables.empty());
  for (std::uint64_t i = 2; i < std::uint64_t{1} << scene.mm.pte_bits(); ++i) {
    REQUIRE(scene.mm.read(table + 8 * i).bits == 0);  // behind the links of the list
  }
  for (const RealAddress page : pages) {
    REQUIRE(scene.bench.kernel.pages().head(page).refcount == 0);
    REQUIRE_FALSE(scene.bench.kernel.page_locks().locked(page));
  }
  std::vector<std::string> expected;
  if (base == PageSize::k64K) {
    expected.push_back(tlbie_pid(scene.mm.pid().value(), 1));
    for (std::uint64_t at = 0; at < 2 * kMiB; at += 65536) {
      expected.push_back(tlbie_page(scene.mm, PageSize::k64K, scene.start + at));
    }
  } else {
    expected.push_back(tlbie_pid(scene.mm.pid().value(), 2));
  }
  expected.push_back(kEratFixup);
  CHECK(log.tlbies == expected);
  CHECK(scene.counted.tlbsync_count == 1);
  // Whoever has run the mm, and in v6.1 every CPU but the sender.
  CHECK(scene.counted.ipi_rounds == 1);
  CHECK(scene.counted.ipis_sent == (std::string(kernel) == "v6.1" ? 15 : 8));
  CHECK(scene.bench.translate(4, scene.mm, scene.start).size == PageSize::k2M);
  CHECK(scene.mm.mmap_lock.readers == 0);
  CHECK_FALSE(scene.mm.mmap_lock.writer);
  CHECK_FALSE(scene.mm.anon_vma->lock.writer);
  CHECK(scene.bench.accounts_add_up());
  const auto unmapped = scene.bench.run_munmap(0, scene.mm, scene.start, 2 * kMiB);
  CHECK(unmapped.huge_pages_freed == 1);
}

TEST_CASE("a page that somebody holds keeps its 2M from being collapsed, and all is as it was") {
  Scene scene("ipi");
  RealAddress held;
  scene.bench.run_alone(4, keep(get_user_pages_fast(scene.bench.kernel, scene.bench.cpu(4), scene.mm,
                                                    scene.start + 0x40000, true),
                                held));
  CHECK_FALSE(scene.collapse());
  CHECK(scene.counted.tlbie_count == 0);  // the scan has seen it
  CHECK(scene.bench.walk(scene.mm, scene.start + 0x40000).address == held);
  CHECK(scene.bench.kernel.pages().head(held).refcount == 2);
}

TEST_CASE("a reference that comes between scan and isolation makes the collapse undo what it has done") {
  Scene scene("ipi-free-flush");
  const RadixEntry before = scene.mm.read(scene.pmd());
  const RealAddress page(scene.bench.walk(scene.mm, scene.start + 0x40000).address);
  bool done = true;
  scene.bench.spawn(
      12, keep(collapse_huge_page(scene.bench.kernel, scene.bench.cpu(12), scene.mm, scene.start), done));
  Time step;
  while (scene.mm.read(scene.pmd()).bits != 0) {
    step += nanoseconds(10);
    scene.bench.scheduler.run_until(step);
  }
  ++scene.bench.kernel.pages().head(page).refcount;
  scene.bench.run();
  CHECK_FALSE(done);
  CHECK(scene.mm.read(scene.pmd()) == before);
  CHECK(scene.bench.kernel.pages().head(page).refcount == 2);
  for (std::uint64_t at = 0; at < 2 * kMiB; at += 65536) {
    const RealAddress one(scene.bench.walk(scene.mm, scene.start + at).address);
    REQUIRE(scene.bench.kernel.pages().head(one).refcount == (one == page ? 2 : 1));
    REQUIRE_FALSE(scene.bench.kernel.page_locks().locked(one));
  }
}

TEST_CASE("what has no base pages, none to write to, or not all of it in a mapping is not collapsed") {
  const auto what = GENERATE(values<std::string>({"nothing", "huge", "zero", "edge"}));
  CAPTURE(what);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(what == "edge" ? kMiB : 2 * kMiB);
  if (what == "huge") {
    mm.populate(start, 2 * kMiB, PageSize::k2M);
  } else if (what == "zero") {
    mm.populate_zero(start, kMiB, PageSize::k64K);
  } else if (what == "edge") {
    mm.populate(start, kMiB, PageSize::k64K);
  }
  bool done = true;
  const auto counted =
      bench.run_alone(0, keep(collapse_huge_page(bench.kernel, bench.cpu(0), mm, start), done));
  CHECK_FALSE(done);
  CHECK(counted.tlbie_count + counted.ipis_sent == 0);
}

TEST_CASE("a collapse waits for a walker that has interrupts off, in every kernel") {
  struct Program {
    static Task<void> walk(Cpu& cpu) {
      co_await cpu.local_irq_disable();
      co_await cpu.compute(microseconds(500));
      co_await cpu.local_irq_enable();
    }
  };
  Scene scene(GENERATE("ipi", "ipi-free", "ipi-free-flush", "v6.1"));
  scene.bench.spawn(4, Program::walk(scene.bench.cpu(4)));
  bool done = false;
  scene.bench.spawn(
      12, keep(collapse_huge_page(scene.bench.kernel, scene.bench.cpu(12), scene.mm, scene.start), done));
  scene.bench.scheduler.run_until(microseconds(499));
  CHECK(scene.mm.read(scene.pmd()).bits == 0);
  CHECK(scene.mm.pte_tables.size() == 1);
  scene.bench.run();
  CHECK(done);
}
