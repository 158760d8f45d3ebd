#include "model/cli/sweep_execution.h"

#include <chrono>
#include <csignal>

#include "model/cli/interrupt_watch.h"
#include "model/cli/terminal_line.h"
#include "model/sweep/estimate.h"
#include "model/sweep/local_workers.h"
#include "model/sweep/rank_workers.h"

namespace p9mmu::model {
namespace {

class Progress {
 public:
  explicit Progress(int descriptor) : line_(descriptor) {}

  std::function<void(const SweepProgress&)> function() {
    if (!line_.is_seen()) {
      return nullptr;
    }
    return [this](const SweepProgress& progress) { tell(progress); };
  }

 private:
  void tell(const SweepProgress& progress) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (seconds < 2) {
      return;
    }
    std::string text = "p9mmu: " + std::to_string(progress.ended) + " of " + std::to_string(progress.to_do) +
                       " points, " + std::to_string(progress.running) + " running";
    if (progress.failed + progress.lost > 0) {
      text += ", " + std::to_string(progress.failed + progress.lost) + " failed";
    }
    text += "; " + waiting_time(seconds);
    if (progress.ended > 0) {
      const double each = seconds / static_cast<double>(progress.ended);
      text +=
          ", about " + waiting_time(each * static_cast<double>(progress.to_do - progress.ended)) + " left";
    }
    line_.tell(text);
  }

  TerminalLine line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

SweepEnd do_points(const SweepPlan& plan, const SweepOrder& order, Workers& workers,
                   const Environment& environment) {
  const Recorded before = read_recorded(order.database);
  if (before.plans.contains(plan.hash()) && points_to_do(plan, before, order.rerun_failed).empty()) {
    return {};
  }
  ResultsDatabase database(order.database);
  database.add_plan(plan);
  // Again, now that nobody else writes.
  const std::vector<std::size_t> points =
      points_to_do(plan, read_recorded(order.database), order.rerun_failed);
  Progress progress(environment.err);
  SweepEnd end = run_sweep(plan, points, order.limits, workers, database, progress.function());
  database.close();
  return end;
}

/// Those that ask a batch job to end, too: mpirun and Slurm send SIGTERM.
const std::vector<int> kEndingSignals = {SIGTERM};

}  // namespace

SweepEnd sweep_here(const SweepPlan& plan, const SweepOrder& order, const Environment& environment) {
  const InterruptWatch watch(kEndingSignals);
  PointRunner runner(plan, environment.simulate, order.limits);
  LocalWorkers workers(runner, watch, order.jobs);
  return do_points(plan, order, workers, environment);
}

std::string estimate_here(const SweepPlan& plan, const SweepOrder& order, const Recorded& recorded,
                          const Environment& environment) {
  constexpr std::chrono::seconds kPatience{3};
  const InterruptWatch watch(kEndingSignals);
  PointRunner runner(plan, environment.simulate, order.limits);
  const std::vector<std::size_t> points = points_to_do(plan, recorded, order.rerun_failed);
  return describe(estimate(plan, points, recorded, runner, watch, order.jobs, kPatience), order.jobs);
}

SweepEnd sweep_over(Ranks& ranks, PointServer& server, const SweepPlan& plan, const SweepOrder& order,
                    const Environment& environment) {
  const InterruptWatch watch(kEndingSignals);
  RankWorkers workers(ranks, server, watch, plan, order.jobs);
  SweepEnd end = do_points(plan, order, workers, environment);
  end.workers_left = !workers.dismiss(!end.interrupted);
  return end;
}

}  // namespace p9mmu::model
