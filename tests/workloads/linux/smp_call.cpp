#include "workloads/linux/smp_call.h"

#include "tests/support/timeline_notes.h"
#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::cpus::StopState;
using p9mmu::interconnect::Time;
using p9mmu::interconnect::TopologyParameters;
using p9mmu::testing::sample_cpus;
using p9mmu::testing::sample_cpus_idling_in;

namespace {

const RemoteFunction kNothing{"do_nothing", cycles(10)};

CpuMask mask_of(std::uint32_t first, std::uint32_t end) {
  CpuMask mask;
  for (std::uint32_t id = first; id < end; ++id) {
    mask.set(CpuId(id));
  }
  return mask;
}

/// So many rounds, with a pause before each.
Task<void> call(Bench& bench, std::uint32_t id, const CpuMask& mask, int rounds, Time pause,
                const RemoteFunction& function, std::vector<Time>& ended) {
  Cpu& cpu = bench.cpu(id);
  for (int i = 0; i < rounds; ++i) {
    co_await cpu.compute(pause);
    co_await bench.kernel.smp().smp_call_function_many(cpu, mask, function);
    ended.push_back(cpu.now());
  }
}
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
/// One sender after the other, each waiting until the one before has finished.
Task<void> alternate(Bench& bench, std::uint32_t id, std::uint32_t senders, int& turn, int turns,
                     p9mmu::cpus::WatchedLine& line, const CpuMask& mask, std::vector<Time>& ended) {
  Cpu& cpu = bench.cpu(id);
  for (int mine = static_cast<int>(id); mine < turns; mine += static_cast<int>(senders)) {
    co_await cpu.wait_until(line, p9mmu::cpus::Cause::lock, [&turn, mine] { return turn == mine; });
    co_await bench.kernel.smp().smp_call_function_many(cpu, mask, kNothing);
    ended.push_back(cpu.now());
    co_await cpu.store(line);
    ++turn;
  }
}

/// Everything that two ways of computing the same must agree in.
struct Figures {
  std::vector<Time> ended;
  std::vector<std::string> spending;
  std::vector<std::int64_t> counters;
  std::vector<p9mmu::cpus::TimeHistogram::Bucket> round_times;
  std::int64_t appointments = 0;
};

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

// --- In one pass, or one by one ---

namespace {

Figures rounds(const Setting& setting, std::uint32_t targets, int count, Time pause) {
  Bench bench(setting);
  Figures figures;
  const CpuMask mask = mask_of(0, targets + 1);
  bench.spawn(0, call(bench, 0, mask, count, pause, kNothing, figures.ended));
  bench.run();
  CHECK(bench.accounts_add_up());
  figures.spending = spending_of(bench);
  figures.counters = values_of(bench.system.counters());
  figures.round_times = bench.system.ipi_round_times().buckets();
  figures.appointments = bench.scheduler.kept();
  return figures;
}

void check_equal(const Figures& in_one_pass, const Figures& one_by_one, int legs) {
  CHECK(in_one_pass.ended == one_by_one.ended);
  CHECK(in_one_pass.counters == one_by_one.counters);
  CHECK(in_one_pass.spending == one_by_one.spending);
  CHECK(in_one_pass.round_times == one_by_one.round_times);
  // Else this compares the same with the same.
  CHECK(in_one_pass.appointments < legs);
  CHECK(one_by_one.appointments > 4 * legs);
}

}  // namespace

TEST_CASE("a round to idle targets in one pass is equal to one by one, in every stop state") {
  Setting setting;
  setting.cpus = sample_cpus_idling_in(
      static_cast<StopState>(GENERATE(range(0, static_cast<int>(p9mmu::cpus::kStopStates)))));
  CAPTURE(static_cast<int>(setting.cpus.idle.fixed_state));
  const Figures in_one_pass = rounds(setting, 15, 4, nanoseconds(300));
  setting.exact_events = true;
  check_equal(in_one_pass, rounds(setting, 15, 4, nanoseconds(300)), 60);
}

TEST_CASE("a round in one pass is equal to one by one on any topology and over any pause") {
  Setting setting;
  setting.shape = GENERATE(values<TopologyParameters>({{1, 4, 4}, {2, 3, 2}, {3, 4, 1}, {2, 16, 4}}));
  // From no pause at all, where targets are still leaving the last round's interrupt, to pauses that let the
  // governor choose ever deeper states.
  const Time pause = GENERATE(Time(), nanoseconds(150), nanoseconds(400), microseconds(30), microseconds(300),
                              microseconds(5'000));
  const std::uint32_t targets = setting.shape.cpus() - 1;
  CAPTURE(setting.shape.chips, setting.shape.cores_per_chip, pause);
  const Figures in_one_pass = rounds(setting, targets, 20, pause);
  setting.exact_events = true;
  check_equal(in_one_pass, rounds(setting, targets, 20, pause), 20 * static_cast<int>(targets));
}

TEST_CASE("a round in one pass is equal to one by one when XIVE delivers it, and takes longer") {
  Setting setting;
  setting.cpus = sample_cpus_idling_in(StopState::stop0);
  const Figures doorbells = rounds(setting, 15, 4, nanoseconds(300));
  setting.controller = p9mmu::interconnect::IpiControllerKind::xive;
  const Figures in_one_pass = rounds(setting, 15, 4, nanoseconds(300));
  setting.exact_events = true;
  check_equal(in_one_pass, rounds(setting, 15, 4, nanoseconds(300)), 60);
  CHECK(in_one_pass.ended[0] > doorbells.ended[0] + nanoseconds(600));
}

TEST_CASE("rounds of alternating senders in one pass are equal to those one by one") {
  const std::uint32_t senders = GENERATE(2U, 3U);
  const auto run = [senders](bool exact) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    Figures figures;
    const CpuMask mask = mask_of(0, 16);
    int turn = 0;
    p9mmu::cpus::WatchedLine line;
    for (std::uint32_t id = 0; id < senders; ++id) {
      bench.spawn(id, alternate(bench, id, senders, turn, 12, line, mask, figures.ended));
    }
    bench.run();
    CHECK(bench.accounts_add_up());
    figures.spending = spending_of(bench);
    figures.counters = values_of(bench.system.counters());
    figures.round_times = bench.system.ipi_round_times().buckets();
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended.size() == 12);
  CHECK(ahead.ended == exact.ended);
  CHECK(ahead.counters == exact.counters);
  CHECK(ahead.spending == exact.spending);
  CHECK(ahead.round_times == exact.round_times);
}

TEST_CASE("a mask that grows between two rounds is equal in one pass and one by one") {
  struct Program {
    static Task<void> grow(Bench& bench, CpuMask& mask, std::vector<Time>& ended) {
      Cpu& cpu = bench.cpu(0);
      for (std::uint32_t id = 1; id < 16; ++id) {
        mask.set(CpuId(id));
        co_await bench.kernel.smp().smp_call_function_many(cpu, mask, kNothing);
        co_await bench.kernel.smp().smp_call_function_many(cpu, mask, kNothing);
        ended.push_back(cpu.now());
      }
    }
  };
  const auto run = [](bool exact) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    Figures figures;
    CpuMask mask;
    bench.spawn(0, Program::grow(bench, mask, figures.ended));
    bench.run();
    figures.spending = spending_of(bench);
    figures.counters = values_of(bench.system.counters());
    figures.round_times = bench.system.ipi_round_times().buckets();
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended == exact.ended);
  CHECK(ahead.counters == exact.counters);
  CHECK(ahead.spending == exact.spending);
  CHECK(ahead.round_times == exact.round_times);
}

TEST_CASE("rounds of different functions in one pass are equal to those one by one") {
  struct Program {
    static Task<void> run(Bench& bench, const CpuMask& mask, const RemoteFunction& slow,
                          std::vector<Time>& ended) {
      Cpu& cpu = bench.cpu(0);
      for (int i = 0; i < 10; ++i) {
        co_await bench.kernel.smp().smp_call_function_many(cpu, mask, i % 3 == 0 ? slow : kNothing);
        ended.push_back(cpu.now());
      }
    }
  };
  const RemoteFunction slow{"slow", microseconds(2)};
  const auto run = [&slow](bool exact) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    std::vector<Time> ended;
    const CpuMask mask = mask_of(0, 16);
    bench.spawn(0, Program::run(bench, mask, slow, ended));
    bench.run();
    return std::make_tuple(ended, values_of(bench.system.counters()), spending_of(bench));
  };
  CHECK(run(false) == run(true));
}

TEST_CASE("a call one by one between rounds in one pass leaves its lines behind for the next round") {
  struct Program {
    static Task<void> call_later(Bench& bench, const CpuMask& mask, std::vector<Time>& ended) {
      Cpu& cpu = bench.cpu(3);
      co_await cpu.sleep_for(microseconds(35'000));
      co_await bench.kernel.smp().smp_call_function_many(cpu, mask, kNothing);
      ended.push_back(cpu.now());
    }
    /// Appointments all the while, so that the call cannot be computed in one pass.
    static Task<void> disturb(Cpu& cpu) {
      co_await cpu.sleep_for(microseconds(34'000));
      for (int i = 0; i < 50; ++i) {
        co_await cpu.user_compute(microseconds(100));
      }
    }
  };
  const auto run = [](bool exact) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    Figures figures;
    const CpuMask targets = mask_of(8, 16);
    const CpuMask some = mask_of(9, 12);
    bench.spawn(0, call(bench, 0, targets, 6, microseconds(10'000), kNothing, figures.ended));
    bench.spawn(3, Program::call_later(bench, some, figures.ended));
    bench.spawn(4, Program::disturb(bench.cpu(4)));
    bench.run();
    CHECK(bench.accounts_add_up());
    figures.spending = spending_of(bench);
    figures.counters = values_of(bench.system.counters());
    figures.round_times = bench.system.ipi_round_times().buckets();
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended.size() == 7);
  CHECK(ahead.ended == exact.ended);
  CHECK(ahead.counters == exact.counters);
  CHECK(ahead.spending == exact.spending);
  CHECK(ahead.round_times == exact.round_times);
}

TEST_CASE("an observer who wants steps is shown a round leg by leg, with the same figures") {
  const bool exact = GENERATE(false, true);
  struct Round {
    Time took;
    std::vector<std::string> spending;
    std::vector<std::string> lines;
  };
  const auto round = [exact](bool observed, bool steps) {
    Setting setting;
    setting.exact_events = exact;
    Bench bench(setting);
    p9mmu::testing::TimelineNotes notes(bench.system.paths(), steps);
    if (observed) {
      bench.system.set_timeline_observer(notes);
    }
    std::vector<Time> ended;
    const CpuMask mask = mask_of(0, 4);
    bench.spawn(0, call(bench, 0, mask, 2, microseconds(5), kNothing, ended));
    bench.run();
    return Round{ended.back(), spending_of(bench), notes.lines};
  };
  const Round unobserved = round(false, false);
  const Round shown = round(true, true);
  const Round hidden = round(true, false);
  CHECK(shown.took == unobserved.took);
  CHECK(hidden.took == unobserved.took);
  CHECK(shown.spending == unobserved.spending);
  CHECK(hidden.spending == unobserved.spending);
  const auto count = [](const Round& seen, const std::string& word) {
    return std::count_if(seen.lines.begin(), seen.lines.end(),
                         [&](const std::string& line) { return line.find(word) != std::string::npos; });
  };
  CHECK(count(shown, "CPU 0 calls CPU ") == 6);
  CHECK(count(shown, "CPU 0 sees CPU 1 done") == 2);
  CHECK(count(shown, "CPU 0 sees CPU 3 done") == 2);
  CHECK(count(shown, "CPU 3 takes it") == 2);
  CHECK(count(shown, "CPU 3 leaves it") == 2);
  CHECK(count(hidden, "CPU 3 takes it") == (exact ? 2 : 0));
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
