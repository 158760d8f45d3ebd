#include "workloads/linux/exit.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

TEST_CASE("exit leaves nothing, and flushes once, with walk caches and process table entry") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  const PageSize base = GENERATE(PageSize::k64K, PageSize::k4K);
  CAPTURE(kernel, p9mmu::mmu::name(base));
  Setting setting;
  setting.kernel = kernel;
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(base);
  Bench::run_on_first(mm, 16);
  const EffectiveAddress huge = Bench::map(mm, 20 * kMiB);
  const EffectiveAddress small = Bench::map(mm, kMiB, base);
  REQUIRE(bench.translate(4, mm, huge).ok());
  REQUIRE(bench.translate(8, mm, small).ok());
  const TlbieLog log(bench.system);
  const auto counted = bench.run_alone(0, exit_mm(bench.kernel, bench.cpu(0), mm));
  CHECK(log.tlbies == std::vector<std::string>{tlbie_pid(mm.pid().value(), 2), kEratFixup});
  CHECK(counted.ipi_rounds == (std::string(kernel) == "ipi" ? 10 : 0));
  CHECK(counted.huge_pages_freed == 10);
  CHECK(counted.page_tables_freed == 10 + 1 + 1 + 1);  // deposited, PTE, PMD, PUD
  CHECK(mm.exited);
  CHECK(mm.vmas.empty());
  CHECK(mm.pud_tables.empty());
  CHECK(mm.pmd_tables.empty());
  CHECK(mm.pte_tables.empty());
  CHECK(bench.system.memory().read64(bench.kernel.process_table_entry(mm)) == 0);
  CHECK_FALSE(bench.translate(4, mm, huge).ok());
  CHECK_FALSE(bench.translate(8, mm, small).ok());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a batch of an exit that is full is flushed as the whole mm") {
  Setting setting;
  setting.kernel = "ipi-free-flush";
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 2);
  (void)Bench::map(mm, (8198 + 1) * 2 * kMiB);
  const auto counted = bench.run_alone(0, exit_mm(bench.kernel, bench.cpu(0), mm));
  CHECK(counted.tlbie_count == 2 * 2);
  CHECK(counted.batch_flushes == 2);
}

TEST_CASE("nobody exits from an mm that another CPU runs") {
  struct Program {
    static Task<void> run(Cpu& cpu) { co_await cpu.user_compute(microseconds(100'000)); }
  };
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  bench.spawn(4, Program::run(bench.cpu(4))).pid = mm.pid();
  bench.scheduler.run_until(microseconds(1));
  const std::string error = error_of([&] { bench.run_alone(0, exit_mm(bench.kernel, bench.cpu(0), mm)); });
  CHECK_THAT(error, Catch::Contains("CPU 4 still runs a thread"));
}
