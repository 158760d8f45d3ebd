// How much a result hangs on each thing that was varied: from a base point, one setting at a time to its
// least and its greatest value, all others kept. Only simulated points are used; a setting that was never
// varied alone has no bar.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/report/page/layout.h"

namespace p9mmu::model::report::page {

struct SensitivityEnd {
  std::string value;  ///< of the setting
  std::int64_t elapsed_ps = 0;
};

/// One setting, varied alone. Ends are the least and the greatest value; of words, those that gave the
/// shortest and the longest time.
struct Sensitivity {
  std::string axis;
  std::string base_value;
  bool is_numeric = false;
  SensitivityEnd least;
  SensitivityEnd greatest;

  /// The distance between the ends' times.
  [[nodiscard]] std::int64_t span_ps() const;
};

/// For one kernel.
struct Sensitivities {
  std::string kernel;
  std::int64_t base_ps = 0;
  std::vector<Sensitivity> bars;  ///< the widest first
};

/// Where the base point stands on an axis.
struct BaseSetting {
  Setting setting;
  bool is_own = false;  ///< it is the machine's own value, which points need not state
};

/// The point from which settings are varied: on each of varying_axes(), the value that most points have; of
/// several the machine's own, or else the middle one.
[[nodiscard]] std::vector<BaseSetting> base_settings(const Experiment& experiment);

/// CPU counts are kept as all else and have no bar of their own. Kernels without a bar, or without a result
/// at the base, are left out.
[[nodiscard]] std::vector<Sensitivities> sensitivities(const Experiment& experiment,
                                                       const std::string& phase);

/// Those of `base` from which the point differs, with the point's values.
[[nodiscard]] std::vector<Setting> changes_from(const std::vector<BaseSetting>& base, const Point& point);

/// Whether several settings were varied, and no point differs from the base in more than one.
[[nodiscard]] bool is_one_at_a_time(const Experiment& experiment);

}  // namespace p9mmu::model::report::page
