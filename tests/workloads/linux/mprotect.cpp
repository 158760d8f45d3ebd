#include "workloads/linux/mprotect.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::mmu::Access;

namespace {

struct Scene : OneProcess {
  explicit Scene(const char* kernel, PageSize page = PageSize::k2M, std::uint64_t length = 4 * kMiB)
      : OneProcess(kernel, PageSize::k64K, 16) {
    start = Bench::map(mm, length, page);
  }
  p9mmu::cpus::Counters protect(std::uint64_t from, std::uint64_t length, Protection protection) {
    return bench.run_alone(0, sys_mprotect(bench.kernel, bench.cpu(0), mm, start + from, length, protection));
  }
};

}  // namespace

TEST_CASE("mprotect of huge pages changes each under a flush of its own, and then flushes the range") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush", "v6.1");
  const auto protection = GENERATE(Protection::read, Protection::none);
  CAPTURE(kernel, static_cast<int>(protection));
  Scene scene(kernel);
  REQUIRE(scene.bench.translate(4, scene.mm, scene.start, Access::store).ok());
  const RealAddress page(scene.bench.walk(scene.mm, scene.start).address);
  const TlbieLog log(scene.bench.system);
  const auto counted = scene.protect(0, 2 * kMiB, protection);
  std::vector<std::string> expected{tlbie_page(scene.mm, PageSize::k2M, scene.start), kEratFixup};
  for (std::uint64_t at = 0; std::string(kernel) != "v6.1" && at < 2 * kMiB; at += 65536) {
    expected.push_back(tlbie_page(scene.mm, PageSize::k64K, scene.start + at));
  }
  if (std::string(kernel) != "v6.1") {
    expected.push_back(kEratFixup);
  }
  expected.push_back(tlbie_page(scene.mm, PageSize::k2M, scene.start));
  expected.push_back(kEratFixup);
  CHECK(log.tlbies == expected);
  CHECK(counted.tlbsync_count == 2);
  CHECK(counted.ipi_rounds == (std::string(kernel) == "ipi" ? 1 : 0));
  const bool none = protection == Protection::none;
  CHECK(scene.bench.translate(4, scene.mm, scene.start, Access::load).ok() == !none);
  CHECK_FALSE(scene.bench.translate(4, scene.mm, scene.start, Access::store).ok());
  CHECK(scene.bench.translate(4, scene.mm, scene.start + 2 * kMiB, Access::store).ok());
  const RadixEntry entry = scene.mm.read(Mm::pmd_entry(*scene.mm.pmd_table(scene.start), scene.start));
  CHECK(entry.leaf());
  CHECK(entry.valid());
  CHECK(RealAddress(entry.real_page()) == page);
  CHECK(entry.change());
  REQUIRE(scene.mm.vmas.size() == 2);
  CHECK_FALSE(scene.mm.vmas.at(scene.start.value()).writable);
  CHECK(scene.mm.vmas.at(scene.start.value() + 2 * kMiB).writable);
  CHECK(scene.mm.tlb_flush_pending == 0);
  CHECK_FALSE(scene.mm.mmap_lock.writer);
  CHECK(scene.bench.accounts_add_up());
}

TEST_CASE("a range of base pages is flushed page by page up to 33, as the PID beyond, 256 where local") {
  struct Case {
    bool global;
    std::uint64_t pages;
    std::int64_t tlbies, tlbiels;
  };
  const Case c = GENERATE(values<Case>({
      {true, 33, 33 + 1 + 1 + 1, 0},  // 2M of them lie aligned and are flushed as huge, too
      {true, 34, 1 + 1, 0},
      {true, 3, 3 + 1, 0},
      {false, 256, 0, 256 + 8},
      {false, 257, 0, 128},
      {false, 3, 0, 3},
  }));
  CAPTURE(c.global, c.pages);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, c.global ? 2 : 1);
  const EffectiveAddress start = Bench::map(mm, 32 * kMiB, PageSize::k64K);
  const auto counted = bench.run_alone(
      0, sys_mprotect(bench.kernel, bench.cpu(0), mm, start, c.pages * 65536, Protection::read));
  CHECK(counted.tlbie_count == c.tlbies);
  CHECK(counted.tlbiel_count == c.tlbiels);
  CHECK(counted.tlbsync_count == (c.global ? 1 : 0));
}

TEST_CASE("mprotect of a part of a huge page splits it") {
  Scene scene("ipi-free-flush");
  const TlbieLog log(scene.bench.system);
  scene.protect(0x30000, 0x10000, Protection::read);
  CHECK(log.tlbies == std::vector<std::string>{tlbie_page(scene.mm, PageSize::k2M, scene.start), kEratFixup,
                                               tlbie_page(scene.mm, PageSize::k64K, scene.start + 0x30000),
                                               kEratFixup});
  CHECK(scene.mm.vmas.size() == 3);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start + 0x30000).process_leaf.writable());
  CHECK(scene.bench.walk(scene.mm, scene.start + 0x40000).process_leaf.writable());
}

TEST_CASE("a store to memory that may be read only is an error") {
  Scene scene("ipi-free", GENERATE(PageSize::k2M, PageSize::k64K));
  scene.protect(0, 4 * kMiB, Protection::read);
  CHECK_THAT(error_of([&] { scene.bench.access(0, scene.mm, Access::store, scene.start); }),
             Catch::Contains("does not allow it"));
}

TEST_CASE("memory that may be written to again is mapped so by the next store") {
  const PageSize page = GENERATE(PageSize::k2M, PageSize::k64K);
  Scene scene("ipi-free", page);
  const RealAddress before(scene.bench.walk(scene.mm, scene.start).address);
  scene.protect(kMiB, 2 * kMiB, Protection::read);
  CHECK(scene.mm.vmas.size() == 3);
  scene.protect(0, 4 * kMiB, Protection::none);
  scene.protect(0, 4 * kMiB, Protection::read_write);
  REQUIRE(scene.mm.vmas.size() == 1);
  CHECK(scene.mm.vmas.at(scene.start.value()).end == scene.start.value() + 4 * kMiB);
  CHECK_FALSE(scene.bench.walk(scene.mm, scene.start).process_leaf.writable());
  const auto stored = scene.bench.access(0, scene.mm, Access::store, scene.start);
  CHECK(stored.address == before);
  CHECK(scene.bench.walk(scene.mm, scene.start).process_leaf.writable());
}

TEST_CASE("a protection that is the same already changes and flushes nothing, nor one of untouched memory") {
  Scene scene("ipi");
  CHECK(scene.protect(0, 4 * kMiB, Protection::read_write).tlbie_count == 0);
  scene.start = scene.mm.mmap(2 * kMiB);
  CHECK(scene.protect(0, 2 * kMiB, Protection::none).tlbie_count == 0);
  CHECK_FALSE(scene.mm.find_vma(scene.start)->readable);
}

TEST_CASE("mprotect of a hole is an error that says where it begins") {
  Scene scene("ipi");
  CHECK_THAT(error_of([&] { scene.protect(2 * kMiB, 4 * kMiB, Protection::read); }),
             Catch::StartsWith("mprotect at 0x10000200000: not mapped from 0x10000400000 on"));
}
