#include "model/sweep/estimate.h"

#include <algorithm>

#include "model/report/numbers.h"

namespace p9mmu::model {
namespace {

using Clock = std::chrono::steady_clock;

/// A process for each point, its start and its end, the record: on any computer a few milliseconds.
constexpr double kOverheadSeconds = 0.005;
constexpr std::size_t kLargestSample = 24;
constexpr std::size_t kSmallestSample = 4;

/// Evenly over the plan, both ends among them, since the time that points take mostly goes with their axes.
std::vector<std::size_t> sample_of(std::vector<std::size_t> points) {
  std::sort(points.begin(), points.end());
  constexpr std::size_t kPart = 4;
  const std::size_t size =
      std::min(points.size(), std::clamp(points.size() / kPart, kSmallestSample, kLargestSample));
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < size; ++i) {
    sample.push_back(points[size == 1 ? 0 : i * (points.size() - 1) / (size - 1)]);
  }
  return sample;
}

/// What the points of the plan that are recorded took on average; nothing if there are too few.
struct Average {
  double seconds = 0;
  std::size_t points = 0;
};

Average recorded_average(const SweepPlan& plan, const Recorded& recorded) {
  Average average;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    const auto found = recorded.points.find(plan.hash(point));
    if (found != recorded.points.end() && found->second.state == PointState::done) {
      average.seconds += found->second.seconds;
      ++average.points;
    }
  }
  if (average.points < std::max(kSmallestSample, plan.size() / 10)) {
    return {};
  }
  average.seconds /= static_cast<double>(average.points);
  return average;
}

}  // namespace

Estimate estimate(const SweepPlan& plan, const std::vector<std::size_t>& points, const Recorded& recorded,
                  PointRunner& runner, const InterruptWatch& watch, std::size_t at_once,
                  std::chrono::milliseconds patience) {
  Estimate result;
  result.to_do = points.size();
  const auto whole = [&](double each) {
    return (each + kOverheadSeconds) * static_cast<double>(points.size()) /
           static_cast<double>(std::min(at_once, std::max<std::size_t>(1, points.size())));
  };
  const Average average = recorded_average(plan, recorded);
  if (points.empty() || average.points > 0) {
    result.recorded = average.points;
    result.seconds = points.empty() ? 0 : whole(average.seconds);
    return result;
  }
  const std::vector<std::size_t> sample = sample_of(points);
  const Clock::time_point end = Clock::now() + patience;
  double seconds = 0;
  std::size_t next = 0;
  while ((next < sample.size() || runner.running() > 0) && !InterruptWatch::seen()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      break;
    }
    for (; next < sample.size() && runner.running() < at_once; ++next) {
      runner.start(sample[next]);
    }
    for (const PointEnd& ended : runner.wait(watch, nullptr, left)) {
      seconds += ended.end.seconds;
      ++result.sampled;
    }
  }
  result.at_least = runner.running() > 0;
  // Those that are not finished have taken all of the time at least.
  const double waited = std::chrono::duration<double>(patience).count();
  const double unfinished = static_cast<double>(runner.running());
  const double tried = static_cast<double>(result.sampled) + unfinished;
  result.sampled += runner.running();
  result.seconds = tried == 0 ? 0 : whole((seconds + unfinished * waited) / tried);
  return result;
}

std::string describe(const Estimate& estimate, std::size_t at_once) {
  if (estimate.to_do == 0) {
    return "estimate: nothing is left to do";
  }
  std::string text = std::string("estimate: ") + (estimate.at_least ? "at least " : "about ") +
                     waiting_time(std::max(1.0, estimate.seconds)) + " for " +
                     report::grouped(static_cast<std::int64_t>(estimate.to_do)) +
                     (estimate.to_do == 1 ? " point, " : " points, ") + std::to_string(at_once) +
                     " at a time; from ";
  return estimate.recorded > 0 ? text + std::to_string(estimate.recorded) + " points that are recorded"
                               : text + "a sample of " + std::to_string(estimate.sampled);
}

std::string waiting_time(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  if (seconds < 3 * kMinute) {
    return report::fixed(seconds, 0) + " s";
  }
  if (seconds < 3 * kHour) {
    return report::fixed(seconds / kMinute, 0) + " min";
  }
  return report::fixed(seconds / kHour, 1) + " h";
}

}  // namespace p9mmu::model
