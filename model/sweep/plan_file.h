// A plan (TOML) as its author wrote it: a question, a script, a machine, kernels, and the axes along which
// they vary, each value a text with its line. It refuses what has no business in a plan; whether parameters,
// options and values exist is found when the plan meets its machine and script (points.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/machine/machine_file.h"
#include "model/sweep/limits.h"
#include "model/sweep/value_range.h"

namespace p9mmu::model {

/// A value and the line that states it.
struct StatedValue {
  std::string text;
  SourceLine where;
};

/// Something that varies. Axes of the same group advance together; those of the same `in_turn` vary one at a
/// time, while the others stay at what the machine and the script have; all else multiplies.
struct PlanAxis {
  /// "cpus", "seed", "kernel", "machine", "option.NAME" or a parameter's dotted name.
  std::string vary;
  std::string group;    ///< "" for none
  std::string in_turn;  ///< "" for none
  SourceLine where;
  std::vector<StatedValue> values;
  /// Says the values if they go over the parameter's own range, which the machine knows: its ends are `from`
  /// and `to`. With neither points nor step the ends are meant, or every word of a choice.
  std::optional<ValueRange> over_range;
};

struct PlanFile {
  std::string file;  ///< as messages call it
  std::string text;
  std::string name;
  std::string question;  ///< what it is meant to answer; may be ""
  StatedValue script;    ///< path, relative to the plan
  StatedValue machine;   ///< a shipped machine's name, or a path relative to the plan
  /// Those that every point runs under; empty if there is an axis "kernel".
  std::vector<std::string> kernels;
  std::map<std::string, StatedValue> fixed;  ///< by what an axis would vary
  PointLimits limits;
  std::vector<PlanAxis> axes;
};

/// Parses `text`. Throws mmu::UserError with the line.
[[nodiscard]] PlanFile parse_plan_file(std::string_view text, const std::string& file);

/// Fixes a parameter or "option.NAME" of the script from outside, `place` being what messages call that, and
/// adds a remark to the plan's text. Throws mmu::UserError if it varies in the plan or is no parameter.
void fix(PlanFile& plan, const std::string& vary, const std::string& value, const std::string& place);

}  // namespace p9mmu::model
