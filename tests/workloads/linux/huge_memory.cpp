#include "workloads/linux/huge_memory.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

Task<void> clear(Bench& bench, Mm& mm, EffectiveAddress address, bool full, RadixEntry& old) {
  const RealAddress entry = Mm::pmd_entry(*mm.pmd_table(address), address);
  old = co_await pmdp_huge_get_and_clear_full(bench.kernel, bench.cpu(0), mm, entry, address, full);
}
Task<void> zap(Bench& bench, std::uint32_t id, Mm& mm, EffectiveAddress address, std::vector<bool>& zapped) {
  Cpu& cpu = bench.cpu(id);
  MmuGather gather(bench.kernel, mm, false);
  zapped.push_back(co_await zap_huge_pmd(bench.kernel, cpu, mm, *mm.pmd_table(address), gather, address));
  co_await gather.finish(cpu);
}

}  // namespace

TEST_CASE("clearing a huge entry returns it as it was and does what the kernel's policy says") {
  struct Case {
    const char* kernel;
    bool full;
    std::int64_t rounds, flushes;
  };
  const Case c = GENERATE(values<Case>({
      {"ipi", false, 1, 0},
      {"ipi", true, 1, 0},
      {"ipi-free", false, 0, 0},
      {"ipi-free", true, 0, 0},
      {"ipi-free-flush", false, 0, 1},
      {"ipi-free-flush", true, 0, 0},  // when the whole mm goes, one flush at its end is enough
  }));
  CAPTURE(c.kernel, c.full);
  Setting setting;
  setting.kernel = c.kernel;
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 8);
  const EffectiveAddress start = Bench::map(mm, 4 * kMiB);
  const RealAddress entry = Mm::pmd_entry(*mm.pmd_table(start), start);
  const RadixEntry before = mm.read(entry);
  RadixEntry old;
  bench.spawn(0, clear(bench, mm, start, c.full, old));
  bench.run();
  CHECK(old == before);
  CHECK(mm.read(entry).bits == 0);
  CHECK(mm.read(entry + 8).leaf());
  CHECK(bench.system.counters().ipi_rounds == c.rounds);
  CHECK(bench.system.counters().tlbsync_count == c.flushes);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("the walkers' round has the pmd lock's holder wait for a CPU with interrupts disabled") {
  struct Program {
    static Task<void> walk(Cpu& cpu) {
      co_await cpu.local_irq_disable();
      co_await cpu.compute(microseconds(40));
      co_await cpu.local_irq_enable();
    }
  };
  const auto [kernel, waits] = GENERATE(table<const char*, bool>({
      {"ipi", true},
      {"ipi-free", false},
      {"ipi-free-flush", false},
  }));
  CAPTURE(kernel);
  Setting setting;
  setting.kernel = kernel;
  setting.cpus = p9mmu::testing::sample_cpus_idling_in(p9mmu::cpus::StopState::snooze);
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 8);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  bench.spawn(4, Program::walk(bench.cpu(4)));
  RadixEntry old;
  bench.spawn(0, clear(bench, mm, start, false, old));
  bench.run();
  CHECK((bench.cpu(0).now() > microseconds(40)) == waits);
}

TEST_CASE("two CPUs that zap the same entry clear it once") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  std::vector<bool> zapped;
  bench.spawn(0, zap(bench, 0, mm, start, zapped));
  bench.spawn(8, zap(bench, 8, mm, start, zapped));
  bench.run();
  CHECK(std::count(zapped.begin(), zapped.end(), true) == 1);
  CHECK(zapped.size() == 2);
  CHECK(bench.system.counters().pmds_cleared == 1);
  CHECK(bench.system.counters().huge_pages_freed == 1);
  CHECK(bench.system.counters().page_tables_freed == 1);
  CHECK_FALSE(mm.pmd_table(start)->lock.held());
  CHECK(mm.pmd_table(start)->entries == 0);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an entry that is a table is not zapped as a huge page") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 65536, PageSize::k64K);
  std::vector<bool> zapped;
  bench.spawn(0, zap(bench, 0, mm, start, zapped));
  bench.run();
  CHECK(zapped == std::vector<bool>{false});
  CHECK_FALSE(mm.pmd_table(start)->lock.held());
  CHECK(bench.walk(mm, start).ok());
}
