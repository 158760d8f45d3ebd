// The points of a plan as a table for people, and the line above it that says how they come about. Pure
// functions of the plan.
#pragma once

#include <functional>
#include <string>

#include "model/sweep/sweep_plan.h"

namespace p9mmu::model {

/// "core-counts: 27 points: 9 of cpus with topology.cores_per_chip, 3 kernels"
[[nodiscard]] std::string describe_plan(const SweepPlan& plan);

/// A row for each point: number, value on each axis, kernel, and what `state` says of the point.
[[nodiscard]] std::string list_points(const SweepPlan& plan,
                                      const std::function<std::string(std::size_t point)>& state);

}  // namespace p9mmu::model
