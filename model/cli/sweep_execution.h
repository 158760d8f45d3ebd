// Carries out a sweep, in children of this process or over the ranks of a job, until the plan is done or
// something ends it. What is asked for has been checked; telling the user is sweep_command.cpp's.
#pragma once

#include <string>

#include "model/cli/command.h"
#include "model/sweep/point_server.h"
#include "model/sweep/ranks.h"
#include "model/sweep/sweep.h"

namespace p9mmu::model {

struct SweepOrder {
  std::string database;
  std::size_t jobs = 1;  ///< points at a time, of this process or of each rank
  PointLimits limits;
  bool rerun_failed = false;
};

[[nodiscard]] SweepEnd sweep_here(const SweepPlan& plan, const SweepOrder& order,
                                  const Environment& environment);

/// One line on how long that will take, after at most a few seconds.
[[nodiscard]] std::string estimate_here(const SweepPlan& plan, const SweepOrder& order,
                                        const Recorded& recorded, const Environment& environment);

/// For rank 0. `ranks` has been joined after `server` was made.
[[nodiscard]] SweepEnd sweep_over(Ranks& ranks, PointServer& server, const SweepPlan& plan,
                                  const SweepOrder& order, const Environment& environment);

}  // namespace p9mmu::model
