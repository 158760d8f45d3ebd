// A sweep: hands the points of a plan that are not recorded yet to workers as these become free, and records
// each as it ends. Where the workers are, in this process's children or in other ranks, is theirs to know.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "model/sweep/point_record.h"
#include "model/sweep/results_database.h"
#include "model/sweep/sweep_plan.h"

namespace p9mmu::model {

/// Those who run points.
class Workers {
 public:
  virtual ~Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// How many more points they can take now.
  [[nodiscard]] virtual std::size_t free() const = 0;
  virtual void start(std::size_t point) = 0;
  /// Waits until points have ended or `longest` has passed; gives those that have ended, perhaps none.
  [[nodiscard]] virtual std::vector<PointEnd> wait(std::chrono::milliseconds longest) = 0;
  /// True if points that were started will never end, and nobody is left to take others.
  [[nodiscard]] virtual bool gone() const { return false; }

 protected:
  Workers() = default;
};

/// What is to be done: indices of points, no two with the same hash, in an order that is a fair sample of the
/// plan at any time, so that what is left can be estimated and what is there shows the whole range.
[[nodiscard]] std::vector<std::size_t> points_to_do(const SweepPlan& plan, const Recorded& recorded,
                                                    bool rerun_failed);

/// How it stands with the points that were to be done.
struct SweepProgress {
  std::size_t to_do = 0;
  std::size_t ended = 0;
  std::size_t running = 0;
  std::size_t failed = 0;
  std::size_t lost = 0;
};

struct SweepEnd {
  SweepProgress progress;
  bool interrupted = false;
  std::vector<std::string> messages;  ///< of the first points that failed, with what they are
  bool workers_left = false;          ///< some workers are gone, or were ended with what they were doing
};

/// Runs them. An interrupt (InterruptWatch) ends it when those that have ended are recorded. Throws
/// OutputError when the database cannot be written. `tell` is called now and then; it may be null.
[[nodiscard]] SweepEnd run_sweep(const SweepPlan& plan, const std::vector<std::size_t>& points,
                                 const PointLimits& limits, Workers& workers, ResultsDatabase& database,
                                 const std::function<void(const SweepProgress&)>& tell);

}  // namespace p9mmu::model
