// Simulated time: whole picoseconds in a strong type, and cycles only through a frequency. No clock stands
// here: whoever computes with time is told what time it is. The conversion to SystemC's sc_time is in
// interconnect/sc_time_conversion.h and nowhere else.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace p9mmu::interconnect {

/// A moment or a span, in picoseconds. The simulation begins at 0; 2^63 ps are 106 days.
class Time {
 public:
  constexpr Time() = default;
  constexpr explicit Time(std::int64_t picoseconds) : ps_(picoseconds) {}

  [[nodiscard]] constexpr std::int64_t ps() const { return ps_; }
  [[nodiscard]] constexpr std::int64_t whole_ns() const { return ps_ / 1000; }

  /// Later than every moment that a simulation reaches.
  [[nodiscard]] static constexpr Time never() { return Time(std::numeric_limits<std::int64_t>::max()); }

  friend constexpr auto operator<=>(Time, Time) = default;
  constexpr Time& operator+=(Time other) {
    ps_ += other.ps_;
    return *this;
  }
  constexpr Time& operator-=(Time other) {
    ps_ -= other.ps_;
    return *this;
  }
  friend constexpr Time operator+(Time a, Time b) { return Time(a.ps_ + b.ps_); }
  friend constexpr Time operator-(Time a, Time b) { return Time(a.ps_ - b.ps_); }
  friend constexpr Time operator*(std::int64_t n, Time t) { return Time(n * t.ps_); }

 private:
  std::int64_t ps_ = 0;
};

[[nodiscard]] constexpr Time nanoseconds(std::int64_t n) {
  return Time(n * 1000);
}
[[nodiscard]] constexpr Time microseconds(std::int64_t n) {
  return Time(n * 1'000'000);
}

/// A clock's frequency in hertz.
class Frequency {
 public:
  constexpr Frequency() = default;
  constexpr explicit Frequency(double hertz) : hertz_(hertz) {}

  [[nodiscard]] constexpr double hertz() const { return hertz_; }
  /// The span of that many cycles, rounded to the nearest picosecond.
  [[nodiscard]] constexpr Time cycles(double count) const {
    // Not std::llround, which is not constexpr; spans are not negative.
    return Time(
        static_cast<std::int64_t>(count / hertz_ * 1e12 + 0.5));  // NOLINT(bugprone-incorrect-roundings)
  }
  /// How many cycles a span has, as a real number.
  [[nodiscard]] constexpr double in_cycles(Time span) const {
    return static_cast<double>(span.ps()) * hertz_ / 1e12;
  }
  friend constexpr bool operator==(Frequency, Frequency) = default;

 private:
  double hertz_ = 1e9;
};

}  // namespace p9mmu::interconnect
