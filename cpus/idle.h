// Idle CPUs: which stop state one sleeps in and what waking it costs. The governor is like Linux's menu: it
// takes the usual length of the last eight idle periods, if they are regular enough to have one, and the next
// timer, and chooses the deepest enabled state whose target residency fits. The latencies that firmware
// advertises are for choosing only; waking takes what was measured. No clock: every call is told the time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "cpus/parameters.h"

namespace p9mmu::cpus {

/// The governor's memory of one CPU: the lengths of its last idle periods, in ns.
class IdleHistory {
 public:
  static constexpr std::size_t kPeriods = 8;
  /// Longer periods count as this long: a second and a bit.
  static constexpr std::int64_t kLongest_ns = (std::int64_t{1} << 30) - 1;

  /// A CPU that has idled for long whenever it idled.
  IdleHistory();

  void add(Time period) {
    const std::int64_t length = period.whole_ns() < kLongest_ns ? period.whole_ns() : kLongest_ns;
    const std::int64_t oldest = periods_ns_[next_];
    sum_ns_ += length - oldest;
    squares_ += length * length - oldest * oldest;
    periods_ns_[next_] = static_cast<std::int32_t>(length);
    next_ = (next_ + 1) % kPeriods;
  }

  /// The usual length of an idle period in ns, or Time::never() if there is none. Of the eight, up to two
  /// that are longest are left out if that makes the rest regular (drivers/cpuidle/governors/menu.c).
  [[nodiscard]] Time typical() const {
    return regular(sum_ns_, squares_, kPeriods) ? Time(sum_ns_ / static_cast<std::int64_t>(kPeriods) * 1000)
                                                : typical_without_outliers();
  }

 private:
  /// Regular: a standard deviation of at most 20 us, or of a sixth of the average.
  static bool regular(std::int64_t sum, std::int64_t squares, std::int64_t count) {
    const std::int64_t average = sum / count;
    const std::int64_t variance = squares / count - average * average;
    return variance <= 400'000'000 || average * average / 36 > variance;
  }
  [[nodiscard]] Time typical_without_outliers() const;

  std::int64_t sum_ns_;
  std::int64_t squares_;
  std::array<std::int32_t, kPeriods> periods_ns_;
  std::uint32_t next_ = 0;
};

/// The states of one machine, and who chooses among them.
class StopStates {
 public:
  explicit StopStates(const IdleParameters& parameters);

  /// The state for a CPU that goes idle at `now` with its next timer at `timer` (never if it has none).
  [[nodiscard]] StopState choose(const IdleHistory& history, Time now, Time timer) const {
    if (governor_ == GovernorKind::fixed) {
      return fixed_;
    }
    const Time predicted = std::min(history.typical(), timer == Time::never() ? timer : timer - now);
    std::size_t chosen = 0;
    for (std::size_t i = 1; i < count_; ++i) {
      if (predicted >= choices_[i].residency) {
        chosen = i;
      }
    }
    return choices_[chosen].state;
  }

  [[nodiscard]] Time wake(StopState state) const { return wake_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] Time longest_wake() const;

 private:
  struct Choice {
    StopState state;
    Time residency;
  };
  GovernorKind governor_;
  StopState fixed_;
  std::array<Choice, kStopStates> choices_{};
  std::size_t count_ = 0;
  std::array<Time, kStopStates> wake_{};
};

/// One idle CPU. `since` may lie ahead: it is then still leaving an interrupt.
struct IdlePeriod {
  Time since;
  StopState state = StopState::snooze;
};

/// What a round of interrupts needs to know of one CPU; all CPUs' stand side by side in memory.
struct IdleCpu {
  IdlePeriod period;
  IdleHistory history;
};

/// How a CPU left an idle period.
struct Woken {
  Time slept;   ///< since it went idle until the interrupt; none if that came before it slept
  Time waking;  ///< from the interrupt until it runs
  Time at;      ///< when it runs
};

/// An interrupt is pending at `pending`; updates the history.
[[nodiscard]] inline Woken wake_from(const IdlePeriod& idle, IdleHistory& history, const StopStates& states,
                                     Time pending) {
  if (pending <= idle.since) {
    return Woken{Time(), Time(), idle.since};
  }
  const Time slept = pending - idle.since;
  history.add(slept);
  const Time waking = states.wake(idle.state);
  return Woken{slept, waking, pending + waking};
}

}  // namespace p9mmu::cpus
