#include "cpus/time_histogram.h"

namespace p9mmu::cpus {

TimeHistogram TimeHistogram::since(const TimeHistogram& earlier) const {
  TimeHistogram result;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    result.counts_[i] = counts_[i] - earlier.counts_[i];
  }
  return result;
}

std::vector<TimeHistogram::Bucket> TimeHistogram::buckets() const {
  std::vector<Bucket> result;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) {
      continue;
    }
    const std::size_t shift = i < kSteps ? 0 : i / kSteps - 1;
    const std::uint64_t step = i < kSteps ? i : kSteps + i % kSteps;
    const auto width = std::int64_t{1} << shift;
    const auto from = static_cast<std::int64_t>(step) * width;
    // The last bucket of all ends with the greatest time there is.
    const Time below = from > Time::never().ps() - width ? Time::never() : Time(from + width);
    result.push_back(Bucket{Time(from), below, counts_[i]});
  }
  return result;
}

}  // namespace p9mmu::cpus
