#include "workloads/linux/rcu.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

Task<void> read_side(Cpu& cpu, Time from, Time until) {
  co_await cpu.compute(from);
  co_await cpu.local_irq_disable();
  co_await cpu.compute(until - from);
  co_await cpu.local_irq_enable();
}

Task<void> hand_over(Bench& bench, Cpu& cpu, RealAddress table, Time at) {
  co_await cpu.compute(at);
  std::vector<RemovedTable> tables{{table, 4096}};
  co_await cpu.execute(CallRcu{&bench.kernel.rcu(), &tables});
  CHECK(tables.empty());
}

/// Whether the table is the allocator's again.
bool given_back(Bench& bench, RealAddress table) {
  PageAllocator& pages = bench.kernel.pages();
  const RealAddress next = pages.allocate_table(4096);
  pages.free_table(next, 4096);
  return next == table;
}

}  // namespace

TEST_CASE("a table goes back when the last of those who were reading when it was handed over has stopped") {
  struct Case {
    const char* what;
    Time from, until;  // in which CPU 1 has interrupts off
    Time back;         // when the table, handed over at 10 us, is given back
  };
  // Disabling and enabling take a cycle or so each.
  const Time mask = cycles(4);
  const auto c = GENERATE_COPY(values<Case>({
      {"nobody reads", microseconds(20), microseconds(30), microseconds(10)},
      {"somebody reads", microseconds(5), microseconds(30), microseconds(30) + 2 * mask},
      {"somebody has stopped", microseconds(1), microseconds(9), microseconds(10)},
  }));
  CAPTURE(c.what);
  Bench bench;
  const RealAddress table = bench.kernel.pages().allocate_table(4096);
  bench.spawn(1, read_side(bench.cpu(1), c.from, c.until));
  bench.spawn(2, read_side(bench.cpu(2), microseconds(12), microseconds(40)));  // begins too late to matter
  bench.spawn(0, hand_over(bench, bench.cpu(0), table, microseconds(10)));
  bench.scheduler.run_until(c.back - Time(1));
  CHECK_FALSE(given_back(bench, table));
  bench.scheduler.run_until(c.back);
  CHECK(given_back(bench, table));
  CHECK(bench.kernel.rcu().waiting() == 0);
  bench.run();
  CHECK(bench.system.counters().page_tables_freed == 1);
}

TEST_CASE("a thread that ends with interrupts off stops reading") {
  struct Program {
    static Task<void> run(Cpu& cpu) {
      co_await cpu.local_irq_disable();
      co_await cpu.compute(microseconds(30));
    }
  };
  Bench bench;
  const RealAddress table = bench.kernel.pages().allocate_table(4096);
  bench.spawn(1, Program::run(bench.cpu(1)));
  bench.spawn(0, hand_over(bench, bench.cpu(0), table, microseconds(10)));
  bench.scheduler.run_until(microseconds(29));
  CHECK(bench.kernel.rcu().waiting() == 1);
  bench.run();
  CHECK(bench.kernel.rcu().waiting() == 0);
  CHECK(given_back(bench, table));
}

TEST_CASE("munmap gives its tables back when a walker that was under way has stopped, its pages at once") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 8);
  const EffectiveAddress start = Bench::map(mm, 65536, PageSize::k64K);
  const RealAddress page(bench.walk(mm, start).address);
  bench.spawn(4, read_side(bench.cpu(4), Time(), p9mmu::interconnect::microseconds(100)));
  bench.munmap(0, mm, start, 65536);
  bench.scheduler.run_until(microseconds(99));
  REQUIRE(bench.returned.size() == 1);
  CHECK(bench.kernel.rcu().waiting() == 3);  // PTE, PMD, PUD
  CHECK(bench.system.counters().page_tables_freed == 0);
  CHECK(bench.kernel.pages().head(page).refcount == 0);
  bench.run();
  CHECK(bench.kernel.rcu().waiting() == 0);
  CHECK(bench.system.counters().page_tables_freed == 3);
}
