#include "cpus/timeline_observer.h"

#include "tests/cpus/fixture.h"
#include "tests/support/timeline_notes.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;
using p9mmu::testing::TimelineNotes;

namespace {

using Lines = std::vector<std::string>;

Task<void> compute_in(Cpu& cpu, const char* name, Time span) {
  const Routine routine(cpu, name);
  co_await cpu.compute(span);
}
Task<void> two_calls(Cpu& cpu) {
  const Routine routine(cpu, "outer");
  co_await compute_in(cpu, "inner", nanoseconds(10));
  co_await compute_in(cpu, "inner", nanoseconds(20));
}
Task<void> flush(Cpu& cpu, const p9mmu::mmu::TlbInvalidate& operands) {
  co_await cpu.ptesync();
  co_await cpu.tlbie(operands);
  co_await cpu.eieio_tlbsync_ptesync();
  co_await cpu.ptesync();
}
Task<void> lock_for(Cpu& cpu, SpinLock& lock, Time before, Time held) {
  co_await cpu.compute(before);
  co_await cpu.spin_lock(lock);
  co_await cpu.compute(held);
  co_await cpu.spin_unlock(lock);
}
Task<void> in_guest(Cpu& cpu) {
  co_await cpu.run_guest();
}

/// Locks that are fought for, a guest that is interrupted, idle CPUs that are woken.
void spawn_all_sorts(Bench& bench, SpinLock& lock) {
  bench.spawn(kHere, lock_for(bench.cpu(kHere), lock, nanoseconds(100), microseconds(2)));
  bench.spawn(kPair, lock_for(bench.cpu(kPair), lock, nanoseconds(150), microseconds(3)));
  bench.spawn(kChip, in_guest(bench.cpu(kChip)));
  bench.interrupt(kSibling, kChip, microseconds(1));
  bench.interrupt(kChip + 1, kOtherChip, microseconds(2));
  bench.interrupt(kChip + 2, kPair, microseconds(2));
}

}  // namespace

TEST_CASE("an observer is shown every charge once, without gap, and changes none") {
  const bool exact = GENERATE(false, true);
  Bench bench(exact);
  Bench unobserved(exact);
  SpinLock lock;
  SpinLock other_lock;
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.set_timeline_observer(notes);
  spawn_all_sorts(bench, lock);
  spawn_all_sorts(unobserved, other_lock);
  bench.run();
  unobserved.run();
  const Time end = bench.end();
  REQUIRE(end == unobserved.end());
  REQUIRE(bench.accounts_add_up());
  for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
    const std::vector<Time> view = bench.cpu(id).account_view(end);
    CHECK(view == unobserved.cpu(id).account_view(end));
    const Time charged_until = bench.cpu(id).account().charged_until();
    for (std::size_t slot = 0; slot < view.size(); ++slot) {
      const PathId path(static_cast<std::uint32_t>(slot / kCauses));
      const auto cause = static_cast<Cause>(slot % kCauses);
      const auto told = notes.total.find({CpuId(id), path, cause});
      // The last idle period is charged to nobody yet.
      const bool idling = path == bench.cpu(id).path() && cause == Cause::idle;
      const Time tail = idling && end > charged_until ? end - charged_until : Time();
      CAPTURE(id, bench.system.paths().text(path), slot % kCauses);
      CHECK(view[slot] == (told == notes.total.end() ? Time() : told->second) + tail);
    }
  }
}

TEST_CASE("an observer is shown each call of a routine, also of the same one again") {
  Bench bench(GENERATE(false, true));
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.set_timeline_observer(notes);
  bench.spawn(kHere, two_calls(bench.cpu(kHere)));
  bench.run();
  CHECK(notes.lines ==
        Lines{"0 ns: CPU 0 calls outer", "0 ns: CPU 0 calls outer;inner",
              "0 ns: CPU 0 spends 10 ns in outer;inner on compute", "10 ns: CPU 0 calls outer;inner",
              "10 ns: CPU 0 spends 20 ns in outer;inner on compute", "30 ns: CPU 0 goes idle"});
}

TEST_CASE("an observer is shown an interrupt from pending to the handler's end") {
  Bench bench(GENERATE(false, true));
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.set_timeline_observer(notes);
  bench.interrupt(kHere, kChip, microseconds(1));
  bench.run();
  CHECK(notes.about("CPU 4") ==
        Lines{"1000 ns: CPU 4 has an interrupt", "0 ns: CPU 4 spends 1000 ns in cpuidle_enter_state on idle",
              "1000 ns: CPU 4 spends 625 ns in cpuidle_enter_state on idle wake", "1625 ns: CPU 4 takes it",
              "1625 ns: CPU 4 spends 1000 ns in plain_handler on interrupt",
              "2625 ns: CPU 4 spends 50 ns in plain_handler on compute",
              "2675 ns: CPU 4 spends 200 ns in plain_handler on interrupt", "2875 ns: CPU 4 leaves it",
              "2875 ns: CPU 4 goes idle"});
}

TEST_CASE("an observer is told what a CPU waits for when it begins to") {
  Bench bench(GENERATE(false, true));
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.set_timeline_observer(notes);
  SpinLock lock;
  bench.spawn(kHere, lock_for(bench.cpu(kHere), lock, nanoseconds(100), microseconds(2)));
  bench.spawn(kPair, lock_for(bench.cpu(kPair), lock, nanoseconds(150), microseconds(3)));
  bench.spawn(kChip, in_guest(bench.cpu(kChip)));
  bench.run();
  CHECK(notes.about("waits for") == Lines{"0 ns: CPU 4 waits for compute", "150 ns: CPU 2 waits for lock"});
}

TEST_CASE("an observer is shown a tlbie, its snoop in every core, and the ptesync that waits for them") {
  Bench bench(GENERATE(false, true));
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.set_timeline_observer(notes);
  const p9mmu::mmu::TlbInvalidate operands = p9mmu::mmu::TlbInvalidate::for_pid(
      p9mmu::mmu::Lpid(0), p9mmu::mmu::Pid(3), p9mmu::mmu::InvalidateCaches::all);
  bench.spawn(kHere, flush(bench.cpu(kHere), operands));
  bench.run();
  // ptesync; tlbie, acknowledged after 370 ns, of which the own chip's cores serve the last 60, the other
  // chip's 35 later; eieio; tlbsync; ptesync with one retry of 63 ns; ptesync.
  const Lines broadcast = notes.about("broadcasts");
  REQUIRE(broadcast.size() == 1);
  CHECK(broadcast[0] == "123.421 ns: CPU 0 broadcasts a tlbie until 528.421 ns");
  const Lines snoops = notes.about("snoops");
  REQUIRE(snoops.size() == 8);
  CHECK(snoops[0] == "433.421 ns: core 0 snoops for 60 ns");
  CHECK(snoops[3] == "433.421 ns: core 3 snoops for 60 ns");
  CHECK(snoops[4] == "468.421 ns: core 4 snoops for 60 ns");
  CHECK(notes.about("the cores") == Lines{"506.842 ns: CPU 0 waits for the cores for 186.421 ns"});
  CHECK(notes.about("its own").size() == 2);
}

TEST_CASE("an observer that comes when the fabric is there already is shown the same") {
  Bench bench(false);
  TimelineNotes notes(bench.system.paths(), true);
  bench.system.connect(bench.broadcast, *bench.ipi);
  bench.system.set_timeline_observer(notes);
  bench.system.connect(bench.broadcast, *bench.ipi);
  const p9mmu::mmu::TlbInvalidate operands = p9mmu::mmu::TlbInvalidate::for_pid(
      p9mmu::mmu::Lpid(0), p9mmu::mmu::Pid(3), p9mmu::mmu::InvalidateCaches::all);
  bench.spawn(kHere, flush(bench.cpu(kHere), operands));
  bench.run();
  CHECK(notes.about("broadcasts").size() == 1);
}
