#include "cpus/waiting_operations.h"

#include <initializer_list>
#include <numeric>
#include <tuple>

#include "tests/cpus/moments.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;

namespace {

std::vector<std::uint32_t> order_of(const Events& events) {
  std::vector<std::uint32_t> cpus;
  for (const Event& event : events) {
    cpus.push_back(event.cpu);
  }
  return cpus;
}

/// From kHere's core to each distance there is.
const std::initializer_list<std::tuple<std::uint32_t, Time>> kTransfers = {
    {kSibling, kHit},
    {kPair, nanoseconds(4)},
    {kChip, nanoseconds(90)},
    {kOtherChip, nanoseconds(250)},
};

/// Takes the lock at `at`, at the earliest, and holds it for a while.
Task<void> hold_lock(Cpu& cpu, Shared& shared, Time at, Time held) {
  co_await cpu.compute(at);
  co_await cpu.spin_lock(shared.lock);
  CHECK(++shared.inside == 1);
  shared.note(cpu);
  co_await cpu.compute(held);
  --shared.inside;
  co_await cpu.spin_unlock(shared.lock);
}
Task<void> set_flag(Cpu& cpu, Shared& shared, Time at) {
  co_await cpu.compute(at);
  co_await cpu.store(shared.line);
  shared.flag = true;
  shared.note(cpu);
}
Task<void> wait_for_flag(Cpu& cpu, Shared& shared) {
  co_await cpu.wait_until(shared.line, Cause::ipi_wait, [&shared] { return shared.flag; });
  shared.note(cpu);
}
Task<void> run_guest(Cpu& cpu) {
  co_await cpu.run_guest();
}
Task<void> user_compute(Cpu& cpu, Time span, Shared& shared) {
  co_await cpu.user_compute(span);
  shared.note(cpu);
}

}  // namespace

// --- Spin locks ---

TEST_CASE("a free lock costs its line and an atomic, a release a barrier and a store") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kHere, hold_lock(bench.cpu(kHere), shared, Time(), nanoseconds(10)));
  bench.run();
  CHECK(shared.events == Events{{kHere, kMemory + kAtomic}});
  CHECK(bench.cpu(kHere).now() == kMemory + kAtomic + nanoseconds(10) + kLwsync + kHit);
  CHECK_FALSE(shared.lock.held());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a waiter sees the release one transfer after it and then has to get the line to write it") {
  const auto [waiter, transfer] = GENERATE(table<std::uint32_t, Time>(kTransfers));
  CAPTURE(waiter);
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kHere, hold_lock(bench.cpu(kHere), shared, Time(), microseconds(1)));
  bench.spawn(waiter, hold_lock(bench.cpu(waiter), shared, nanoseconds(200), Time()));
  bench.run();
  const Time released = kMemory + kAtomic + microseconds(1) + kLwsync + kHit;
  CHECK(shared.events ==
        Events{{kHere, kMemory + kAtomic}, {waiter, released + transfer + transfer + kAtomic}});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a lock goes to waiters in the order in which the line reaches them") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  const Time held = microseconds(2);
  bench.spawn(kHere, hold_lock(bench.cpu(kHere), shared, Time(), held));
  // The farthest comes first and is last; of two equally far the one that came first is first.
  bench.spawn(kOtherChip, hold_lock(bench.cpu(kOtherChip), shared, nanoseconds(200), held));
  bench.spawn(kChip + 2, hold_lock(bench.cpu(kChip + 2), shared, nanoseconds(300), held));
  bench.spawn(kPair, hold_lock(bench.cpu(kPair), shared, nanoseconds(400), held));
  bench.run();
  CHECK(order_of(shared.events) == std::vector<std::uint32_t>{kHere, kPair, kChip + 2, kOtherChip});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("no two CPUs are ever inside, however many contend and whatever interrupts them") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Shared shared;
  for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
    for (int i = 0; i < 5; ++i) {
      bench.spawn(id, hold_lock(bench.cpu(id), shared, nanoseconds(17 * id), nanoseconds(100 + 30 * i)));
    }
  }
  bench.run();
  CHECK(shared.events.size() == 5 * bench.system.cpus());
  CHECK_FALSE(shared.lock.held());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a CPU that spins takes interrupts at once and looks again afterwards") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Shared shared;
  const Time released = kMemory + kAtomic + microseconds(3) + kLwsync + kHit;
  // Before the release; in time to see it after the handler; on the way of the line.
  const Time pending =
      GENERATE_COPY(microseconds(1), released - nanoseconds(500), released + nanoseconds(10));
  CAPTURE(exact, pending);
  bench.spawn(kHere, hold_lock(bench.cpu(kHere), shared, Time(), microseconds(3)));
  bench.spawn(kChip, hold_lock(bench.cpu(kChip), shared, nanoseconds(200), Time()));
  bench.interrupt(kOtherChip, kChip, pending);
  bench.run();
  CHECK(bench.handled() == std::vector<Time>{pending + kEntry});
  const Time left = pending + kInterrupt;
  const Time seen = left > released ? left : released + nanoseconds(90);
  CHECK(shared.events[1] == Event{kChip, seen + nanoseconds(90) + kAtomic});
  CHECK(bench.accounts_add_up());
}

// --- Waiting for a store ---

TEST_CASE("a waiter sees a store exactly one transfer after it") {
  const auto [waiter, transfer] = GENERATE(table<std::uint32_t, Time>(kTransfers));
  CAPTURE(waiter);
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(waiter, wait_for_flag(bench.cpu(waiter), shared));
  bench.spawn(kHere, set_flag(bench.cpu(kHere), shared, microseconds(1)));
  bench.run();
  const Time stored = microseconds(1) + kMemory;
  CHECK(shared.events == Events{{kHere, stored}, {waiter, stored + transfer}});
  CHECK(bench.charged(waiter, Cause::ipi_wait) == stored + transfer);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("every waiter sees the store, each after its own distance") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  for (const std::uint32_t id : {kOtherChip, kChip, kPair}) {
    bench.spawn(id, wait_for_flag(bench.cpu(id), shared));
  }
  bench.spawn(kHere, set_flag(bench.cpu(kHere), shared, microseconds(1)));
  bench.run();
  CHECK(order_of(shared.events) == std::vector<std::uint32_t>{kHere, kPair, kChip, kOtherChip});
}

TEST_CASE("what has been stored before is seen by a load") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kHere, set_flag(bench.cpu(kHere), shared, Time()));
  bench.spawn(kChip, wait_for_flag(bench.cpu(kChip), shared), microseconds(1));
  bench.run();
  CHECK(shared.events[1] == Event{kChip, microseconds(1) + kWake + nanoseconds(90)});
  CHECK(bench.charged(kChip, Cause::memory) == nanoseconds(90));
  CHECK(bench.charged(kChip, Cause::ipi_wait) == Time());
}

TEST_CASE("a store that does not make it true leaves the waiter waiting") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  struct Program {
    static Task<void> store_only(Cpu& cpu, Shared& scene) {
      co_await cpu.compute(nanoseconds(100));
      co_await cpu.store(scene.line);
    }
  };
  bench.spawn(kChip, wait_for_flag(bench.cpu(kChip), shared));
  bench.spawn(kHere, Program::store_only(bench.cpu(kHere), shared));
  bench.spawn(kHere, set_flag(bench.cpu(kHere), shared, microseconds(5)));
  bench.run();
  REQUIRE(shared.events.size() == 2);
  CHECK(shared.events[1].at == shared.events[0].at + nanoseconds(90));
  CHECK(bench.accounts_add_up());
}

// --- Programs and guests ---

TEST_CASE("each snoop takes its service time from a program, whichever core the tlbie comes from") {
  const std::uint32_t issuer = GENERATE(kSibling, kPair, kOtherChip);
  const int count = GENERATE(0, 1, 7);
  CAPTURE(issuer, count);
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kHere, user_compute(bench.cpu(kHere), microseconds(10), shared));
  bench.spawn(issuer, tlbies(bench.cpu(issuer), count, false, shared));
  bench.run();
  CHECK(shared.events.back() == Event{kHere, microseconds(10) + count * nanoseconds(60)});
  CHECK(bench.charged(kHere, Cause::tlbie) == count * nanoseconds(60));
  CHECK(bench.charged(kHere, Cause::compute) == microseconds(10));
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a snoop that comes in the time that others have taken lengthens the program once more") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kHere, user_compute(bench.cpu(kHere), microseconds(1), shared));
  // Three before the end of the microsecond, the fourth in the 180 ns after it.
  bench.spawn(kChip, tlbies(bench.cpu(kChip), 4, false, shared));
  bench.run();
  CHECK(shared.events.front() == Event{kHere, nanoseconds(1000 + 4 * 60)});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("snoops that an idle CPU's core serves take no time from anybody") {
  Bench bench(false);
  Shared shared;
  bench.spawn(kChip, tlbies(bench.cpu(kChip), 4, false, shared));
  bench.run();
  CHECK(bench.charged(kHere, Cause::tlbie) == Time());
  CHECK(bench.accounts_add_up());
}

TEST_CASE("an interrupt costs a guest its exit before and its entry after the handler") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  bench.spawn(kChip, run_guest(bench.cpu(kChip)));
  bench.interrupt(kHere, kChip, microseconds(2));
  bench.run();
  CHECK(bench.handled() == std::vector<Time>{microseconds(2) + kGuestSwitch + kEntry});
  const Time moment = microseconds(10);
  // Whoever looks on the way back into the guest, and later, changes nothing.
  for (const Time early : {microseconds(5), microseconds(6), microseconds(7)}) {
    bench.scheduler.run_until(early);
    (void)bench.cpu(kChip).account_view(early);
  }
  bench.scheduler.run_until(moment);
  const std::vector<Time> view = bench.cpu(kChip).account_view(moment);
  Time switching;
  Time computing;
  for (std::size_t slot = 0; slot < view.size(); slot += kCauses) {
    switching += view[slot + static_cast<std::size_t>(Cause::guest_exit)];
    computing += view[slot + static_cast<std::size_t>(Cause::compute)];
  }
  CHECK(switching == 2 * kGuestSwitch);
  CHECK(computing == moment - 2 * kGuestSwitch - kEntry - kExit);
  CHECK(std::accumulate(view.begin(), view.end(), Time()) == moment);
}

TEST_CASE("an interrupt that comes while a guest is entered again makes it leave again") {
  const Time first_left = microseconds(2) + kGuestSwitch + kInterrupt;
  const auto [second, entered] = GENERATE_COPY(table<Time, Time>({
      {first_left + nanoseconds(1), nanoseconds(1)},
      {first_left + kGuestSwitch - Time(1), kGuestSwitch - Time(1)},
      {first_left + kGuestSwitch + microseconds(1), kGuestSwitch},
  }));
  Bench bench(GENERATE(false, true));
  bench.spawn(kChip, run_guest(bench.cpu(kChip)));
  bench.interrupt(kHere, kChip, microseconds(2));
  bench.interrupt(kOtherChip, kChip, second);
  bench.run();
  CHECK(bench.handled().back() == second + kGuestSwitch + kEntry);
  const Time moment = microseconds(30);
  bench.scheduler.run_until(moment);
  (void)bench.cpu(kChip).account_view(moment);
  CHECK(bench.charged(kChip, Cause::guest_exit) == 3 * kGuestSwitch + entered);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a program that runs for ever does not keep the simulation from ending") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  bench.spawn(kChip, user_compute(bench.cpu(kChip), Time::never(), shared));
  bench.spawn(kHere, user_compute(bench.cpu(kHere), microseconds(1), shared));
  bench.run();
  CHECK(shared.events == Events{{kHere, microseconds(1)}});
  CHECK(bench.accounts_add_up());
}
