// How long the rest of a sweep will take on this computer: from what its recorded points took, or from a
// sample of the others, run for the purpose and not recorded. A guide for somebody who waits, no figure of
// the model.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/sweep/point_runner.h"
#include "model/sweep/results_database.h"
#include "model/sweep/sweep_plan.h"

namespace p9mmu::model {

struct Estimate {
  std::size_t to_do = 0;
  double seconds = 0;        ///< with all processes at work
  bool at_least = false;     ///< some of the sample took longer than was waited for
  std::size_t sampled = 0;   ///< points that were run for it
  std::size_t recorded = 0;  ///< or recorded ones that it is made of
};

/// `points` are to be done, `at_once` at a time. Waits at most `patience` for a sample.
[[nodiscard]] Estimate estimate(const SweepPlan& plan, const std::vector<std::size_t>& points,
                                const Recorded& recorded, PointRunner& runner, const InterruptWatch& watch,
                                std::size_t at_once, std::chrono::milliseconds patience);

/// "estimate: about 12 s for 36 points, 2 at a time; from a sample of 9"
[[nodiscard]] std::string describe(const Estimate& estimate, std::size_t at_once);

/// "95 s", "4 min", "3.5 h": roughly.
[[nodiscard]] std::string waiting_time(double seconds);

}  // namespace p9mmu::model
