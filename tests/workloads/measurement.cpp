#include "workloads/measurement.h"

#include <algorithm>

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::cpus::Cause;
using p9mmu::cpus::Routine;
using p9mmu::interconnect::Time;

namespace {

Time spent(const Phase& phase, bool measured_cpu, const std::string& path, Cause cause) {
  for (const Spending& spending : phase.spending) {
    if (spending.measured_cpu == measured_cpu && spending.path == path && spending.cause == cause) {
      return spending.span;
    }
  }
  return Time();
}
Time total(const Phase& phase, bool measured_cpu) {
  Time sum;
  for (const Spending& spending : phase.spending) {
    sum += spending.measured_cpu == measured_cpu ? spending.span : Time();
  }
  return sum;
}

Task<void> one_phase(Bench& bench, Measurements& measurements) {
  Cpu& cpu = bench.cpu(0);
  co_await cpu.compute(nanoseconds(100));
  measurements.begin(cpu, "phase");
  {
    const Routine routine(cpu, "work");
    co_await cpu.compute(nanoseconds(300));
    co_await cpu.hwsync();
  }
  measurements.end(cpu, "phase");
  co_await cpu.compute(nanoseconds(50));
}
Task<void> nested_phases(Bench& bench, Measurements& measurements) {
  Cpu& cpu = bench.cpu(0);
  measurements.begin(cpu, "outer");
  co_await cpu.compute(nanoseconds(10));
  measurements.begin(cpu, "inner");
  co_await cpu.compute(nanoseconds(20));
  measurements.end(cpu, "inner");
  co_await cpu.compute(nanoseconds(30));
  measurements.end(cpu, "outer");
  measurements.begin(cpu, "inner");
}
Task<void> measured_round(Bench& bench, Measurements& measurements, const CpuMask& mask,
                          const RemoteFunction& function) {
  Cpu& cpu = bench.cpu(0);
  co_await cpu.compute(microseconds(1));
  measurements.begin(cpu, "round");
  co_await bench.kernel.smp().smp_call_function_many(cpu, mask, function);
  co_await cpu.compute(microseconds(20));
  measurements.end(cpu, "round");
}
Task<void> run_for_ever(Cpu& cpu, bool guest) {
  const Routine routine(cpu, guest ? "guest" : "user");
  if (guest) {
    co_await cpu.run_guest();
  } else {
    co_await cpu.user_compute(Time::never());
  }
}
Task<void> measured_tlbies(Bench& bench, Measurements& measurements, int count) {
  Cpu& cpu = bench.cpu(0);
  const p9mmu::mmu::TlbInvalidate page = p9mmu::mmu::TlbInvalidate::for_page(
      p9mmu::mmu::Lpid(0), p9mmu::mmu::Pid(1), EffectiveAddress(0), PageSize::k2M);
  co_await cpu.compute(microseconds(1));
  measurements.begin(cpu, "flush");
  for (int i = 0; i < count; ++i) {
    co_await cpu.tlbie(page);
  }
  co_await cpu.eieio_tlbsync_ptesync();
  measurements.end(cpu, "flush");
}

}  // namespace

TEST_CASE("a phase has its two moments, its counts and where its time went") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  Measurements measurements(bench.system);
  bench.spawn(0, one_phase(bench, measurements));
  bench.run();
  REQUIRE(measurements.phases().size() == 1);
  const Phase& phase = measurements.phases()[0];
  CHECK(phase.name == "phase");
  CHECK(phase.cpu == CpuId(0));
  CHECK(phase.begin == nanoseconds(100));
  CHECK(phase.end - phase.begin == nanoseconds(300) + cycles(42));
  CHECK(phase.counters.hwsync_count == 1);
  CHECK(spent(phase, true, "work", Cause::compute) == nanoseconds(300));
  CHECK(spent(phase, true, "work", Cause::barrier) == cycles(42));
  CHECK(total(phase, true) == phase.end - phase.begin);
  CHECK(total(phase, false) == 15 * (phase.end - phase.begin));
  CHECK(spent(phase, false, "cpuidle_enter_state", Cause::idle) == total(phase, false));
  CHECK(phase.taken_from_others == Time());
  CHECK(measurements.open() == nullptr);
}

TEST_CASE("phases nest, end in their order, and may have been used before") {
  Bench bench;
  Measurements measurements(bench.system);
  bench.spawn(0, nested_phases(bench, measurements));
  bench.run();
  REQUIRE(measurements.phases().size() == 2);
  CHECK(measurements.phases()[0].name == "inner");
  CHECK(measurements.phases()[0].end - measurements.phases()[0].begin == nanoseconds(20));
  CHECK(measurements.phases()[1].name == "outer");
  CHECK(measurements.phases()[1].end == nanoseconds(60));
  REQUIRE(measurements.open() != nullptr);
  CHECK(measurements.open()->name == "inner");
  CHECK(measurements.open()->begin == nanoseconds(60));
}

TEST_CASE("what a round takes from others is their waking, their handlers and their guest exits") {
  const std::string target = GENERATE("idle", "user", "guest");
  CAPTURE(target);
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  setting.cpus = p9mmu::testing::sample_cpus_idling_in(p9mmu::cpus::StopState::stop1);
  Bench bench(setting);
  Measurements measurements(bench.system);
  CpuMask mask;
  mask.set(CpuId(4));
  const RemoteFunction nothing{"do_nothing", cycles(10)};
  if (target != "idle") {
    bench.spawn(4, run_for_ever(bench.cpu(4), target == "guest"));
  }
  bench.spawn(0, measured_round(bench, measurements, mask, nothing));
  bench.run();
  REQUIRE(measurements.phases().size() == 1);
  const Phase& phase = measurements.phases()[0];
  Time handler;
  for (const Spending& spending : phase.spending) {
    if (!spending.measured_cpu && spending.path.starts_with("doorbell_exception")) {
      handler += spending.span;
    }
  }
  CHECK(handler > nanoseconds(2000));
  const Time around = target == "idle"    ? nanoseconds(693)
                      : target == "guest" ? nanoseconds(2 * 1200)
                                          : Time();
  CHECK(phase.taken_from_others == handler + around);
  CHECK(total(phase, true) == phase.end - phase.begin);
  CHECK(total(phase, false) == 15 * (phase.end - phase.begin));
}

TEST_CASE("a phase holds the times of the rounds that ended in it, and of no others") {
  Bench bench;
  Measurements measurements(bench.system);
  CpuMask mask;
  mask.set(CpuId(4));
  const RemoteFunction nothing{"do_nothing", cycles(10)};
  struct Program {
    static Task<void> run(Bench& scene, Measurements& phases, const CpuMask& targets,
                          const RemoteFunction& function) {
      co_await scene.kernel.smp().smp_call_function_many(scene.cpu(0), targets, function);
      co_await measured_round(scene, phases, targets, function);
      co_await scene.kernel.smp().smp_call_function_many(scene.cpu(0), targets, function);
    }
  };
  bench.spawn(0, Program::run(bench, measurements, mask, nothing));
  bench.run();
  const auto buckets = measurements.phases().at(0).ipi_round_times.buckets();
  REQUIRE(buckets.size() == 1);
  CHECK(buckets[0].count == 1);
  CHECK(bench.system.counters().ipi_rounds == 3);
}

TEST_CASE("snoops take time from programs and guests, not from idle CPUs") {
  const std::string others = GENERATE("idle", "user", "guest");
  CAPTURE(others);
  Bench bench;
  Measurements measurements(bench.system);
  if (others != "idle") {
    bench.spawn(8, run_for_ever(bench.cpu(8), others == "guest"));
    bench.spawn(9, run_for_ever(bench.cpu(9), others == "guest"));
  }
  bench.spawn(0, measured_tlbies(bench, measurements, 5));
  bench.run();
  REQUIRE(measurements.phases().size() == 1);
  CHECK(measurements.phases()[0].taken_from_others == (others == "idle" ? Time() : 2 * 5 * nanoseconds(60)));
}

TEST_CASE("spendings are listed the measured CPU's first, then by path and cause, none of them nothing") {
  Bench bench;
  Measurements measurements(bench.system);
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 8);
  const EffectiveAddress start = Bench::map(mm, 8 * kMiB);
  struct Program {
    static Task<void> run(Bench& scene, Measurements& phases, Mm& space, EffectiveAddress from) {
      phases.begin(scene.cpu(0), "munmap");
      co_await sys_munmap(scene.kernel, scene.cpu(0), space, from, 8 * kMiB);
      phases.end(scene.cpu(0), "munmap");
    }
  };
  bench.spawn(0, Program::run(bench, measurements, mm, start));
  bench.run();
  const std::vector<Spending>& spending = measurements.phases().at(0).spending;
  CHECK(spending.size() > 10);
  CHECK(std::is_sorted(spending.begin(), spending.end(), [](const Spending& a, const Spending& b) {
    return std::make_tuple(!a.measured_cpu, a.path, a.cause) <
           std::make_tuple(!b.measured_cpu, b.path, b.cause);
  }));
  CHECK(
      std::none_of(spending.begin(), spending.end(), [](const Spending& one) { return one.span == Time(); }));
}
