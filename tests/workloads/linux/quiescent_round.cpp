#include "workloads/linux/quiescent_round.h"

#include "tests/support/timeline_notes.h"
#include "tests/workloads/linux/rounds.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::cpus::StopState;
using p9mmu::interconnect::Time;
using p9mmu::interconnect::TopologyParameters;
using p9mmu::testing::sample_cpus;
using p9mmu::testing::sample_cpus_idling_in;

namespace {

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

/// Runs what has been spawned; `ended` is the programs' own to fill.
void run_to_end(Bench& bench, Figures& figures) {
  bench.run();
  CHECK(bench.accounts_add_up());
  figures.spending = spending_of(bench);
  figures.counters = values_of(bench.system.counters());
  figures.round_times = bench.system.ipi_round_times().buckets();
  figures.appointments = bench.scheduler.kept();
}

Figures rounds(const Setting& setting, std::uint32_t targets, int count, Time pause) {
  Bench bench(setting);
  Figures figures;
  const CpuMask mask = mask_of(0, targets + 1);
  bench.spawn(0, call(bench, 0, mask, count, pause, kNothing, figures.ended));
  run_to_end(bench, figures);
  return figures;
}

void check_same(const Figures& in_one_pass, const Figures& one_by_one) {
  CHECK(in_one_pass.ended == one_by_one.ended);
  CHECK(in_one_pass.counters == one_by_one.counters);
  CHECK(in_one_pass.spending == one_by_one.spending);
  CHECK(in_one_pass.round_times == one_by_one.round_times);
}

void check_equal(const Figures& in_one_pass, const Figures& one_by_one, int legs) {
  check_same(in_one_pass, one_by_one);
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
    run_to_end(bench, figures);
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended.size() == 12);
  check_same(ahead, exact);
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
    run_to_end(bench, figures);
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  check_same(ahead, exact);
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
    run_to_end(bench, figures);
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended.size() == 7);
  check_same(ahead, exact);
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

TEST_CASE("operations that are delayed at random keep rounds one by one, and the figures equal") {
  Setting setting;
  setting.cpus = sample_cpus_idling_in(StopState::stop2);
  setting.cpus.random_delay = microseconds(20);
  const std::uint64_t seed = GENERATE(range(1, 6));
  CAPTURE(seed);
  const auto run = [&setting, seed](bool exact) {
    setting.exact_events = exact;
    Bench bench(setting);
    bench.system.set_random_seed(seed);
    Figures figures;
    const CpuMask mask = mask_of(0, 16);
    bench.spawn(0, call(bench, 0, mask, 4, nanoseconds(300), kNothing, figures.ended));
    bench.run();
    CHECK(bench.accounts_add_up());
    figures.spending = spending_of(bench);
    figures.appointments = bench.scheduler.kept();
    return figures;
  };
  const Figures ahead = run(false);
  const Figures exact = run(true);
  CHECK(ahead.ended == exact.ended);
  CHECK(ahead.spending == exact.spending);
  CHECK(ahead.appointments > 4 * 15);
}
