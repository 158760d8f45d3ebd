// How often something took how long: whole counts in buckets whose bounds are fixed, sixteen to each
// doubling, so that histograms of different runs and machines can be laid side by side and subtracted. It
// keeps no sums: where time went is what accounts are for.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "interconnect/time.h"

namespace p9mmu::cpus {

using interconnect::Time;

class TimeHistogram {
 public:
  /// Spans of at least `from` and less than `below`.
  struct Bucket {
    Time from;
    Time below;
    std::int64_t count;

    bool operator==(const Bucket&) const = default;
  };

  /// One more that took `span`, which is not negative.
  void add(Time span) { ++counts_[index_of(static_cast<std::uint64_t>(span.ps()))]; }

  /// What this histogram, a later copy, has more than `earlier`.
  [[nodiscard]] TimeHistogram since(const TimeHistogram& earlier) const;

  /// Those that are not empty, from the shortest spans on.
  [[nodiscard]] std::vector<Bucket> buckets() const;

 private:
  static constexpr unsigned kStepBits = 4;
  static constexpr std::uint64_t kSteps = 1U << kStepBits;
  /// Spans of less than kSteps picoseconds have a bucket each; every doubling from there has kSteps.
  static constexpr std::size_t kBuckets = (63 - kStepBits + 1) * kSteps;

  static std::size_t index_of(std::uint64_t ps) {
    if (ps < kSteps) {
      return ps;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(ps)) - 1 - kStepBits;
    return (shift + 1) * kSteps + ((ps >> shift) - kSteps);
  }

  std::array<std::int64_t, kBuckets> counts_{};
};

}  // namespace p9mmu::cpus
