// Idle CPUs: which stop state one sleeps in and what waking it costs. The governor is like Linux's menu
// (drivers/cpuidle/governors/menu.c): it expects an idle period to last until the next timer, corrected by
// how much shorter such periods have turned out, and no longer than the usual one of the last eight, if they
// are regular enough to have one; it chooses the deepest enabled state whose target residency fits. The
// latencies that firmware advertises are for choosing only; waking takes what was measured. No clock: every
// call is told the time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "cpus/parameters.h"

namespace p9mmu::cpus {

/// The governor's memory of one CPU.
class IdleHistory {
 public:
  static constexpr std::size_t kPeriods = 8;
  static constexpr std::uint8_t kBuckets = 6;
  /// Longer periods count as this long: a second and a bit.
  static constexpr std::uint64_t kLongest_ns = (std::uint64_t{1} << 30) - 1;

  /// A CPU that has idled for long whenever it idled.
  IdleHistory();

  /// A period has ended; `timer` is how long it could have lasted, and `bucket` that timer's.
  void add(Time period, Time timer, std::uint8_t bucket) {
    const auto period_ns = static_cast<std::uint64_t>(period.ps()) / 1000;
    correct(period_ns, timer, factors_[bucket]);
    const std::uint64_t length = std::min(period_ns, kLongest_ns);
    const std::uint64_t oldest = periods_ns_[next_];
    sum_ns_ += length - oldest;
    squares_ += length * length - oldest * oldest;
    periods_ns_[next_] = static_cast<std::uint32_t>(length);
    next_ = (next_ + 1) % kPeriods;
  }

  /// How long a period that could last until `timer` is expected to last.
  [[nodiscard]] Time expected(Time timer, std::uint8_t bucket) const {
    // Fits 63 bits for timers of up to 1,000 s.
    const Time corrected((timer.ps() * factors_[bucket]) >> kUnityShift);
    return std::min(corrected, typical());
  }

  /// Corrections are kept apart by the order of magnitude of the timer: below 10 us, below 100 us, and so on
  /// to 100 ms and more.
  [[nodiscard]] static std::uint8_t bucket_of(Time timer) {
    std::uint8_t bucket = 0;
    for (Time limit = interconnect::microseconds(10); bucket < kBuckets - 1 && timer >= limit;
         limit = 10 * limit) {
      ++bucket;
    }
    return bucket;
  }

  /// The usual length of an idle period, or Time::never() if there is none. Of the eight, up to two that are
  /// longest are left out if that makes the rest regular.
  [[nodiscard]] Time typical() const {
    return regular(sum_ns_, squares_, kPeriods) ? average(sum_ns_, kPeriods) : typical_without_outliers();
  }

 private:
  // menu.c's RESOLUTION, DECAY and MAX_INTERESTING; a factor of 1 is RESOLUTION * DECAY.
  static constexpr std::uint32_t kResolution = 1024;
  static constexpr std::uint32_t kDecay = 8;
  static constexpr unsigned kUnityShift = 13;
  static constexpr std::uint64_t kInteresting_ns = 50'000'000;

  static void correct(std::uint64_t period_ns, Time timer, std::uint16_t& factor) {
    const auto timer_ns = static_cast<std::uint64_t>(timer.ps()) / 1000;
    std::uint64_t next = factor - factor / kDecay;
    if (period_ns >= kInteresting_ns || period_ns >= timer_ns) {
      next += kResolution;
    } else if (kResolution * period_ns >= timer_ns) {
      next += kResolution * period_ns / timer_ns;
    }
    factor = static_cast<std::uint16_t>(std::max<std::uint64_t>(next, 1));
  }

  static Time average(std::uint64_t sum_ns, std::uint64_t count) {
    return Time(static_cast<std::int64_t>(sum_ns / count * 1000));
  }
  /// Regular: a standard deviation of at most 20 us, or of a sixth of the average.
  static bool regular(std::uint64_t sum, std::uint64_t squares, std::uint64_t count) {
    const std::uint64_t average = sum / count;
    const std::uint64_t variance = squares / count - average * average;
    return variance <= 400'000'000 || average * average / 36 > variance;
  }
  [[nodiscard]] Time typical_without_outliers() const;

  std::uint64_t sum_ns_;
  std::uint64_t squares_;
  std::array<std::uint32_t, kPeriods> periods_ns_;
  std::array<std::uint16_t, kBuckets> factors_;
  std::uint32_t next_ = 0;
};

/// One idle period. `since` may lie ahead: the CPU is then still leaving an interrupt.
struct IdlePeriod {
  Time since;
  Time timer;  ///< how long it may last
  StopState state = StopState::snooze;
  std::uint8_t bucket = 0;  ///< of `timer`
};

/// What a round of interrupts needs to know of one CPU; all CPUs' stand side by side in memory.
struct IdleCpu {
  IdlePeriod period;
  IdleHistory history;
};

/// The states of one machine, and who chooses among them.
class StopStates {
 public:
  explicit StopStates(const IdleParameters& parameters);

  /// The CPU goes idle at `now`; a sleeping thread's timer is due at `timer`, or never.
  void enter(IdleCpu& cpu, Time now, Time timer) const {
    IdlePeriod& period = cpu.period;
    period.since = now;
    period.timer = next_timer_;
    period.bucket = next_timer_bucket_;
    if (timer != Time::never() && timer - now < next_timer_) {
      period.timer = timer - now;
      period.bucket = IdleHistory::bucket_of(period.timer);
    }
    period.state = governor_ == GovernorKind::fixed
                       ? fixed_
                       : deepest_within(cpu.history.expected(period.timer, period.bucket));
  }

  [[nodiscard]] Time wake(StopState state) const { return wake_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] Time longest_wake() const;

 private:
  struct Choice {
    StopState state;
    Time residency;
  };
  [[nodiscard]] StopState deepest_within(Time expected) const {
    std::size_t chosen = count_ - 1;
    while (chosen > 0 && expected < choices_[chosen].residency) {
      --chosen;
    }
    return choices_[chosen].state;
  }

  GovernorKind governor_;
  StopState fixed_;
  Time next_timer_;
  std::uint8_t next_timer_bucket_;
  std::array<Choice, kStopStates> choices_{};
  std::size_t count_ = 0;
  std::array<Time, kStopStates> wake_{};
};

/// How a CPU left an idle period.
struct Woken {
  Time slept;   ///< since it went idle until the interrupt; none if that came before it slept
  Time waking;  ///< from the interrupt until it runs
  Time at;      ///< when it runs
};

/// An interrupt is pending at `pending`; updates the history.
[[nodiscard]] inline Woken wake_from(IdleCpu& cpu, const StopStates& states, Time pending) {
  const IdlePeriod& idle = cpu.period;
  if (pending <= idle.since) {
    return Woken{Time(), Time(), idle.since};
  }
  const Time slept = pending - idle.since;
  cpu.history.add(slept, idle.timer, idle.bucket);
  const Time waking = states.wake(idle.state);
  return Woken{slept, waking, pending + waking};
}

}  // namespace p9mmu::cpus
