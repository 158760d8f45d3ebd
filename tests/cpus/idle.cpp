#include "cpus/idle.h"

#include <string>

#include "tests/support/sample_machine.h"
#include "tests/support/time_printing.h"

using namespace p9mmu::cpus;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;
using p9mmu::testing::sample_cpus;
using p9mmu::testing::sample_cpus_idling_in;
using p9mmu::testing::wake_of;

namespace {

constexpr Time kSecond = microseconds(1'000'000);

/// The history of a CPU whose idle periods, each of which might have lasted a second, lasted so long.
IdleHistory history_of(const std::vector<Time>& periods) {
  IdleHistory history;
  for (const Time period : periods) {
    history.add(period, kSecond, IdleHistory::bucket_of(kSecond));
  }
  return history;
}
IdleHistory regular(Time period) {
  return history_of(std::vector<Time>(IdleHistory::kPeriods, period));
}

std::string chosen(const IdleParameters& parameters, const IdleHistory& history, Time timer = Time::never()) {
  const StopStates states(parameters);
  IdleCpu cpu;
  cpu.history = history;
  states.enter(cpu, Time(), timer);
  return kStopStateNames[static_cast<std::size_t>(cpu.period.state)];
}

}  // namespace

TEST_CASE("the governor takes the deepest state whose residency fits the usual idle period") {
  struct Case {
    Time usual;
    const char* before_2018_03;
    const char* since_2018_03;
  };
  const Case c = GENERATE(values<Case>({
      {Time(), "snooze", "snooze"},
      {microseconds(5), "snooze", "snooze"},
      {nanoseconds(9'999), "snooze", "snooze"},
      {microseconds(10), "stop0_lite", "stop0_lite"},
      {nanoseconds(19'999), "stop0_lite", "stop0_lite"},
      {microseconds(20), "stop0", "stop0"},
      {nanoseconds(49'999), "stop0", "stop0"},
      {microseconds(50), "stop1", "stop1"},
      {nanoseconds(99'999), "stop1", "stop1"},
      {microseconds(100), "stop2", "stop2"},
      {nanoseconds(999'999), "stop2", "stop2"},
      {microseconds(1'000), "stop4", "stop2"},
      {nanoseconds(1'999'999), "stop4", "stop2"},
      {microseconds(2'000), "stop5", "stop2"},
      {nanoseconds(9'999'999), "stop5", "stop2"},
      {microseconds(10'000), "stop5", "stop4"},
      {nanoseconds(19'999'999), "stop5", "stop4"},
      {microseconds(20'000), "stop5", "stop5"},
  }));
  CAPTURE(c.usual);
  IdleParameters parameters = sample_cpus().idle;
  parameters.firmware = FirmwareTable::before_2018_03;
  CHECK(chosen(parameters, regular(c.usual)) == c.before_2018_03);
  parameters.firmware = FirmwareTable::since_2018_03;
  CHECK(chosen(parameters, regular(c.usual)) == c.since_2018_03);
}

TEST_CASE("a timer that is due sooner than usual bounds the expectation") {
  const auto [timer, state] = GENERATE(table<Time, const char*>({
      {nanoseconds(9'999), "snooze"},
      {microseconds(10), "stop0_lite"},
      {microseconds(30), "stop0"},
      {microseconds(300), "stop2"},
      {microseconds(15'000), "stop4"},
      {Time::never(), "stop5"},
  }));
  CAPTURE(timer);
  CHECK(chosen(sample_cpus().idle, IdleHistory(), timer) == state);
}

TEST_CASE("a CPU without a history and without timers goes to the deepest state") {
  CHECK(chosen(sample_cpus().idle, IdleHistory()) == "stop5");
}

TEST_CASE("up to two periods that were longest are left out when the others are regular") {
  const Time t = microseconds(30);
  const Time far = kSecond;
  const auto [periods, usual] = GENERATE_COPY(table<std::vector<Time>, Time>({
      {{t, t, t, t, t, t, t, t}, t},
      {{far, t, t, t, t, t, t, t}, t},
      {{t, t, t, far, t, t, t, t}, t},
      {{t, far, t, t, t, t, t, far}, t},
      {{far, far, far, t, t, t, t, t}, Time::never()},
      {{t, far, t, far, t, far, t, far}, Time::never()},
  }));
  CHECK(history_of(periods).typical() == usual);
}

TEST_CASE("periods are regular within 20 us or a sixth of their average") {
  // Half of the periods are this much shorter, half longer: that is their standard deviation.
  const auto [average, deviation, is_regular] = GENERATE(table<Time, Time, bool>({
      {microseconds(40), microseconds(20), true},
      {microseconds(40), nanoseconds(20'001), false},
      {microseconds(600), microseconds(99), true},
      {microseconds(600), microseconds(100), false},
  }));
  CAPTURE(average, deviation);
  const Time a = average - deviation;
  const Time b = average + deviation;
  const Time typical = history_of({a, b, a, b, a, b, a, b}).typical();
  CHECK((typical == average) == is_regular);
}

TEST_CASE("only the last eight periods count") {
  std::vector<Time> periods(8, microseconds(500));
  periods.insert(periods.end(), 8, microseconds(15));
  CHECK(history_of(periods).typical() == microseconds(15));
}

TEST_CASE("irregular periods leave only the timer, corrected, to expect") {
  const Time s = microseconds(5);
  const Time l = microseconds(500);
  const IdleHistory history = history_of({s, l, s, l, s, l, s, l});
  REQUIRE(history.typical() == Time::never());
  const Time expected = history.expected(kSecond, IdleHistory::bucket_of(kSecond));
  CHECK(expected < kSecond);
  CHECK(expected > microseconds(300'000));
}

TEST_CASE("timers fall into buckets by their order of magnitude") {
  const auto [timer, bucket] = GENERATE(table<Time, int>({
      {Time(), 0},
      {microseconds(10) - Time(1), 0},
      {microseconds(10), 1},
      {microseconds(100) - Time(1), 1},
      {microseconds(100), 2},
      {microseconds(1'000), 3},
      {microseconds(10'000), 4},
      {microseconds(100'000) - Time(1), 4},
      {microseconds(100'000), 5},
      {100 * kSecond, 5},
  }));
  CAPTURE(timer);
  CHECK(IdleHistory::bucket_of(timer) == bucket);
}

TEST_CASE("a period that ends early lowers the expectation by an eighth of what it fell short") {
  // Alternating with long periods, so that there is no usual one.
  const Time timer = microseconds(1'000);
  const std::uint8_t bucket = IdleHistory::bucket_of(timer);
  const auto [period_us, factor] = GENERATE(table<int, std::int64_t>({
      {1000, 8192},              // as long as the timer: nothing to correct
      {2000, 8192},              // longer than it
      {500, 8192 - 1024 + 512},  // half of it
      {100, 8192 - 1024 + 102},  // a tenth
      {0, 8192 - 1024},          // at once
  }));
  CAPTURE(period_us);
  IdleHistory history;
  history.add(microseconds(period_us), timer, bucket);
  REQUIRE(history.typical() == Time::never());
  CHECK(history.expected(timer, bucket).ps() == timer.ps() * factor / 8192);
}

TEST_CASE("the correction approaches the fraction of the timer that periods last") {
  const int percent = GENERATE(5, 25, 50, 90);
  const Time timer = microseconds(1'000);
  const std::uint8_t bucket = IdleHistory::bucket_of(timer);
  IdleHistory history;
  for (int i = 0; i < 200; ++i) {
    history.add(microseconds(10 * percent), timer, bucket);
  }
  // The usual period would hide it; fill the eight with ones that have none, in another bucket.
  for (int i = 0; i < 8; ++i) {
    history.add(i % 2 == 0 ? microseconds(1) : kSecond, kSecond, IdleHistory::bucket_of(kSecond));
  }
  REQUIRE(history.typical() == Time::never());
  CHECK(static_cast<double>(history.expected(timer, bucket).ps()) ==
        Approx(static_cast<double>(timer.ps()) * percent / 100).epsilon(0.02));
}

TEST_CASE("a correction is learnt for timers of one order of magnitude only") {
  const Time timer = microseconds(1'000);
  const Time other = microseconds(50'000);
  IdleHistory history;
  history.add(Time(), timer, IdleHistory::bucket_of(timer));
  CHECK(history.expected(other, IdleHistory::bucket_of(other)).ps() == other.ps());
  CHECK(history.expected(timer, IdleHistory::bucket_of(timer)) < timer);
}

TEST_CASE("a fixed governor does not care for the past or the next timer") {
  const auto state = static_cast<StopState>(GENERATE(range(0, static_cast<int>(kStopStates))));
  const IdleParameters parameters = sample_cpus_idling_in(state).idle;
  const std::string name = kStopStateNames[static_cast<std::size_t>(state)];
  CHECK(chosen(parameters, regular(microseconds(1))) == name);
  CHECK(chosen(parameters, regular(kSecond)) == name);
  CHECK(chosen(parameters, IdleHistory(), microseconds(1)) == name);
}

TEST_CASE("a state that is off is not chosen; the next shallower that is on is") {
  IdleParameters parameters = sample_cpus().idle;
  parameters.states[static_cast<std::size_t>(StopState::stop4)].enabled = false;
  parameters.states[static_cast<std::size_t>(StopState::stop5)].enabled = false;
  CHECK(chosen(parameters, IdleHistory()) == "stop2");
  for (StopStateParameters& state : parameters.states) {
    state.enabled = false;
  }
  // Snooze is a loop, which nobody can take away.
  CHECK(chosen(parameters, IdleHistory()) == "snooze");
}

TEST_CASE("an interrupt wakes a CPU only if it comes after it fell asleep") {
  const auto state = static_cast<StopState>(GENERATE(range(0, static_cast<int>(kStopStates))));
  const CpuParameters parameters = sample_cpus_idling_in(state);
  const StopStates states(parameters.idle);
  const Time since = microseconds(10);
  const auto [pending, slept] = GENERATE_COPY(table<Time, Time>({
      {since - Time(1), Time()},  // still on its way into idleness
      {since, Time()},
      {since + Time(1), Time(1)},
      {since + kSecond, kSecond},
  }));
  CAPTURE(kStopStateNames[static_cast<std::size_t>(state)], pending);
  IdleCpu cpu;
  states.enter(cpu, since, Time::never());
  const Woken woken = wake_from(cpu, states, pending);
  CHECK(woken.slept == slept);
  if (slept > Time()) {
    CHECK(woken.waking == wake_of(parameters, state));
    CHECK(woken.at == pending + wake_of(parameters, state));
  } else {
    CHECK(woken.waking == Time());
    CHECK(woken.at == since);
  }
}

TEST_CASE("waking is remembered, not having slept is not") {
  const StopStates states(sample_cpus().idle);
  IdleCpu cpu;
  const auto idle_for = [&](Time span) {
    states.enter(cpu, kSecond, Time::never());
    (void)wake_from(cpu, states, kSecond + span);
  };
  for (int i = 0; i < 8; ++i) {
    idle_for(microseconds(30));
    idle_for(Time());
  }
  CHECK(cpu.history.typical() == microseconds(30));
}

TEST_CASE("the longest wake-up is that of the deepest state, chosen or not") {
  CHECK(StopStates(sample_cpus_idling_in(StopState::snooze).idle).longest_wake() ==
        wake_of(sample_cpus(), StopState::stop5));
}
