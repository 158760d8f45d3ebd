#include "cpus/cpu.h"

#include <stdexcept>
#include <string>

#include "tests/cpus/fixture.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;

namespace {

using Moments = std::vector<Time>;

Task<void> compute(Cpu& cpu, Time span, Moments& ended) {
  co_await cpu.compute(span);
  ended.push_back(cpu.now());
}
Task<void> user_compute(Cpu& cpu, Time span, Moments& ended) {
  co_await cpu.user_compute(span);
  ended.push_back(cpu.now());
}
Task<void> compute_three_times(Cpu& cpu, Time span, Moments& ended) {
  for (int i = 0; i < 3; ++i) {
    co_await cpu.compute(span);
    ended.push_back(cpu.now());
  }
}
Task<void> compute_masked(Cpu& cpu, Time masked, Time after, Moments& ended) {
  co_await cpu.local_irq_disable();
  co_await cpu.compute(masked);
  co_await cpu.local_irq_enable();
  ended.push_back(cpu.now());
  co_await cpu.compute(after);
  ended.push_back(cpu.now());
}
Task<void> sleep(Cpu& cpu, Time span, Moments& ended) {
  co_await cpu.sleep_for(span);
  ended.push_back(cpu.now());
}
Task<void> sleep_and_compute(Cpu& cpu, Time span, Time work, Moments& ended) {
  co_await cpu.sleep_for(span);
  co_await cpu.compute(work);
  ended.push_back(cpu.now());
}
Task<void> join(Cpu& cpu, SoftwareThread& thread, Moments& ended) {
  co_await cpu.join(thread);
  ended.push_back(cpu.now());
}
Task<void> throw_after(Cpu& cpu, Time span) {
  co_await cpu.compute(span);
  throw std::runtime_error("no such page");
}
Task<void> nested_routines(Cpu& cpu) {
  const Routine outer(cpu, "outer");
  co_await cpu.compute(nanoseconds(10));
  {
    const Routine inner(cpu, "inner");
    co_await cpu.compute(nanoseconds(20));
  }
  co_await cpu.compute(nanoseconds(30));
}
/// Two interrupts from one CPU, pending at these moments.
Task<void> send_two(Cpu& cpu, CpuId to, Time first, Time second) {
  co_await cpu.compute(first - kSend - kDelivery);
  co_await cpu.execute(SendInterrupt{to});
  co_await cpu.compute(second - kSend - kDelivery - cpu.now());
  co_await cpu.execute(SendInterrupt{to});
}

}  // namespace

// --- Interrupts ---

TEST_CASE("an interrupt stops user code at once, which then runs to its full length") {
  const bool exact = GENERATE(false, true);
  const Time pending = GENERATE(nanoseconds(155), microseconds(2), microseconds(10) - Time(1));
  CAPTURE(exact, pending);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, user_compute(bench.cpu(kChip), microseconds(10), ended));
  bench.interrupt(kHere, kChip, pending);
  bench.run();
  CHECK(bench.handled() == Moments{pending + kEntry});
  CHECK(ended == Moments{microseconds(10) + kInterrupt});
  CHECK(bench.charged(kChip, Cause::compute) == microseconds(10) + kHandling);
  CHECK(bench.charged(kChip, Cause::interrupt) == kEntry + kExit);
  CHECK(bench.system.counters().ipis_handled == 1);
  CHECK(bench.system.counters().interrupts_while_busy == 1);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt that comes when user code has just ended is taken before the CPU goes idle") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, user_compute(bench.cpu(kChip), microseconds(10), ended));
  bench.interrupt(kHere, kChip, microseconds(10));
  bench.run();
  CHECK(ended == Moments{microseconds(10)});
  CHECK(bench.handled() == Moments{microseconds(10) + kEntry});
  CHECK(bench.charged(kChip, Cause::idle_wake) == Time());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("kernel code takes an interrupt between two operations, also one pending as an operation ends") {
  const bool exact = GENERATE(false, true);
  const Time t = microseconds(1);
  const auto [pending, taken] = GENERATE_COPY(table<Time, Time>({
      {t - Time(1), t},
      {t, t},
      {t + Time(1), 2 * t},
      {2 * t, 2 * t},
      {2 * t + Time(1), 3 * t},
  }));
  CAPTURE(exact, pending);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, compute_three_times(bench.cpu(kChip), t, ended));
  bench.interrupt(kHere, kChip, pending);
  bench.run();
  CHECK(bench.handled() == Moments{taken + kEntry});
  // The thread has ended when the last is taken.
  CHECK(ended.back() == 3 * t + (taken < 3 * t ? kInterrupt : Time()));
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt that comes while interrupts are soft-disabled is replayed as they are enabled") {
  const bool exact = GENERATE(false, true);
  constexpr Time kMasked = microseconds(10);
  constexpr Time kAfter = microseconds(1);
  constexpr Time kEnabled = kHit + kMasked + kHit;
  const auto [pending, taken, replayed] = GENERATE_COPY(table<Time, Time, int>({
      {nanoseconds(155), kEnabled, 1},
      {microseconds(5), kEnabled, 1},
      {kEnabled - Time(1), kEnabled, 1},
      {kEnabled, kEnabled, 1},
      {kEnabled + Time(1), kEnabled + kAfter, 0},
  }));
  CAPTURE(exact, pending);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, compute_masked(bench.cpu(kChip), kMasked, kAfter, ended));
  bench.interrupt(kHere, kChip, pending);
  bench.run();
  CHECK(bench.handled() == Moments{taken + kEntry});
  CHECK(ended == Moments{kEnabled, kEnabled + kAfter + (replayed > 0 ? kInterrupt : Time())});
  CHECK(bench.system.counters().interrupts_replayed == replayed);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a thread that ends with interrupts disabled does not leave the CPU deaf") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  struct Program {
    static Task<void> disable(Cpu& cpu) {
      co_await cpu.local_irq_disable();
      co_await cpu.compute(microseconds(1));
    }
  };
  bench.spawn(kChip, Program::disable(bench.cpu(kChip)));
  bench.interrupt(kHere, kChip, nanoseconds(500));
  bench.run();
  CHECK(bench.handled() == Moments{kHit + microseconds(1) + kEntry});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt wakes an idle CPU, which is then idle again") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  bench.interrupt(kHere, kOtherChip, microseconds(3));
  bench.run();
  CHECK(bench.handled() == Moments{microseconds(3) + kWake + kEntry});
  CHECK(bench.charged(kOtherChip, Cause::idle_wake) == kWake);
  CHECK(bench.system.counters().wakes[static_cast<std::size_t>(StopState::stop0)] == 1);
  CHECK(bench.system.counters().interrupts_while_busy == 0);
  CHECK(bench.cpu(kOtherChip).quiescent());
  CHECK(bench.system.busy_cpus() == 0);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt that comes while another is being left is taken at its end") {
  const bool exact = GENERATE(false, true);
  const bool on_user_code = GENERATE(false, true);
  constexpr Time kFirst = microseconds(1);
  const Time left = kFirst + (on_user_code ? Time() : kWake) + kInterrupt;
  const Time second = GENERATE_COPY(left - kExit - Time(1), left - kExit, left - kExit + Time(1),
                                    left - Time(1), left, left + Time(1));
  CAPTURE(exact, on_user_code, second);
  Bench bench(exact);
  Moments ended;
  if (on_user_code) {
    bench.spawn(kChip, user_compute(bench.cpu(kChip), microseconds(100), ended));
  }
  bench.spawn(kHere, send_two(bench.cpu(kHere), CpuId(kChip), kFirst, second));
  bench.run();
  const Time wakes_again = !on_user_code && second > left ? kWake : Time();
  REQUIRE(bench.handled().size() == 2);
  CHECK(bench.handled()[1] == std::max(second, left) + wakes_again + kEntry);
  if (on_user_code) {
    CHECK(ended == Moments{microseconds(100) + 2 * kInterrupt});
  }
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a second sender's interrupt is one with the first's until that is taken") {
  const bool exact = GENERATE(false, true);
  constexpr Time kEnabled = kHit + microseconds(10) + kHit;
  // What has been sent while the first is pending is one with it even if it would be presented a little
  // later.
  const auto [sent, handled] = GENERATE_COPY(table<Time, int>({
      {microseconds(2), 1},
      {microseconds(3), 1},
      {kEnabled - Time(1), 1},
      {kEnabled + Time(1), 2},
  }));
  CAPTURE(exact, sent);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, compute_masked(bench.cpu(kChip), microseconds(10), microseconds(1), ended));
  bench.interrupt(kHere, kChip, microseconds(2));
  bench.interrupt(kOtherChip, kChip, sent + kDelivery);
  bench.run();
  Moments expected{kEnabled + kEntry};
  if (handled == 2) {
    expected.push_back(kEnabled + kInterrupt + kEntry);
  }
  CHECK(bench.handled() == expected);
  CHECK(bench.system.counters().ipis_handled == handled);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("what the controller takes to accept an interrupt comes before the handler") {
  Bench bench(false);
  p9mmu::interconnect::IpiParameters xive = round_interconnect().ipi;
  xive.controller = p9mmu::interconnect::IpiControllerKind::xive;
  bench.ipi = p9mmu::interconnect::make_ipi_delivery(xive);
  bench.system.connect(bench.broadcast, *bench.ipi);
  bench.interrupt(kHere, kChip, nanoseconds(155));  // a doorbell's; XIVE's comes later
  bench.run();
  CHECK(bench.handled() ==
        Moments{xive.xive_trigger + xive.xive_delivery + kWake + xive.xive_accept + kEntry});
  CHECK(bench.accounts_add_up());
}

// --- Software threads ---

TEST_CASE("threads of one CPU run one after the other in the order in which they are ready") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kHere, compute(bench.cpu(kHere), microseconds(3), ended));
  bench.spawn(kHere, compute(bench.cpu(kHere), microseconds(1), ended));
  bench.run();
  CHECK(ended == Moments{microseconds(3), microseconds(4)});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a thread that becomes ready later finds its CPU asleep") {
  const bool exact = GENERATE(false, true);
  const auto [at, begins] = GENERATE(table<Time, Time>({
      {Time(), Time()},
      {Time(1), Time(1) + kWake},
      {microseconds(7), microseconds(7) + kWake},
  }));
  Bench bench(exact);
  Moments ended;
  bench.spawn(kHere, compute(bench.cpu(kHere), microseconds(1), ended), at);
  bench.run();
  CHECK(ended == Moments{begins + microseconds(1)});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a sleeping thread's CPU wakes at its timer and runs it when it is awake") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kHere, sleep(bench.cpu(kHere), microseconds(50), ended));
  bench.run();
  CHECK(ended == Moments{microseconds(50) + kWake});
  CHECK(bench.charged(kHere, Cause::idle) == microseconds(50));
  CHECK(bench.charged(kHere, Cause::idle_wake) == kWake);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("sleepers of one CPU go on in the order of their timers, and not while another runs") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  Cpu& cpu = bench.cpu(kHere);
  bench.spawn(kHere, sleep_and_compute(cpu, microseconds(30), microseconds(1), ended));
  bench.spawn(kHere, sleep_and_compute(cpu, microseconds(10), microseconds(100), ended));
  bench.run();
  const Time first = microseconds(10) + kWake + microseconds(100);
  CHECK(ended == Moments{first, first + microseconds(1)});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt does not shift a sleeper's timer") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, sleep(bench.cpu(kChip), microseconds(50), ended));
  const Time pending = GENERATE(microseconds(20), microseconds(50) - Time(1));
  bench.interrupt(kHere, kChip, pending);
  bench.run();
  const Time left = pending + kWake + kInterrupt;
  // If the timer has come in the meantime the CPU does not sleep again.
  CHECK(ended == Moments{left < microseconds(50) ? microseconds(50) + kWake : left});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt that comes while a timer wakes the CPU is taken when it is awake") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Moments ended;
  bench.spawn(kChip, sleep_and_compute(bench.cpu(kChip), microseconds(50), microseconds(1), ended));
  bench.interrupt(kHere, kChip, microseconds(50) + nanoseconds(1));
  bench.run();
  CHECK(bench.handled() == Moments{microseconds(50) + kWake + kEntry});
  CHECK(ended == Moments{microseconds(51) + kWake + kInterrupt});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a joiner goes on when the other has ended") {
  const bool exact = GENERATE(false, true);
  const std::uint32_t joiner = GENERATE(kHere, kSibling, kOtherChip);
  Bench bench(exact);
  Moments ended;
  SoftwareThread& thread = bench.spawn(kHere, compute(bench.cpu(kHere), microseconds(5), ended));
  bench.spawn(joiner, join(bench.cpu(joiner), thread, ended));
  bench.run();
  // On the same CPU it has not begun before; elsewhere it slept.
  CHECK(ended == Moments{microseconds(5), microseconds(5) + (joiner == kHere ? Time() : kWake)});
  CHECK(thread.finished);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("joining a thread that has ended takes no time") {
  Bench bench(false);
  Moments ended;
  SoftwareThread& thread = bench.spawn(kHere, compute(bench.cpu(kHere), microseconds(5), ended));
  bench.spawn(kChip, join(bench.cpu(kChip), thread, ended), microseconds(9));
  bench.run();
  CHECK(ended == Moments{microseconds(5), microseconds(9) + kWake});
}

TEST_CASE("a thread's exception ends the simulation and reaches whoever runs it") {
  Bench bench(false);
  bench.spawn(kHere, throw_after(bench.cpu(kHere), microseconds(1)));
  CHECK_THROWS_WITH(bench.run(), "no such page");
}

// --- Accounts ---

TEST_CASE("time is charged to the routine that it was spent in") {
  Bench bench(false);
  bench.spawn(kHere, nested_routines(bench.cpu(kHere)));
  bench.run();
  const std::vector<Time> view = bench.cpu(kHere).account_view(bench.end());
  const PathId outer = bench.system.paths().child(PathId(0), "outer");
  const PathId inner = bench.system.paths().child(outer, "inner");
  CHECK(view[account_slot(outer, Cause::compute)] == nanoseconds(40));
  CHECK(view[account_slot(inner, Cause::compute)] == nanoseconds(20));
}

TEST_CASE("accounts that are read at any moment add up to it, and reading them changes nothing") {
  const Time step = GENERATE(nanoseconds(37), nanoseconds(500), microseconds(20));
  CAPTURE(step);
  const auto run = [](Time every) {
    Bench bench(false);
    Moments ended;
    bench.spawn(kChip, user_compute(bench.cpu(kChip), microseconds(10), ended));
    bench.spawn(kOtherChip, sleep(bench.cpu(kOtherChip), microseconds(12), ended));
    bench.spawn(kHere, send_two(bench.cpu(kHere), CpuId(kChip), microseconds(1), microseconds(4)));
    for (Time moment = every; moment < microseconds(14); moment += every) {
      bench.scheduler.run_until(moment);
      for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
        const std::vector<Time> view = bench.cpu(id).account_view(moment);
        CAPTURE(id, moment);
        REQUIRE(std::accumulate(view.begin(), view.end(), Time()) == moment);
      }
    }
    bench.run();
    CHECK(bench.accounts_add_up());
    return ended;
  };
  CHECK(run(step) == run(microseconds(100)));
}
