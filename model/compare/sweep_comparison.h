// Two sweeps held against each other: which points correspond, what went into them differently, and what came
// out differently, point by point and added up. Pure functions of data, as comparison.h, which compares what
// a single phase gave; where points are read is model/sweep/compared_sweep.h's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/compare/comparison.h"

namespace p9mmu::model {

/// A point that has been run.
struct ComparedPoint {
  std::string plan;  ///< its plan's name
  /// Where it stands on the axes of either sweep's plan, in their order, and "kernel". Points correspond by
  /// this.
  std::vector<Input> place;
  std::string state;                                  ///< "done" or "failed"
  std::string message;                                ///< why it failed
  std::shared_ptr<const std::vector<Input>> machine;  ///< null if there is none
  std::vector<Input> inputs;                          ///< beside the machine's
  std::vector<std::string> documents;                 ///< a text for each result
};

struct ComparedSweep {
  std::string label;          ///< as the user named it
  std::vector<Input> inputs;  ///< of the sweep as a whole
  std::vector<ComparedPoint> points;
  bool any_kernel = false;  ///< as ComparedRun's
};

/// An input that differs in so many pairs of points.
struct SweepInputDifference {
  InputDifference difference;
  std::size_t points = 0;       ///< 0: of the sweeps as a whole
  bool same_everywhere = true;  ///< or else `difference` has no values
};

/// A point that both sweeps have, or one of them.
struct PointComparison {
  std::string plan;
  std::vector<Input> place;
  std::optional<std::string> state_a;  ///< nothing if the sweep has no such point
  std::optional<std::string> state_b;
  std::string message_a;
  std::string message_b;
  std::vector<PhaseComparison> phases;  ///< of points that are done on both sides
  bool same = false;
};

struct SweepComparison {
  std::string a;  ///< labels
  std::string b;
  std::vector<SweepInputDifference> inputs;
  std::size_t same_points = 0;
  /// Those whose results differ: the ratio furthest from 1 first, points that one side lacks last.
  std::vector<PointComparison> points;
  /// Sums over the points that both have done and whose results differ, by kernel and phase.
  std::vector<PhaseComparison> together;

  [[nodiscard]] bool same_results() const { return points.empty(); }
};

/// Throws report::Json::exception if a document is not what it should be.
[[nodiscard]] SweepComparison compare(const ComparedSweep& a, const ComparedSweep& b);

}  // namespace p9mmu::model
