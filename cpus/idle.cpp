#include "cpus/idle.h"

namespace p9mmu::cpus {

IdleHistory::IdleHistory() : sum_ns_(kLongest_ns * kPeriods), squares_(kLongest_ns * kLongest_ns * kPeriods) {
  periods_ns_.fill(static_cast<std::uint32_t>(kLongest_ns));
  factors_.fill(std::uint16_t{1} << kUnityShift);
}

Time IdleHistory::typical_without_outliers() const {
  std::array<std::uint32_t, kPeriods> sorted = periods_ns_;
  std::sort(sorted.begin(), sorted.end());
  std::uint64_t sum = sum_ns_;
  std::uint64_t squares = squares_;
  for (std::size_t count = kPeriods - 1; count >= kPeriods - 2; --count) {
    const std::uint64_t longest = sorted[count];
    sum -= longest;
    squares -= longest * longest;
    if (regular(sum, squares, count)) {
      return average(sum, count);
    }
  }
  return Time::never();
}

StopStates::StopStates(const IdleParameters& parameters)
    : governor_(parameters.governor),
      fixed_(parameters.fixed_state),
      next_timer_(parameters.next_timer),
      next_timer_bucket_(IdleHistory::bucket_of(parameters.next_timer)) {
  for (std::size_t i = 0; i < kStopStates; ++i) {
    const StopStateParameters& state = parameters.states[i];
    wake_[i] = state.wake;
    // Something must be left to choose: snooze, which is a loop, cannot be switched off.
    if (state.enabled || i == 0) {
      const auto table = static_cast<std::size_t>(parameters.firmware);
      choices_[count_++] = Choice{static_cast<StopState>(i), state.residency[table]};
    }
  }
}

Time StopStates::longest_wake() const {
  return *std::max_element(wake_.begin(), wake_.end());
}

}  // namespace p9mmu::cpus
