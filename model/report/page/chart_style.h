// What all charts have in common: the frame of a Vega specification, axes, and what kernels look like.
// Colours are references to the page's style sheet, so that charts follow its schemes; each kernel also has a
// symbol and a dash. The page's script sets the width.
#pragma once

#include <string>
#include <vector>

#include "model/report/json.h"
#include "model/report/page/blocks.h"
#include "model/report/page/layout.h"

namespace p9mmu::model::report::page {

/// So many kernels differ in looks; more begin anew.
inline constexpr std::size_t kKernelLooks = 6;

/// "kernel-1": the style sheet's name for that kernel of those.
[[nodiscard]] std::string kernel_class(const std::vector<std::string>& kernels, const std::string& kernel);

/// What the legend has for these kernels, and for published figures if there are any.
[[nodiscard]] std::vector<LegendEntry> kernel_legend(const std::vector<std::string>& kernels, bool published);

/// A specification without data, scales, axes and marks; `height` in pixels is the plot's.
[[nodiscard]] Json chart_frame(int height);

/// The scales "kernel-colour", "kernel-symbol" and "kernel-dash" for these kernels, appended to `scales`.
void add_kernel_scales(Json& scales, const std::vector<std::string>& kernels);

/// An axis below or at the left, with grid lines.
[[nodiscard]] Json chart_axis(const char* scale, const char* side, const std::string& title);

/// A logarithmic scale over [range] for values from `least` to `greatest`, both above zero, with a little
/// room at both ends, and the places for its axis's labels: powers of ten, if these are few their halves and
/// fifths.
struct LogScale {
  Json scale;
  std::vector<double> labels;
};
[[nodiscard]] LogScale log_scale(const char* name, const char* range, double least, double greatest);

/// An axis of such a scale.
[[nodiscard]] Json log_axis(const LogScale& scale, const char* side, const std::string& title);

/// Vega's name for the spacing.
[[nodiscard]] const char* scale_type(Spacing spacing);

/// {"scale": scale, "field": field}
[[nodiscard]] Json scaled(const char* scale, const char* field);
/// {"value": value}
[[nodiscard]] Json constant(Json value);
/// {"signal": expression}
[[nodiscard]] Json signal(const char* expression);

/// {"type": ..., "from": {"data": ...}, "encode": {"update": ...}}, hidden from screen readers, who have the
/// tables.
[[nodiscard]] Json mark(const char* type, const char* data, Json encoding);

/// What a millisecond axis shows: powers of ten and their multiples without an exponent.
inline constexpr const char* kPlainNumbers = ",~r";

}  // namespace p9mmu::model::report::page
