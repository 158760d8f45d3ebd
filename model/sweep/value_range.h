// The values of an axis that a plan states as a range: linear or geometric, between two ends that may have
// units, "16GiB" to "4TiB". The values are texts again, as a user would type them; what they mean to a
// parameter or an option is not known here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/machine/machine_file.h"

namespace p9mmu::model {

struct ValueRange {
  enum class Kind : std::uint8_t { linear, geometric };

  Kind kind = Kind::linear;
  std::string from;
  std::string to;
  /// How many values, both ends included; 0 if `step` says it.
  std::int64_t points = 0;
  /// From value to value: a difference (linear), or a factor (geometric). "" if `points` says it.
  std::string step;
  /// Values are rounded to multiples of this; "" for none.
  std::string multiple_of;
};

/// The values from `from` on, in the unit of `from` and without repetitions. Ends that are hit exactly appear
/// as they are written. Throws mmu::UserError at `where`: not numbers, units that do not go together, an
/// empty or endless range.
[[nodiscard]] std::vector<std::string> values_of(const ValueRange& range, const SourceLine& where);

/// An axis has at most so many values.
inline constexpr std::int64_t kMostValues = 100'000;

}  // namespace p9mmu::model
