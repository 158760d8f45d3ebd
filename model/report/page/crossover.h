// Where one kernel begins to be faster than another along an axis: between which two simulated points. Only
// simulated points are looked at: nothing is interpolated between them and nothing extrapolated beyond.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/layout.h"

namespace p9mmu::model::report::page {

/// Two kernels change places between two neighbouring points that both have. Points at which both take
/// equally long lie in between, if there are any.
struct Crossover {
  std::string faster_before;
  std::string faster_after;
  double from = 0;
  double to = 0;
  std::string from_text;
  std::string to_text;
};

/// How two kernels compare over all points that both have.
struct Comparison {
  std::string first;
  std::string second;
  std::size_t common = 0;  ///< points
  std::string least_text;  ///< the least and greatest of them
  std::string greatest_text;
  std::size_t equal = 0;  ///< how many of them, at which both take equally long
  std::string faster;     ///< at all others, if they never change places; "" if they do, or if they are equal
  std::vector<Crossover> crossovers;
};

/// Each pair of kernels, in order. `axis` decides nothing if its values are words, which have no order: then
/// there are no comparisons.
[[nodiscard]] std::vector<Comparison> compare_kernels(const Panel& panel, Spacing spacing);

}  // namespace p9mmu::model::report::page
