#include "model/sweep/sweep.h"

#include <algorithm>
#include <csignal>
#include <unordered_set>

#include "model/cli/interrupt_watch.h"

namespace p9mmu::model {
namespace {

constexpr std::chrono::milliseconds kTick{200};
constexpr std::size_t kMostMessages = 10;

/// "point 3 (cpus 8, kernel ipi)"
std::string name_of(const SweepPlan& plan, std::size_t point) {
  std::string text = "point " + std::to_string(point + 1) + " (";
  for (const Setting& setting : plan.settings(point)) {
    text += setting.axis + " " + setting.value + ", ";
  }
  return text + "kernel " + plan.inputs(point).kernel + ")";
}

class Sweep {
 public:
  Sweep(const SweepPlan& plan, const PointLimits& limits, Workers& workers, ResultsDatabase& database)
      : plan_(plan), limits_(limits), workers_(workers), database_(database) {}

  SweepEnd run(const std::vector<std::size_t>& points,
               const std::function<void(const SweepProgress&)>& tell) {
    SweepProgress& progress = end_.progress;
    progress.to_do = points.size();
    std::size_t next = 0;
    while (progress.ended < points.size() && !InterruptWatch::seen() && !workers_.gone()) {
      for (; next < points.size() && workers_.free() > 0; ++next) {
        workers_.start(points[next]);
        ++progress.running;
      }
      for (const PointEnd& ended : workers_.wait(kTick)) {
        record(ended);
      }
      if (tell) {
        tell(progress);
      }
    }
    end_.interrupted = InterruptWatch::seen();
    return std::move(end_);
  }

 private:
  void record(const PointEnd& ended) {
    if (!ended.end.exited && ended.end.status == SIGINT) {
      InterruptWatch::note();  // the terminal interrupts all; the child was faster than our own poll
      return;
    }
    const PointRecord record = record_of(ended, limits_);
    database_.record(plan_, ended.point, record);
    SweepProgress& progress = end_.progress;
    ++progress.ended;
    --progress.running;
    progress.failed += record.state == PointState::failed ? 1 : 0;
    progress.lost += record.state == PointState::lost ? 1 : 0;
    if (record.state != PointState::done && end_.messages.size() < kMostMessages) {
      end_.messages.push_back(name_of(plan_, ended.point) + ": " + record.message);
    }
  }

  const SweepPlan& plan_;
  const PointLimits& limits_;
  Workers& workers_;
  ResultsDatabase& database_;
  SweepEnd end_;
};

}  // namespace

std::vector<std::size_t> points_to_do(const SweepPlan& plan, const Recorded& recorded, bool rerun_failed) {
  std::vector<std::size_t> result;
  std::unordered_set<std::string> seen;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    const auto known = recorded.points.find(plan.hash(point));
    const PointState state = known == recorded.points.end() ? PointState::missing : known->second.state;
    const bool is_to_do = state == PointState::missing || state == PointState::lost ||
                          (state == PointState::failed && rerun_failed);
    if (is_to_do && seen.insert(plan.hash(point)).second) {
      result.push_back(point);
    }
  }
  // Hashes are as good as random, and the same every time.
  std::sort(result.begin(), result.end(),
            [&](std::size_t a, std::size_t b) { return plan.hash(a) < plan.hash(b); });
  return result;
}

SweepEnd run_sweep(const SweepPlan& plan, const std::vector<std::size_t>& points, const PointLimits& limits,
                   Workers& workers, ResultsDatabase& database,
                   const std::function<void(const SweepProgress&)>& tell) {
  return Sweep(plan, limits, workers, database).run(points, tell);
}

}  // namespace p9mmu::model
