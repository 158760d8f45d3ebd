#include "workloads/linux/smp_call.h"

#include "tests/workloads/linux/rounds.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::cpus::StopState;
using p9mmu::interconnect::Time;
using p9mmu::interconnect::TopologyParameters;
using p9mmu::testing::sample_cpus;
using p9mmu::testing::sample_cpus_idling_in;

namespace {

Task<void> keep_masked(Cpu& cpu, Time span) {
  co_await cpu.local_irq_disable();
  co_await cpu.compute(span);
  co_await cpu.local_irq_enable();
  co_await cpu.compute(nanoseconds(1));
}
Task<void> run_for_ever(Cpu& cpu, bool guest) {
  if (guest) {
    co_await cpu.run_guest();
  } else {
    co_await cpu.user_compute(Time::never());
  }
}
bool some_path_contains(Bench& bench, const std::string& routine) {
  const std::vector<std::string> spending = spending_of(bench);
  return std::any_of(spending.begin(), spending.end(),
                     [&](const std::string& line) { return line.find(routine) != std::string::npos; });
}

}  // namespace

TEST_CASE("one round over n targets sends n interrupts and four hwsyncs for each") {
  const std::uint32_t targets = GENERATE(1U, 2U, 7U, 15U);
  const bool exact = GENERATE(false, true);
  CAPTURE(targets, exact);
  Setting setting;
  setting.exact_events = exact;
  Bench bench(setting);
  std::vector<Time> ended;
  const CpuMask mask = mask_of(0, targets + 1);
  bench.spawn(0, call(bench, 0, mask, 1, Time(), kNothing, ended));
  bench.run();
  const p9mmu::cpus::Counters& counted = bench.system.counters();
  CHECK(counted.ipi_rounds == 1);
  CHECK(counted.ipis_sent == targets);
  CHECK(counted.ipis_handled == targets);
  CHECK(counted.hwsync_count == 4 * targets);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a round's time is from its first step until the sender has seen the last target's answer") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  std::vector<Time> ended;
  const CpuMask mask = mask_of(0, 8);
  bench.spawn(0, call(bench, 0, mask, 1, microseconds(3), kNothing, ended));
  bench.run();
  const Time took = ended.at(0) - microseconds(3);
  const auto buckets = bench.system.ipi_round_times().buckets();
  REQUIRE(buckets.size() == 1);
  CHECK(buckets[0].count == 1);
  CHECK((buckets[0].from <= took && took < buckets[0].below));
}

TEST_CASE("one target is called by smp_call_function_single, more by smp_call_function_many") {
  const std::uint32_t targets = GENERATE(1U, 2U);
  Bench bench;
  std::vector<Time> ended;
  const CpuMask mask = mask_of(0, targets + 1);
  bench.spawn(0, call(bench, 0, mask, 1, Time(), kNothing, ended));
  bench.run();
  CHECK(some_path_contains(bench, "smp_call_function_single;llist_add_batch") == (targets == 1));
  CHECK(some_path_contains(bench, "smp_call_function_many;llist_add_batch") == (targets == 2));
}

TEST_CASE("a mask without anybody else is no round and takes no time") {
  const bool self = GENERATE(false, true);
  Bench bench;
  std::vector<Time> ended;
  const CpuMask mask = self ? mask_of(0, 1) : CpuMask();
  bench.spawn(0, call(bench, 0, mask, 1, nanoseconds(100), kNothing, ended));
  bench.run();
  CHECK(ended == std::vector<Time>{nanoseconds(100)});
  CHECK(bench.system.counters().ipi_rounds == 0);
}

TEST_CASE("the sender waits for a target that keeps interrupts disabled, and not much longer") {
  const Time masked = GENERATE(microseconds(10), microseconds(500));
  Setting setting;
  setting.cpus = sample_cpus_idling_in(StopState::snooze);
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  std::vector<Time> ended;
  const CpuMask mask = mask_of(0, 4);
  bench.spawn(2, keep_masked(bench.cpu(2), masked));
  bench.spawn(0, call(bench, 0, mask, 1, Time(), kNothing, ended));
  bench.run();
  CHECK(ended[0] > masked + sample_kernel().doorbell_entry);
  CHECK(ended[0] < masked + microseconds(3));
  CHECK(bench.system.counters().interrupts_replayed == 1);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a target with a call pending already gets no second interrupt, and runs both") {
  Setting setting;
  setting.cpus = sample_cpus_idling_in(StopState::snooze);
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  std::vector<Time> first;
  std::vector<Time> second;
  const CpuMask target = mask_of(4, 5);
  bench.spawn(4, keep_masked(bench.cpu(4), microseconds(50)));
  bench.spawn(0, call(bench, 0, target, 1, Time(), kNothing, first));
  bench.spawn(8, call(bench, 8, target, 1, microseconds(5), kNothing, second));
  bench.run();
  CHECK(bench.system.counters().ipi_rounds == 2);
  CHECK(bench.system.counters().ipis_sent == 1);
  CHECK(bench.system.counters().ipis_handled == 1);
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(first[0] > microseconds(50));
  CHECK(second[0] > first[0]);  // its call is the second in the queue
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a call that comes when the queue has been taken has an interrupt of its own") {
  Setting setting;
  setting.cpus = sample_cpus_idling_in(StopState::snooze);
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  std::vector<Time> first;
  std::vector<Time> second;
  const CpuMask target = mask_of(4, 5);
  const RemoteFunction slow{"slow", microseconds(100)};
  bench.spawn(0, call(bench, 0, target, 1, Time(), slow, first));
  bench.spawn(8, call(bench, 8, target, 1, microseconds(50), kNothing, second));
  bench.run();
  CHECK(bench.system.counters().ipis_sent == 2);
  CHECK(bench.system.counters().ipis_handled == 2);
  CHECK(second[0] > first[0]);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("CPUs that call each other at once do not deadlock") {
  Setting setting;
  setting.exact_events = GENERATE(false, true);
  Bench bench(setting);
  std::vector<Time> ended;
  const CpuMask all = mask_of(0, 16);
  for (std::uint32_t id = 0; id < 16; ++id) {
    bench.spawn(id, call(bench, id, all, 4, nanoseconds(100), kNothing, ended));
  }
  bench.run();
  CHECK(ended.size() == 16 * 4);
  CHECK(bench.system.counters().ipi_rounds == 16 * 4);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a busy target costs a round less than one that must be woken, and a guest its exit and entry") {
  const auto elapsed = [](bool busy, bool guest) {
    Setting setting;
    setting.cpus = sample_cpus_idling_in(StopState::stop2);
    Bench bench(setting);
    std::vector<Time> ended;
    const CpuMask mask = mask_of(4, 5);
    if (busy) {
      bench.spawn(4, run_for_ever(bench.cpu(4), guest));
    }
    bench.spawn(0, call(bench, 0, mask, 1, microseconds(1), kNothing, ended));
    bench.run();
    CHECK(bench.accounts_add_up());
    return ended.at(0);
  };
  CHECK(elapsed(false, false) - elapsed(true, false) == nanoseconds(13'956));
  CHECK(elapsed(true, true) - elapsed(true, false) == nanoseconds(1200));
}

// --- Published ---

TEST_CASE(
    "an IPI to one idle CPU takes the published latency within 15 %, from which its wake-up was derived") {
  struct Case {
    StopState state;
    double published_ns;
  };
  const Case c = GENERATE(values<Case>({
      {StopState::snooze, 3'265},
      {StopState::stop0_lite, 3'507},
      {StopState::stop0, 3'739},
      {StopState::stop1, 3'807},
      {StopState::stop2, 17'070},
      {StopState::stop4, 1'038'174},
      {StopState::stop5, 1'068'784},
  }));
  CAPTURE(p9mmu::cpus::kStopStateNames[static_cast<std::size_t>(c.state)]);
  Setting setting;
  setting.shape = {2, 16, 4};
  setting.cpus = sample_cpus_idling_in(c.state);
  Bench bench(setting);
  std::vector<Time> ended;
  const CpuMask target = mask_of(32, 33);  // on the sender's chip
  // The second finds the lines with the target, as in a benchmark's loop.
  bench.spawn(0, call(bench, 0, target, 2, microseconds(10), kNothing, ended));
  bench.run();
  const Time took = ended[1] - ended[0] - microseconds(10);
  CHECK(static_cast<double>(took.ps()) / 1000 == Approx(c.published_ns).epsilon(0.15));
}
