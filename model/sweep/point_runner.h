// Runs points of a plan, each in a process of its own, several at a time, each within limits of time and
// memory. A point that crashes, hangs or fails ends like any other and disturbs none. What its end means is
// point_record.h's business, and which points are worth running the caller's.
#pragma once

#include <poll.h>

#include <chrono>
#include <memory>
#include <vector>

#include "model/cli/child.h"
#include "model/cli/command.h"
#include "model/cli/interrupt_watch.h"
#include "model/sweep/point_record.h"
#include "model/sweep/sweep_plan.h"

namespace p9mmu::model {

class PointRunner {
 public:
  /// The plan must outlive it.
  PointRunner(const SweepPlan& plan, Environment::Simulate simulate, const PointLimits& limits);

  [[nodiscard]] std::size_t running() const { return processes_.size(); }
  /// Starts the point. Throws std::system_error if there is no process to have.
  void start(std::size_t point);

  /// Waits until a process hands something back, `other` (if it is not null) has something to read, a signal
  /// comes, or `longest` has passed; then gives the points that have ended. One of which too little time is
  /// left is killed.
  [[nodiscard]] std::vector<PointEnd> wait(const InterruptWatch& watch, pollfd* other,
                                           std::chrono::milliseconds longest);

 private:
  using Clock = std::chrono::steady_clock;
  struct Process {
    std::size_t point;
    std::unique_ptr<Child> child;
    Clock::time_point deadline;
    bool timed_out = false;
  };

  [[nodiscard]] Clock::duration until_next_deadline() const;
  std::vector<PointEnd> collect();

  const SweepPlan& plan_;
  Environment::Simulate simulate_;
  PointLimits limits_;
  std::vector<Process> processes_;
};

}  // namespace p9mmu::model
