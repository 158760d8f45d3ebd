#include "workloads/linux/huge_split.h"

#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/migration_entry.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene {
  explicit Scene(const Setting& setting, PageSize base = PageSize::k64K)
      : bench(setting), mm(bench.kernel.create_mm(base)), start(Bench::map(mm, 2 * kMiB)) {
    Bench::run_on_first(mm, 16);
    page = RealAddress(mm.read(pmd()).real_page());
  }
  [[nodiscard]] RealAddress pmd() const { return Mm::pmd_entry(*mm.pmd_table(start), start); }
  [[nodiscard]] std::uint64_t count() const { return 2 * kMiB / p9mmu::mmu::bytes(mm.base_page()); }
  p9mmu::cpus::Counters split(SplitInto into = SplitInto::pages, RealAddress only = RealAddress(0)) {
    return bench.run_alone(0, split_huge_pmd(bench.kernel, bench.cpu(0), mm, start + 0x12345, into, only));
  }

  Bench bench;
  Mm& mm;
  EffectiveAddress start;
  RealAddress page;
};

Setting any_kernel() {
  return setting_of(GENERATE("ipi", "ipi-free", "ipi-free-flush"));
}

}  // namespace

TEST_CASE("a split PMD leads to its deposited table, whose entries map the same page piece by piece") {
  const Setting setting = any_kernel();
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  CAPTURE(setting.kernel, p9mmu::mmu::name(base));
  Scene scene(setting, base);
  const RealAddress deposited = scene.mm.pmd_table(scene.start)->deposited;
  const auto counted = scene.split();
  const RadixEntry pmd = scene.mm.read(scene.pmd());
  CHECK(pmd == RadixEntry::make_directory(deposited, scene.mm.pte_bits()));
  CHECK(scene.mm.pte_tables.at(scene.start.value() >> 21).table == deposited);
  CHECK(scene.mm.pmd_table(scene.start)->deposited == RealAddress(0));
  CHECK(scene.mm.pmd_table(scene.start)->entries == 1);
  PageAllocator& pages = scene.bench.kernel.pages();
  for (std::uint64_t i = 0; i < scene.count(); ++i) {
    const RadixEntry pte = scene.mm.read(deposited + 8 * i);
    REQUIRE(pte.real_page() == scene.page.value() + i * p9mmu::mmu::bytes(base));
    REQUIRE(pte.valid());
    REQUIRE(pte.writable());
    REQUIRE(pte.reference());
    REQUIRE_FALSE(pte.change());  // that the page is dirty is its own business now
    REQUIRE(pages.page(RealAddress(pte.real_page()), base).mapcount == 1);
  }
  const Page& head = pages.head(scene.page);
  CHECK(head.compound);
  CHECK(head.mapcount == 0);
  CHECK(head.refcount == static_cast<std::int32_t>(scene.count()));
  // One huge page is flushed, with the tlbie for the ERAT erratum; walkers are waited for where that is the
  // kernel's way.
  CHECK(counted.tlbie_count == 2);
  CHECK(counted.tlbsync_count == 1);
  CHECK(counted.ipi_rounds == (std::string(setting.kernel) == "ipi" ? 1 : 0));
  CHECK_FALSE(scene.mm.pmd_table(scene.start)->lock.held());
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("while it is split a PMD is invalid to the hardware and huge to the kernel") {
  Setting setting;
  setting.kernel = "ipi-free-flush";
  Scene scene(setting);
  REQUIRE(scene.bench.translate(4, scene.mm, scene.start).ok());
  scene.bench.spawn(0, split_huge_pmd(scene.bench.kernel, scene.bench.cpu(0), scene.mm, scene.start));
  // Instructions, lock, atomic: then comes the flush, which takes longer than this.
  scene.bench.scheduler.run_until(cycles(300) + nanoseconds(400));
  const RadixEntry entry = scene.mm.read(scene.pmd());
  CHECK(entry.pmd_is_serializing());
  CHECK(entry.leaf());
  CHECK(RealAddress(entry.real_page()) == scene.page);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start).ok());
  scene.bench.run();
  CHECK(scene.bench.translate(4, scene.mm, scene.start).size == PageSize::k64K);
}

TEST_CASE("a huge zero page is not split: its entry is cleared, and the table maps the small zero page") {
  const Setting setting = any_kernel();
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = mm.mmap(2 * kMiB);
  mm.populate_zero(start, 2 * kMiB, PageSize::k2M);
  const auto counted = bench.run_alone(0, split_huge_pmd(bench.kernel, bench.cpu(0), mm, start));
  const RealAddress table = mm.pte_tables.at(start.value() >> 21).table;
  for (std::uint64_t i = 0; i < 32; ++i) {
    const RadixEntry pte = mm.read(table + 8 * i);
    REQUIRE(RealAddress(pte.real_page()) == bench.kernel.pages().zero_page(PageSize::k64K));
    REQUIRE((pte.bits & RadixEntry::kSpecial) != 0);
    REQUIRE_FALSE(pte.writable());
  }
  CHECK(counted.tlbie_count == 2);
  CHECK(counted.ipi_rounds == (std::string(setting.kernel) == "ipi" ? 1 : 0));
  const auto unmapped = bench.run_munmap(0, mm, start, 2 * kMiB);
  CHECK(unmapped.huge_pages_freed == 0);
  CHECK(bench.kernel.pages().head(bench.kernel.pages().zero_page(PageSize::k64K)).refcount == 1);
}

TEST_CASE("a split into migration entries leaves the page unmapped, and only its entries know it") {
  Scene scene(any_kernel());
  PageAllocator& pages = scene.bench.kernel.pages();
  ++pages.head(scene.page).refcount;  // whoever splits the page holds it
  scene.split(SplitInto::migration_entries, scene.page);
  const RealAddress table = scene.mm.pte_tables.at(scene.start.value() >> 21).table;
  for (std::uint64_t i = 0; i < 32; ++i) {
    const RadixEntry pte = scene.mm.read(table + 8 * i);
    REQUIRE(is_migration_entry(pte));
    REQUIRE(pte.real_page() == scene.page.value() + i * 65536);
    REQUIRE(pte.writable());
  }
  CHECK(pages.total_mapcount(scene.page) == 0);
  CHECK(pages.head(scene.page).refcount == 1);
}

TEST_CASE("nothing is split where no huge page is mapped, or another") {
  Scene scene(any_kernel());
  const RadixEntry before = scene.mm.read(scene.pmd());
  CHECK(scene.split(SplitInto::migration_entries, scene.page + 2 * kMiB).tlbie_count == 0);
  CHECK(scene.mm.read(scene.pmd()) == before);
  scene.split();
  CHECK(scene.split().tlbie_count == 0);
  const auto counted = scene.bench.run_alone(
      0, split_huge_pmd(scene.bench.kernel, scene.bench.cpu(0), scene.mm, scene.start + 4 * kGiB));
  CHECK(counted.tlbie_count == 0);
}
