// Whom a flush must reach, and CPUs that are asked to forget an mm that they do not run.
#include <algorithm>

#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/tlb_flush.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::mmu::TlbInvalidate;

namespace {

/// Counts invalidations by CPU, and those of a tlbiel that begin a flush of everything of a PID.
class Tally final : public p9mmu::cpus::InvalidationObserver {
 public:
  explicit Tally(std::uint32_t cpus) : tlbies(cpus), tlbiels(cpus), whole(cpus) {}
  void tlbie(CpuId cpu, const TlbInvalidate&, Time) override { ++tlbies[cpu.value()]; }
  void tlbiel(CpuId cpu, const TlbInvalidate& what, std::uint32_t sets, Time) override {
    tlbiels[cpu.value()] += static_cast<int>(sets);
    whole[cpu.value()] += what.ric == p9mmu::mmu::InvalidateCaches::all ? 1 : 0;
  }
  std::vector<int> tlbies, tlbiels, whole;
};

/// An mm whose thread on CPU 0 flushes pages one after the other, and which the first `cpus` CPUs have run.
class Process {
 public:
  Process(const char* kernel, std::uint32_t cpus)
      : bench(setting(kernel)), mm(bench.kernel.create_mm(PageSize::k64K)), tally(bench.system.cpus()) {
    start = Bench::map(mm, 2 * kMiB);
    Bench::run_on_first(mm, cpus);
    bench.system.set_invalidation_observer(&tally);
  }
  /// A thread of the process runs on that CPU, for ever.
  void spin(std::uint32_t id) { bench.spawn(id, spin_forever(bench.cpu(id))).pid = mm.pid(); }
  /// So many flushes of one page each, by a thread of the process, or by somebody else.
  void flush(int times, bool by_itself = true) {
    auto& thread = bench.spawn(0, flush_pages(*this, times), bench.scheduler.present());
    if (by_itself) {
      thread.pid = mm.pid();
    }
    bench.run();
  }
  void flush_all(bool fullmm) {
    bench.spawn(0, flush_everything(*this, fullmm), bench.scheduler.present()).pid = mm.pid();
    bench.run();
  }
  [[nodiscard]] const p9mmu::cpus::Counters& counted() { return bench.system.counters(); }

  Bench bench;
  Mm& mm;
  EffectiveAddress start;
  Tally tally;

 private:
  static Setting setting(const char* kernel) {
    Setting result;
    result.kernel = kernel;
    return result;
  }
  static Task<void> spin_forever(Cpu& cpu) { co_await cpu.user_compute(Time::never()); }
  static Task<void> flush_pages(Process& process, int times) {
    const std::uint64_t start = process.start.value();
    for (int i = 0; i < times; ++i) {
      co_await process.bench.kernel.flush().radix__flush_pmd_tlb_range(process.bench.cpu(0), process.mm,
                                                                       start, start + 2 * kMiB);
    }
  }
  static Task<void> flush_everything(Process& process, bool fullmm) {
    co_await process.bench.kernel.flush().radix__flush_all_mm(process.bench.cpu(0), process.mm, fullmm);
  }
};

constexpr int kSets = 128;

}  // namespace

TEST_CASE(
    "a process with one thread left has the other CPUs forget it once, and flushes alone from then on") {
  const char* const kernel = GENERATE("ipi", "ipi-free-flush", "v6.1");
  CAPTURE(kernel);
  Process process(kernel, 5);
  process.mm.single_threaded = true;
  for (std::uint32_t id = 0; id < 5; ++id) {
    REQUIRE(process.bench.translate(id, process.mm, process.start).ok());
  }
  process.mm.write(Mm::pmd_entry(*process.mm.pmd_table(process.start), process.start), RadixEntry{0});
  process.flush(1);
  CHECK(process.counted().ipi_rounds == 1);
  CHECK(process.counted().ipis_sent == 4);
  CHECK(process.counted().tlbie_count == 0);
  CHECK(process.tally.tlbiels[0] == 1);
  for (std::uint32_t id = 1; id < 5; ++id) {
    CHECK(process.tally.tlbiels[id] == kSets);
    CHECK(process.tally.whole[id] == 1);
  }
  CHECK(process.mm.cpumask().cpus() == std::vector<CpuId>{CpuId(0)});
  for (std::uint32_t id = 0; id < 5; ++id) {
    CHECK_FALSE(process.bench.translate(id, process.mm, process.start).ok());
  }
  process.flush(3);
  CHECK(process.counted().ipi_rounds == 1);
  CHECK(process.tally.tlbiels[0] == 4);
  CHECK(process.bench.accounts_add_up());
}

TEST_CASE("asking CPUs to forget an mm costs the same whether the scheduler runs ahead or not") {
  const auto figures = [](bool exact) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    Mm& mm = bench.kernel.create_mm(PageSize::k64K);
    Bench::run_on_first(mm, 16);
    mm.single_threaded = true;
    const EffectiveAddress start = Bench::map(mm, 8 * kMiB);
    bench.spawn(0, sys_munmap(bench.kernel, bench.cpu(0), mm, start, 8 * kMiB)).pid = mm.pid();
    bench.run();
    return std::make_tuple(bench.end(), values_of(bench.system.counters()), spending_of(bench));
  };
  CHECK(figures(false) == figures(true));
}

TEST_CASE("a process with threads elsewhere broadcasts, and so does the teardown of the last thread's mm") {
  Process process("v6.1", 5);
  SECTION("threads that sleep") {
    process.flush(1);
  }
  SECTION("the mm goes for good") {
    process.mm.single_threaded = true;
    process.flush_all(true);
  }
  CHECK(process.counted().ipi_rounds == 0);
  CHECK(process.tally.tlbies[0] == 2);
  CHECK(process.mm.cpumask().count() == 5);
}

TEST_CASE("somebody else's flush of a process with one thread does not trim it") {
  Process process("v6.1", 5);
  process.mm.single_threaded = true;
  process.flush(1, false);
  CHECK(process.counted().ipi_rounds == 0);
  CHECK(process.counted().tlbie_count == 2);
}

TEST_CASE("from v5.12 every 1,073rd global flush drops CPUs that do not run the mm") {
  const auto [kernel, trims] =
      GENERATE(table<const char*, bool>({{"ipi", false}, {"ipi-free-flush", false}, {"v6.1", true}}));
  CAPTURE(kernel);
  Process process(kernel, 5);
  process.spin(3);
  process.flush(1072);
  CHECK(process.counted().ipi_rounds == 0);
  CHECK(process.tally.tlbies[0] == 2 * 1072);
  process.flush(1);
  CHECK(process.counted().ipi_rounds == (trims ? 1 : 0));
  CHECK(process.tally.tlbies[0] == 2 * (trims ? 1072 : 1073));
  CHECK(process.tally.tlbiels[0] == (trims ? 1 : 0));
  CHECK(process.tally.tlbiels[3] == (trims ? kSets : 0));  // it runs there: flushed, and kept
  CHECK(process.mm.cpumask().count() == (trims ? 2 : 5));
  CHECK(process.mm.cpumask().test(CpuId(3)));
}

TEST_CASE("an mm that no CPU has in its mask needs no flush from v5.12 on") {
  const auto [kernel, tlbies] = GENERATE(table<const char*, int>({{"ipi-free-flush", 2}, {"v6.1", 0}}));
  CAPTURE(kernel);
  Process process(kernel, 0);
  process.flush(1, false);
  CHECK(process.counted().tlbie_count == tlbies);
  CHECK(process.counted().tlbiel_count == 0);
}

TEST_CASE("an mm of this CPU alone that somebody else flushes is forgotten here too, now and then") {
  Process process("v6.1", 1);
  process.flush(1072, false);
  CHECK(process.tally.tlbiels[0] == 1072);
  process.flush(1, false);
  CHECK(process.tally.tlbiels[0] == 1072 + kSets);
  CHECK(process.mm.cpumask().count() == 0);
}
