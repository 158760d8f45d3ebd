#include "workloads/linux/fault.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/workloads/linux/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

Task<void> access(Bench& bench, Cpu& cpu, Mm& mm, mmu::Access kind, EffectiveAddress address,
                  mmu::Translation& result) {
  result = co_await access_memory(bench.kernel, cpu, mm, kind, address);
}

/// One access by CPU `id`; what was counted on the way, and in `result` what it went through.
cpus::Counters run_access(Bench& bench, std::uint32_t id, Mm& mm, mmu::Access kind, EffectiveAddress address,
                          mmu::Translation& result) {
  const cpus::Counters before = bench.system.counters();
  bench.spawn(id, access(bench, bench.cpu(id), mm, kind, address, result), bench.scheduler.present());
  bench.run();
  return cpus::difference(bench.system.counters(), before);
}

}  // namespace

TEST_CASE(
    "the first access to a mapping faults once and maps a huge page where one fits, a base page elsewhere") {
  struct Case {
    std::uint64_t length;
    std::uint64_t offset;
    PageSize base;
    PageSize mapped;
  };
  const auto c = GENERATE(Case{4 * kMiB, 3 * kMiB + 5, PageSize::k64K, PageSize::k2M},
                          Case{4 * kMiB, 0, PageSize::k4K, PageSize::k2M},
                          Case{3 * kMiB, 2 * kMiB + 70'000, PageSize::k64K, PageSize::k64K},
                          Case{kMiB, 4096, PageSize::k4K, PageSize::k4K});
  const auto kind = GENERATE(mmu::Access::load, mmu::Access::store);
  CAPTURE(c.length, c.offset, mmu::name(c.base), static_cast<int>(kind));
  Bench bench;
  Mm& mm = bench.kernel.create_mm(c.base);
  const EffectiveAddress address = mm.mmap(c.length) + c.offset;
  mmu::Translation first;
  CHECK(run_access(bench, 0, mm, kind, address, first).page_faults == 1);
  CHECK(first.size == c.mapped);
  CHECK(bench.walk(mm, address).address == first.address);
  mmu::Translation second;
  CHECK(run_access(bench, 0, mm, kind, address, second).page_faults == 0);
  CHECK(second.source == mmu::TranslationSource::erat);
  mmu::Translation from_elsewhere;
  CHECK(run_access(bench, 8, mm, kind, address, from_elsewhere).page_faults == 0);
  CHECK(from_elsewhere.address == first.address);
  // A load is given the page of zeroes.
  CHECK(bench.kernel.pages().is_zero_page(page_base(first.address, c.mapped)) == (kind == mmu::Access::load));
}

TEST_CASE("two CPUs that fault on one page at the same time map it once") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = mm.mmap(2 * kMiB);
  mmu::Translation here;
  mmu::Translation there;
  bench.spawn(0, access(bench, bench.cpu(0), mm, mmu::Access::store, address, here), Time());
  bench.spawn(12, access(bench, bench.cpu(12), mm, mmu::Access::store, address, there), Time());
  bench.run();
  CHECK(bench.system.counters().page_faults == 2);
  CHECK(here.ok());
  CHECK(there.address == here.address);
  CHECK(mm.pmd_table(address)->entries == 1);
}

TEST_CASE("an address space may have huge pages or not, whatever the others have") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  mm.thp = HugePages::never;
  Mm& other = bench.kernel.create_mm(PageSize::k64K);
  const auto kind = GENERATE(mmu::Access::load, mmu::Access::store);
  mmu::Translation result;
  run_access(bench, 0, mm, kind, mm.mmap(2 * kMiB), result);
  CHECK(result.size == PageSize::k64K);
  run_access(bench, 0, other, kind, other.mmap(2 * kMiB), result);
  CHECK(result.size == PageSize::k2M);
}

TEST_CASE("what munmap has taken away faults again, and is an error once no mapping is there") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = mm.mmap(2 * kMiB);
  mmu::Translation result;
  run_access(bench, 4, mm, mmu::Access::store, address, result);
  const cpus::Counters unmapped = bench.run_munmap(0, mm, address, 2 * kMiB);
  CHECK(unmapped.huge_pages_freed == 1);
  CHECK_THAT(error_of([&] { run_access(bench, 4, mm, mmu::Access::load, address, result); }),
             Catch::Contains("load at 0x") && Catch::Contains("no mapping is there"));
}

TEST_CASE("a fetch from anonymous memory and an access outside user space are errors that say so") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = mm.mmap(2 * kMiB);
  mmu::Translation result;
  CHECK_THAT(error_of([&] { run_access(bench, 0, mm, mmu::Access::fetch, address, result); }),
             Catch::Contains("fetch at 0x") && Catch::Contains("does not allow it"));
  Bench other;
  Mm& its = other.kernel.create_mm(PageSize::k64K);
  CHECK_THAT(error_of([&] {
               run_access(other, 0, its, mmu::Access::load, EffectiveAddress(std::uint64_t{1} << 60), result);
             }),
             Catch::Contains("outside of user space"));
}

}  // namespace p9mmu::workloads::testing
