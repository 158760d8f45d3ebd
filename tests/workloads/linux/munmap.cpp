#include "workloads/linux/munmap.h"

#include <set>

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

const char* any_kernel() {
  return GENERATE("ipi", "ipi-free", "ipi-free-flush");
}

/// Where in real memory a range lies, page by page.
std::set<std::uint64_t> real_pages(Bench& bench, const Mm& mm, EffectiveAddress start, std::uint64_t length,
                                   PageSize size) {
  std::set<std::uint64_t> pages;
  for (std::uint64_t offset = 0; offset < length; offset += p9mmu::mmu::bytes(size)) {
    const p9mmu::mmu::Walk walk = bench.walk(mm, start + offset);
    REQUIRE(walk.ok());
    pages.insert(walk.address.value());
  }
  return pages;
}
bool nothing_mapped(Bench& bench, const Mm& mm, EffectiveAddress start, std::uint64_t length) {
  for (std::uint64_t offset = 0; offset < length; offset += 65536) {
    if (bench.walk(mm, start + offset).ok()) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("munmap leaves no page, no table and no mapping, and gives every page back") {
  Setting setting;
  setting.kernel = any_kernel();
  const auto [base, page, length] = GENERATE(table<PageSize, PageSize, std::uint64_t>({
      {PageSize::k64K, PageSize::k2M, 1100 * kMiB},
      {PageSize::k4K, PageSize::k2M, 1100 * kMiB},
      {PageSize::k64K, PageSize::k64K, 5 * kMiB},
      {PageSize::k4K, PageSize::k4K, 5 * kMiB},
  }));
  CAPTURE(setting.kernel, p9mmu::mmu::name(base), p9mmu::mmu::name(page));
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(base);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, length, page);
  const std::set<std::uint64_t> before = real_pages(bench, mm, start, length, page);

  bench.run_munmap(0, mm, start, length);
  CHECK(nothing_mapped(bench, mm, start, length));
  CHECK(mm.vmas.empty());
  CHECK(mm.pud_tables.empty());
  CHECK(mm.pmd_tables.empty());
  CHECK(mm.pte_tables.empty());
  CHECK(mm.read(mm.pgd() + 8 * p9mmu::mmu::table_index(start.value(), 1, p9mmu::mmu::kRootBits)).bits == 0);
  CHECK(bench.accounts_add_up());

  const EffectiveAddress again = Bench::map(mm, length, page);
  CHECK(real_pages(bench, mm, again, length, page) == before);
}

TEST_CASE("munmap of the middle splits the mapping and leaves both ends alone") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 20 * kMiB);
  bench.run_munmap(0, mm, start + 6 * kMiB, 8 * kMiB);
  REQUIRE(mm.vmas.size() == 2);
  CHECK(mm.vmas.at(start.value()).end == start.value() + 6 * kMiB);
  CHECK(mm.vmas.at(start.value() + 14 * kMiB).end == start.value() + 20 * kMiB);
  CHECK(real_pages(bench, mm, start, 6 * kMiB, PageSize::k2M).size() == 3);
  CHECK(nothing_mapped(bench, mm, start + 6 * kMiB, 8 * kMiB));
  CHECK(real_pages(bench, mm, start + 14 * kMiB, 6 * kMiB, PageSize::k2M).size() == 3);
}

TEST_CASE("munmap over several mappings takes what it covers of each") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress a = Bench::map(mm, 4 * kMiB);
  const EffectiveAddress b = Bench::map(mm, 4 * kMiB);
  const EffectiveAddress c = Bench::map(mm, 4 * kMiB);
  REQUIRE(c.value() == a.value() + 8 * kMiB);
  const auto counted = bench.run_munmap(0, mm, a + 2 * kMiB, 8 * kMiB);
  CHECK(counted.pmds_cleared == 4);
  REQUIRE(mm.vmas.size() == 2);
  CHECK(bench.walk(mm, a).ok());
  CHECK(nothing_mapped(bench, mm, b, 4 * kMiB));
  CHECK(bench.walk(mm, c + 2 * kMiB).ok());
}

TEST_CASE("tables are freed when nothing is left that needs them, and not before") {
  // Of 3 GiB in huge pages: each has a deposited table, each GiB a PMD table, all one PUD table.
  struct Case {
    std::uint64_t from, length;
    std::int64_t tables;
    std::size_t pmd_tables_left;
  };
  const Case c = GENERATE(values<Case>({
      {0, 3 * kGiB, 3 * 512 + 3 + 1, 0},
      {0, kGiB, 512 + 1, 2},
      {kGiB, kGiB, 512 + 1, 2},
      {kGiB, kGiB - 2 * kMiB, 511, 3},
      {kGiB - 2 * kMiB, kGiB + 4 * kMiB, 514 + 1, 2},
      {2 * kMiB, 3 * kGiB - 2 * kMiB, 3 * 512 - 1 + 2, 1},
  }));
  CAPTURE(c.from, c.length);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 3 * kGiB);
  const auto counted = bench.run_munmap(0, mm, start + c.from, c.length);
  CHECK(counted.page_tables_freed == c.tables);
  CHECK(counted.huge_pages_freed == static_cast<std::int64_t>(c.length / (2 * kMiB)));
  CHECK(mm.pmd_tables.size() == c.pmd_tables_left);
  CHECK(mm.pud_tables.size() == (c.pmd_tables_left > 0 ? 1 : 0));
}

TEST_CASE("a freed table adds one base page to what is flushed, not all that it mapped") {
  Setting setting;
  setting.kernel = "ipi-free-flush";
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 1);
  const EffectiveAddress start = Bench::map(mm, kGiB);
  (void)Bench::map(mm, kGiB);  // keeps the PUD table
  const auto counted = bench.run_munmap(0, mm, start, kGiB);
  CHECK(counted.page_tables_freed == 512 + 1);
  // Each huge page; the PID for all of them; then the walk cache and one page for the PMD table.
  CHECK(counted.tlbiel_count == 512 + 128 + 1 + 1);
}

TEST_CASE("a PTE table that two mappings share goes with the second") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB, PageSize::k64K);
  CHECK(bench.run_munmap(0, mm, start, kMiB).page_tables_freed == 0);
  CHECK(bench.walk(mm, start + kMiB).ok());
  CHECK(bench.run_munmap(0, mm, start + kMiB, kMiB).page_tables_freed == 3);
  CHECK(mm.pte_tables.empty());
}

TEST_CASE("munmap of base pages clears no huge entry and sends no interrupts") {
  Setting setting;
  setting.kernel = any_kernel();
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 4 * kMiB, PageSize::k64K);
  const auto counted = bench.run_munmap(0, mm, start, 4 * kMiB);
  CHECK(counted.pmds_cleared == 0);
  CHECK(counted.ipis_sent == 0);
  CHECK(counted.page_tables_freed == 2 + 1 + 1);
  CHECK(counted.batch_flushes == 1);  // no page size changes before tables are freed
}

TEST_CASE("munmap of what is not mapped, or mapped and never touched, flushes nothing") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = GENERATE(false, true) ? mm.mmap(4 * kGiB) : EffectiveAddress(kGiB);
  const auto counted = bench.run_munmap(0, mm, start, 4 * kGiB);
  CHECK(counted.tlbie_count == 0);
  CHECK(counted.ipis_sent == 0);
  CHECK(mm.vmas.empty());
  CHECK(bench.returned.size() == 1);
}

TEST_CASE("a length is rounded up to base pages") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 4 * 65536, PageSize::k64K);
  bench.run_munmap(0, mm, start, 65536 + 1);
  CHECK(nothing_mapped(bench, mm, start, 2 * 65536));
  CHECK(bench.walk(mm, start + 2 * 65536).ok());
}

TEST_CASE("what munmap cannot do is the user's error, and says where and why") {
  struct Case {
    const char* what;
    std::uint64_t offset, length;
    const char* text;
  };
  const Case c = GENERATE(values<Case>({
      {"an address inside a base page", 4096, 65536, "aligned to the base page"},
      {"no length", 0, 0, "a length inside the address space"},
      {"beyond the end of addresses", 0, Mm::kTaskSize, "a length inside the address space"},
      {"a length that wraps", 0, ~std::uint64_t{0} - 65535, "a length inside the address space"},
      {"a 1G page", kGiB, kGiB, "hugetlb"},
  }));
  CAPTURE(c.what);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(2 * kGiB);
  mm.populate(start, 4 * kMiB, PageSize::k2M);
  mm.populate(start + kGiB, kGiB, PageSize::k1G);
  const std::string error = error_of([&] { bench.run_munmap(0, mm, start + c.offset, c.length); });
  CHECK_THAT(error, Catch::StartsWith("munmap at 0x100") && Catch::Contains(c.text));
  CHECK(error.find('\n') == std::string::npos);
}

TEST_CASE("munmap of a part of a huge page splits it, and the page goes with its last part") {
  Setting setting;
  setting.kernel = any_kernel();
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  const auto [from, length] = GENERATE(table<std::uint64_t, std::uint64_t>({
      {0, kMiB},                     // the first half
      {kMiB, kMiB},                  // the second
      {kMiB / 2, 65536},             // a hole
      {kMiB, 3 * kMiB + 3 * 65536},  // the end of one, all of the next and the beginning of a third
  }));
  CAPTURE(setting.kernel, p9mmu::mmu::name(base), from, length);
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(base);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 6 * kMiB);
  std::vector<std::uint64_t> before;
  for (std::uint64_t at = 0; at < 6 * kMiB; at += 65536) {
    before.push_back(bench.walk(mm, start + at).address.value());
  }
  std::set<std::uint64_t> cut;  // the huge pages that an end of the range lies in
  for (const std::uint64_t end : {from, from + length}) {
    if (end % (2 * kMiB) != 0) {
      cut.insert(end / (2 * kMiB));
    }
  }
  const auto counted = bench.run_munmap(0, mm, start + from, length);
  const auto splits = static_cast<std::int64_t>(cut.size());
  CHECK(counted.pmds_cleared == (length > 3 * kMiB ? 1 : 0));
  CHECK(counted.huge_pages_freed == counted.pmds_cleared);
  CHECK(counted.ipi_rounds == (std::string(setting.kernel) == "ipi" ? splits + counted.pmds_cleared : 0));
  for (std::uint64_t at = 0; at < 6 * kMiB; at += 65536) {
    const p9mmu::mmu::Walk walk = bench.walk(mm, start + at);
    const bool gone = at >= from && at < from + length;
    REQUIRE(walk.ok() != gone);
    REQUIRE((gone || walk.address.value() == before[at / 65536]));
  }
  const auto rest = bench.run_munmap(0, mm, start, 6 * kMiB);
  CHECK(rest.huge_pages_freed == 3 - counted.huge_pages_freed);
  CHECK(mm.pte_tables.empty());
  CHECK(mm.pud_tables.empty());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a translation that a core had before munmap is gone after it") {
  Setting setting;
  setting.kernel = any_kernel();
  setting.silicon = GENERATE(SiliconLevel::dd2_2, SiliconLevel::dd2_3);
  const PageSize page = GENERATE(PageSize::k2M, PageSize::k64K);
  const std::uint64_t pages = GENERATE(1U, 40U);  // taken one by one, and with the whole PID
  CAPTURE(setting.kernel, p9mmu::mmu::name(page), pages);
  const std::uint64_t length = pages * p9mmu::mmu::bytes(page);
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Mm& other = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, length, page);
  const EffectiveAddress kept = Bench::map(mm, 2 * kMiB);
  (void)Bench::map(other, length, page);
  for (std::uint32_t id = 0; id < 16; ++id) {
    REQUIRE(bench.translate(id, mm, start).ok());
    REQUIRE(bench.translate(id, mm, start + (length - 1)).ok());
    REQUIRE(bench.translate(id, other, start).ok());
  }
  bench.run_munmap(0, mm, start, length);
  for (std::uint32_t id = 0; id < 16; ++id) {
    CAPTURE(id);
    CHECK_FALSE(bench.translate(id, mm, start).ok());
    CHECK_FALSE(bench.translate(id, mm, start + (length - 1)).ok());
    CHECK(bench.translate(id, mm, kept).ok());
    CHECK(bench.translate(id, other, start).ok());
  }
}

TEST_CASE("without an invalidation a core goes on using what it has: this is what munmap prevents") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  REQUIRE(bench.translate(4, mm, start).ok());
  mm.write(Mm::pmd_entry(*mm.pmd_table(start), start), RadixEntry{0});
  CHECK(bench.translate(4, mm, start).ok());
  CHECK_FALSE(bench.translate(0, mm, start).ok());
}

TEST_CASE("an mm that has run on one CPU alone is torn down without a broadcast") {
  Setting setting;
  setting.kernel = any_kernel();
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 1);
  const EffectiveAddress start = Bench::map(mm, 100 * kMiB);
  REQUIRE(bench.translate(0, mm, start).ok());
  const auto counted = bench.run_munmap(0, mm, start, 100 * kMiB);
  CHECK(counted.tlbie_count == 0);
  CHECK(counted.ipis_sent == 0);
  const bool per_pmd = std::string(setting.kernel) == "ipi-free-flush";
  CHECK(counted.tlbiel_count == (per_pmd ? 50 : 0) + 50 + 2);  // the tables: the walk cache and a page
  CHECK_FALSE(bench.translate(0, mm, start).ok());
}

TEST_CASE("two munmaps of one mm go one after the other, as the mmap_lock has it") {
  Setting setting;
  setting.kernel = any_kernel();
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 64 * kMiB);
  bench.munmap(0, mm, start, 32 * kMiB);
  bench.munmap(8, mm, start + 32 * kMiB, 32 * kMiB);
  bench.run();
  REQUIRE(bench.returned.size() == 2);
  const Time first = bench.returned[0].second;
  const Time second = bench.returned[1].second;
  CHECK(second.ps() > first.ps() * 3 / 2);
  CHECK(bench.system.counters().pmds_cleared == 32);
  CHECK(nothing_mapped(bench, mm, start, 64 * kMiB));
  CHECK(mm.pud_tables.empty());
  CHECK(mm.mmap_lock.readers == 0);
  CHECK_FALSE(mm.mmap_lock.writer);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("munmaps of two mms run side by side") {
  Setting setting;
  setting.kernel = any_kernel();
  const auto elapsed = [&setting](bool both) {
    Bench bench(setting);
    std::vector<Mm*> mms;
    for (const std::uint32_t id : {0U, 8U}) {
      Mm& mm = bench.kernel.create_mm(PageSize::k64K);
      mms.push_back(&mm);
      Bench::run_on_first(mm, 16);
      const EffectiveAddress start = Bench::map(mm, 64 * kMiB);
      if (both || id == 0) {
        bench.munmap(id, mm, start, 64 * kMiB);
      }
    }
    bench.run();
    CHECK(bench.system.counters().pmds_cleared == (both ? 64 : 32));
    CHECK(mms[0]->pud_tables.empty());
    CHECK(mms[1]->pud_tables.empty() == both);
    CHECK(bench.accounts_add_up());
    return bench.returned.back().second;
  };
  const std::int64_t alone = elapsed(false).ps();
  const std::int64_t together = elapsed(true).ps();
  CHECK(together >= alone);
  CHECK(together < 2 * alone);
}

TEST_CASE("running ahead changes nothing in concurrent munmaps among interrupted programs") {
  Setting setting;
  setting.kernel = any_kernel();
  const auto figures = [&setting](bool exact) {
    setting.exact_events = exact;
    Bench bench(setting);
    struct Program {
      static Task<void> run(Cpu& cpu) { co_await cpu.user_compute(microseconds(300)); }
    };
    for (const std::uint32_t id : {0U, 8U}) {
      Mm& mm = bench.kernel.create_mm(PageSize::k64K);
      Bench::run_on_first(mm, 16);
      const EffectiveAddress start = Bench::map(mm, 20 * kMiB);
      bench.munmap(id, mm, start, 20 * kMiB, nanoseconds(100 * id));
    }
    bench.spawn(3, Program::run(bench.cpu(3)));
    bench.spawn(12, Program::run(bench.cpu(12)));
    bench.run();
    return std::make_tuple(bench.returned, values_of(bench.system.counters()), spending_of(bench));
  };
  CHECK(figures(false) == figures(true));
}
