#include "workloads/linux/mremap.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Scene : OneProcess {
  explicit Scene(const char* kernel, PageSize page = PageSize::k2M, PageSize base = PageSize::k64K)
      : OneProcess(kernel, base, 16) {
    start = Bench::map(mm, 4 * kMiB, page);
  }
  p9mmu::cpus::Counters move(std::uint64_t from, std::uint64_t length, EffectiveAddress target) {
    return bench.run_alone(0, sys_mremap(bench.kernel, bench.cpu(0), mm, start + from, length, target));
  }
  [[nodiscard]] std::vector<std::uint64_t> pages(EffectiveAddress at, std::uint64_t length) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t offset = 0; offset < length; offset += p9mmu::mmu::bytes(mm.base_page())) {
      const p9mmu::mmu::Walk walk = bench.walk(mm, at + offset);
      REQUIRE(walk.ok());
      found.push_back(walk.address.value());
    }
    return found;
  }
};

}  // namespace

TEST_CASE("a huge page moves with its PMD and its deposited table, and is flushed at its old place") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush", "v6.1");
  const bool same_table = GENERATE(true, false);
  CAPTURE(kernel, same_table);
  Scene scene(kernel);
  const EffectiveAddress target = scene.mm.mmap(same_table ? 2 * kMiB : kGiB);
  const std::vector<std::uint64_t> before = scene.pages(scene.start, 2 * kMiB);
  REQUIRE(scene.bench.translate(4, scene.mm, scene.start).ok());
  const TlbieLog log(scene.bench.system);
  const auto counted = scene.move(0, 2 * kMiB, target);
  std::vector<std::string> expected;
  for (std::uint64_t at = 0; std::string(kernel) != "v6.1" && at < 2 * kMiB; at += 65536) {
    expected.push_back(tlbie_page(scene.mm, PageSize::k64K, scene.start + at));
  }
  if (!expected.empty()) {
    expected.push_back(kEratFixup);
  }
  expected.push_back(tlbie_page(scene.mm, PageSize::k2M, scene.start));
  expected.push_back(kEratFixup);
  CHECK(log.tlbies == expected);
  CHECK(counted.ipi_rounds == (std::string(kernel) == "ipi" ? 1 : 0));
  CHECK(scene.pages(target, 2 * kMiB) == before);
  CHECK(scene.bench.walk(scene.mm, target).mapping.size == PageSize::k2M);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start).ok());
  CHECK_FALSE(scene.bench.translate(4, scene.mm, scene.start).ok());
  const PmdTable& at_target = *scene.mm.pmd_table(target);
  CHECK(at_target.entries == (same_table ? 2 : 1));
  CHECK(at_target.deposited != RealAddress(0));
  CHECK_FALSE(scene.mm.mmap_lock.writer);
  CHECK(scene.mm.index_of(target) == scene.start.value());
  const auto unmapped = scene.bench.run_munmap(0, scene.mm, target, 2 * kMiB);
  CHECK(unmapped.huge_pages_freed == 1);
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("a huge page that does not fit where it goes is split and moves in base pages") {
  Scene scene("ipi-free-flush");
  const EffectiveAddress target = scene.mm.mmap(4 * kMiB) + 0x10000;
  const std::vector<std::uint64_t> before = scene.pages(scene.start, 2 * kMiB);
  const auto counted = scene.move(0, 2 * kMiB, target);
  CHECK(scene.pages(target, 2 * kMiB) == before);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start).ok());
  CHECK(counted.huge_pages_freed == 0);
  // The split's huge page; two tables' worth at the new place, the first of 31 pages and then one.
  CHECK(counted.tlbsync_count == 1 + 2 + 1);  // and the empty table at the old place
  CHECK(scene.bench.run_munmap(0, scene.mm, target, 2 * kMiB).huge_pages_freed == 1);
}

TEST_CASE("base pages move with what they are, and what was mapped where they go is gone") {
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  Scene scene("ipi", base, base);
  const EffectiveAddress target = scene.mm.mmap(4 * kMiB);
  scene.mm.populate(target, 2 * kMiB, PageSize::k2M);
  const std::vector<std::uint64_t> before = scene.pages(scene.start + kMiB, kMiB);
  const auto counted = scene.move(kMiB, kMiB, target + kMiB / 2);
  CHECK(scene.pages(target + kMiB / 2, kMiB) == before);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start + kMiB).ok());
  CHECK(scene.bench.walk(scene.mm, scene.start).ok());
  CHECK(scene.bench.walk(scene.mm, target).mapping.size == base);  // what is left of the huge page there
  CHECK(counted.ipi_rounds == 1);                                  // its split
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("what cannot be moved is an error that says why") {
  struct Case {
    std::uint64_t from, length, target;
    const char* text;
  };
  const Case c = GENERATE(values<Case>({
      {4096, 65536, 16 * kMiB, "aligned to the base page"},
      {0, 65536, 16 * kMiB + 4096, "aligned to the base page"},
      {0, 2 * kMiB, kMiB, "overlap"},
      {2 * kMiB, 4 * kMiB, 16 * kMiB, "does not lie in one mapping"},
  }));
  Scene scene("ipi");
  CHECK_THAT(error_of([&] { scene.move(c.from, c.length, scene.start + c.target); }),
             Catch::StartsWith("mremap at 0x100") && Catch::Contains(c.text));
}
