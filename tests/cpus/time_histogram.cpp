#include "cpus/time_histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>

using p9mmu::cpus::TimeHistogram;
using p9mmu::interconnect::Time;

namespace {

/// The only bucket of a histogram of one span.
TimeHistogram::Bucket bucket_of(std::int64_t ps) {
  TimeHistogram histogram;
  histogram.add(Time(ps));
  const std::vector<TimeHistogram::Bucket> buckets = histogram.buckets();
  REQUIRE(buckets.size() == 1);
  CHECK(buckets.front().count == 1);
  return buckets.front();
}

}  // namespace

TEST_CASE("a span lies in a bucket that holds it and is no wider than a sixteenth of it") {
  const std::int64_t base =
      GENERATE(as<std::int64_t>(), 0, 1, 15, 16, 17, 31, 32, 1000, 194'807'000, 1LL << 40, 1LL << 62);
  const std::int64_t ps = base + GENERATE(as<std::int64_t>(), 0, 1);
  const TimeHistogram::Bucket bucket = bucket_of(ps);
  CAPTURE(ps, bucket.from.ps(), bucket.below.ps());
  CHECK(bucket.from.ps() <= ps);
  CHECK(ps < bucket.below.ps());
  CHECK((bucket.below - bucket.from).ps() <= std::max<std::int64_t>(1, ps / 16));
}

TEST_CASE("where a bucket ends the next one begins") {
  const std::int64_t ps =
      GENERATE(as<std::int64_t>(), 0, 14, 15, 16, 31, 33, 63, 64, 1000, 123'456'789, (1LL << 41) - 1);
  const TimeHistogram::Bucket bucket = bucket_of(ps);
  const TimeHistogram::Bucket next = bucket_of(bucket.below.ps());
  CHECK(next.from == bucket.below);
  CHECK(bucket_of(bucket.below.ps() - 1) == bucket);
}

TEST_CASE("the longest span that there is has a bucket") {
  const TimeHistogram::Bucket bucket = bucket_of(Time::never().ps() - 1);
  CHECK(bucket.below == Time::never());
}

TEST_CASE("buckets come from the shortest on, empty ones not at all") {
  TimeHistogram histogram;
  for (const std::int64_t ps : {5000, 7, 5001, 300}) {
    histogram.add(Time(ps));
  }
  const std::vector<TimeHistogram::Bucket> buckets = histogram.buckets();
  REQUIRE(buckets.size() == 3);
  CHECK(buckets[0] == TimeHistogram::Bucket{Time(7), Time(8), 1});
  CHECK(buckets[1].count == 1);
  CHECK(buckets[2] == TimeHistogram::Bucket{Time(4864), Time(5120), 2});
}

TEST_CASE("what came since an earlier copy is counted alone") {
  TimeHistogram histogram;
  histogram.add(Time(7));
  histogram.add(Time(300));
  const TimeHistogram earlier = histogram;
  histogram.add(Time(300));
  const std::vector<TimeHistogram::Bucket> buckets = histogram.since(earlier).buckets();
  REQUIRE(buckets.size() == 1);
  CHECK(buckets.front().count == 1);
  CHECK(buckets.front().from <= Time(300));
}
