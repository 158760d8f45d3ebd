#include "workloads/linux/lockless_walk.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

Task<void> look_up(Bench& bench, Mm& mm, EffectiveAddress address, LinuxFrame& taken) {
  taken = co_await lookup_linux_pte(bench.kernel, bench.cpu(0), mm, address);
}

Setting with_walkers(const char* kernel) {
  Setting setting;
  setting.kernel = kernel;
  return setting;
}

/// When the look-up that begins at 0 has read so many entries: each a load of a line at hand, after the
/// instructions around the walk and the store that disables interrupts.
Time after_reads(int reads) {
  return cycles(60) + (1 + reads) * cycles(4);
}

RealAddress pmd_of(Mm& mm, EffectiveAddress address) {
  return Mm::pmd_entry(*mm.pmd_table(address), address);
}

}  // namespace

TEST_CASE("a look-up finds the base page that an address is mapped to, in every page size") {
  const auto [base, page, length] = GENERATE(table<PageSize, PageSize, std::uint64_t>({
      {PageSize::k64K, PageSize::k2M, 4 * kMiB},
      {PageSize::k4K, PageSize::k2M, 4 * kMiB},
      {PageSize::k64K, PageSize::k64K, kMiB},
      {PageSize::k4K, PageSize::k4K, kMiB},
      {PageSize::k64K, PageSize::k1G, kGiB},
  }));
  const char* kernel = GENERATE("ipi", "ipi-free");  // old walkers, new walkers
  CAPTURE(p9mmu::mmu::name(base), p9mmu::mmu::name(page), kernel);
  Bench bench(with_walkers(kernel));
  Mm& mm = bench.kernel.create_mm(base);
  const EffectiveAddress address = Bench::map(mm, length, page) + 0xE1234;
  LinuxFrame taken;
  bench.spawn(0, look_up(bench, mm, address, taken));
  bench.run();
  REQUIRE(taken.present);
  CHECK(taken.writable);
  CHECK(taken.frame.value() == (bench.walk(mm, address).address.value() & ~std::uint64_t{0xFFF}));
  CHECK_FALSE(bench.cpu(0).soft_masked());
  CHECK(bench.accounts_add_up());
}

TEST_CASE(
    "a look-up finds nothing where nothing is mapped, at whatever level, or while a PMD is serialised") {
  const auto what = GENERATE(values<std::string>({"PGD", "PUD", "PMD", "PTE", "serialised"}));
  CAPTURE(what);
  Bench bench(with_walkers(GENERATE("ipi", "ipi-free")));
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(1024 * kGiB);
  mm.populate(start, 65536, PageSize::k64K);
  mm.populate(start + 2 * kMiB, 2 * kMiB, PageSize::k2M);
  EffectiveAddress address = start;
  if (what == "PGD") {
    address = start + 600 * kGiB;
  } else if (what == "PUD") {
    address = start + 3 * kGiB;
  } else if (what == "PMD") {
    address = start + 4 * kMiB;
  } else if (what == "PTE") {
    address = start + 65536;
  } else {
    address = start + 2 * kMiB;
    const RadixEntry entry = mm.read(pmd_of(mm, address));
    mm.write(pmd_of(mm, address), RadixEntry{(entry.bits & ~RadixEntry::kValid) | RadixEntry::kSoftware0});
  }
  LinuxFrame taken;
  bench.spawn(0, look_up(bench, mm, address, taken));
  bench.run();
  CHECK_FALSE(taken.present);
}

TEST_CASE("when a huge entry becomes a table pointer under a walker, an old one takes the table for a page") {
  struct Case {
    const char* kernel;
    int reads;  // that the walker has made by then; the third is that of the PMD
    bool present;
    bool takes_table;
  };
  const Case c = GENERATE(values<Case>({
      {"ipi", 3, true, true},
      {"ipi", 4, true, true},
      {"ipi", 5, true, false},  // it has read all that it reads
      {"ipi-free", 3, false, false},
      {"ipi-free", 4, true, false},  // the value that it has is stale, which it must bear
  }));
  CAPTURE(c.kernel, c.reads);
  Bench bench(with_walkers(c.kernel));
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = Bench::map(mm, 2 * kMiB);
  const RealAddress page(mm.read(pmd_of(mm, address)).real_page());
  const RealAddress table = bench.kernel.pages().allocate_table(4096);
  LinuxFrame taken;
  bench.spawn(0, look_up(bench, mm, address, taken));
  bench.scheduler.run_until(after_reads(c.reads));
  mm.write(pmd_of(mm, address), RadixEntry::make_directory(table, p9mmu::mmu::kLastBits64K));
  bench.run();
  REQUIRE(taken.present == c.present);
  if (c.present) {
    CHECK(taken.frame == (c.takes_table ? table : page));
  }
}

TEST_CASE("a look-up inside a section with interrupts off leaves them off") {
  struct Program {
    static Task<void> run(Bench& bench, Mm& mm, EffectiveAddress address) {
      Cpu& cpu = bench.cpu(0);
      co_await cpu.local_irq_disable();
      const LinuxFrame taken = co_await lookup_linux_pte(bench.kernel, cpu, mm, address);
      CHECK(taken.present);
      CHECK(cpu.soft_masked());
      co_await cpu.local_irq_enable();
    }
  };
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress address = Bench::map(mm, 2 * kMiB);
  bench.spawn(0, Program::run(bench, mm, address));
  bench.run();
  CHECK_FALSE(bench.cpu(0).soft_masked());
}
