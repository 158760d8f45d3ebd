#include "workloads/linux/madvise.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene : OneProcess {
  Scene(const char* kernel, std::uint64_t length, PageSize page) : OneProcess(kernel, PageSize::k64K, 16) {
    start = Bench::map(mm, length, page);
  }
  Task<void> dontneed(std::uint32_t id, std::uint64_t from, std::uint64_t length) {
    return sys_madvise_dontneed(bench.kernel, bench.cpu(id), mm, start + from, length);
  }
};

}  // namespace

TEST_CASE("MADV_DONTNEED gives pages back and leaves mapping and tables; the next access maps new ones") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  const PageSize page = GENERATE(PageSize::k2M, PageSize::k64K);
  CAPTURE(kernel, p9mmu::mmu::name(page));
  Scene scene(kernel, 8 * kMiB, page);
  for (std::uint32_t id = 0; id < 16; id += 4) {
    REQUIRE(scene.bench.translate(id, scene.mm, scene.start + 2 * kMiB).ok());
  }
  const TlbieLog log(scene.bench.system);
  const auto counted = scene.bench.run_alone(0, scene.dontneed(0, 2 * kMiB, 4 * kMiB));
  const bool huge = page == PageSize::k2M;
  const std::string name = kernel;
  // Two huge pages: each flushed by itself in v5.8, then both by the gather; 64 base pages: the PID.
  std::vector<std::string> expected;
  for (std::uint64_t at = 2 * kMiB; huge && name == "ipi-free-flush" && at < 6 * kMiB; at += 2 * kMiB) {
    expected.push_back(tlbie_page(scene.mm, PageSize::k2M, scene.start + at));
    expected.push_back(kEratFixup);
  }
  if (huge) {
    expected.push_back(tlbie_page(scene.mm, PageSize::k2M, scene.start + 2 * kMiB));
    expected.push_back(tlbie_page(scene.mm, PageSize::k2M, scene.start + 4 * kMiB));
  } else {
    expected.push_back(tlbie_pid(scene.mm.pid().value(), 0));
  }
  expected.push_back(kEratFixup);
  CHECK(log.tlbies == expected);
  CHECK(counted.ipi_rounds == (huge && name == "ipi" ? 2 : 0));
  CHECK(counted.huge_pages_freed == (huge ? 2 : 0));
  CHECK(counted.page_tables_freed == (huge ? 2 : 0));  // the deposited ones
  CHECK(scene.mm.vmas.size() == 1);
  CHECK(scene.mm.pmd_tables.size() == 1);
  CHECK(scene.mm.pte_tables.size() == (huge ? 0 : 4));
  CHECK(scene.mm.mmap_lock.readers == 0);
  for (std::uint32_t id = 0; id < 16; id += 4) {
    CHECK_FALSE(scene.bench.translate(id, scene.mm, scene.start + 2 * kMiB).ok());
  }
  CHECK(scene.bench.walk(scene.mm, scene.start).ok());
  CHECK(scene.bench.walk(scene.mm, scene.start + 6 * kMiB).ok());
  CHECK(scene.bench.access(4, scene.mm, p9mmu::mmu::Access::store, scene.start + 2 * kMiB).ok());
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("MADV_DONTNEED of a part of a huge page splits it and keeps the page while any of it is mapped") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  CAPTURE(kernel);
  Scene scene(kernel, 2 * kMiB, PageSize::k2M);
  const RealAddress page = page_base(scene.bench.walk(scene.mm, scene.start).address, PageSize::k2M);
  const TlbieLog log(scene.bench.system);
  const auto counted = scene.bench.run_alone(0, scene.dontneed(0, 0x50000, 0x20000));
  CHECK(counted.huge_pages_freed == 0);
  CHECK(counted.ipi_rounds == (std::string(kernel) == "ipi" ? 1 : 0));
  CHECK(log.tlbies == std::vector<std::string>{tlbie_page(scene.mm, PageSize::k2M, scene.start), kEratFixup,
                                               tlbie_page(scene.mm, PageSize::k64K, scene.start + 0x50000),
                                               tlbie_page(scene.mm, PageSize::k64K, scene.start + 0x60000),
                                               kEratFixup});
  CHECK(scene.bench.kernel.pages().head(page).refcount == 30);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start + 0x60000).ok());
  CHECK(scene.bench.walk(scene.mm, scene.start + 0x70000).address == page + 0x70000);
  CHECK(scene.bench.run_alone(0, scene.dontneed(0, 0, 2 * kMiB)).huge_pages_freed == 1);
}

TEST_CASE("two that gather from one mm at a time flush all of it, each") {
  const bool exact = GENERATE(false, true);
  Setting setting;
  setting.kernel = "ipi-free";
  setting.exact_events = exact;
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 8 * kMiB);
  const TlbieLog log(bench.system);
  for (const std::uint32_t id : {0U, 8U}) {
    bench.spawn(id,
                sys_madvise_dontneed(bench.kernel, bench.cpu(id), mm, start + id / 8 * 4 * kMiB, 4 * kMiB));
  }
  bench.run();
  // The first to finish finds the other under way; whether the other finds it depends on who is faster.
  CHECK(std::count(log.tlbies.begin(), log.tlbies.end(), tlbie_pid(mm.pid().value(), 2)) >= 1);
  CHECK(mm.tlb_flush_pending == 0);
  CHECK(bench.system.counters().huge_pages_freed == 4);
}

TEST_CASE("MADV_DONTNEED of what is not mapped does nothing, and of an unaligned address is an error") {
  Scene scene("ipi", 2 * kMiB, PageSize::k2M);
  CHECK(scene.bench.run_alone(0, scene.dontneed(0, 64 * kMiB, kMiB)).tlbie_count == 0);
  CHECK_THAT(error_of([&] { scene.bench.run_alone(0, scene.dontneed(0, 4096, kMiB)); }),
             Catch::StartsWith("madvise at 0x100") && Catch::Contains("aligned to the base page"));
}
