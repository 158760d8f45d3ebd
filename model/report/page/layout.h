// How an experiment's points are laid out to be compared: along one axis, a curve for each kernel, a panel
// for each combination of what else differs. Nothing is computed from the figures here.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/experiment.h"

namespace p9mmu::model::report::page {

/// The axis of CPU counts, as layouts call it.
inline constexpr const char* kCpusAxis = "cpus";

struct Sample {
  double x = 0;  ///< in the layout's unit; of words their place
  std::string x_text;
  const Point* point = nullptr;
  const Measured* measured = nullptr;
};

/// One kernel's samples, by x.
struct Curve {
  std::string kernel;
  std::vector<Sample> samples;
};

struct Panel {
  std::string title;  ///< "guest = 64GiB, seed = 2"; "" if nothing else differs
  std::vector<Curve> curves;
};

enum class Spacing : std::uint8_t { logarithmic, linear, words };

/// One measured phase of an experiment.
struct Layout {
  std::string phase;
  std::string axis;   ///< what differs along it, kCpusAxis or a setting's axis; "" if nothing does
  std::string title;  ///< of the axis, with its unit
  Spacing spacing = Spacing::words;
  std::vector<std::string> together;  ///< axes that advance together with it
  std::vector<Panel> panels;

  /// Whether some curve has at least two samples.
  [[nodiscard]] bool has_curves() const;
};

/// The measured phases, in the order in which points have them.
[[nodiscard]] std::vector<std::string> phases_of(const Experiment& experiment);

/// ", phase munmap" for titles, or "" if there is one phase only.
[[nodiscard]] std::string of_phase(const Experiment& experiment, const std::string& phase);

/// The kernels, in the order in which points have them; of points that were not run yet, none is known.
[[nodiscard]] std::vector<std::string> kernels_of(const Experiment& experiment);

/// Along CPU counts if they differ; else along the axis with the most different numbers, or words if there
/// are no numbers. It refers to the experiment's points.
[[nodiscard]] Layout lay_out(const Experiment& experiment, const std::string& phase);

/// An axis as people read it: "option.guest" is "guest".
[[nodiscard]] std::string axis_name(const std::string& axis);

/// The axes that differ among points, in order, without the kernel. With CPU counts that differ, they come
/// first, and axes that advance together with them are not listed.
[[nodiscard]] std::vector<std::string> varying_axes(const Experiment& experiment);

/// Axes that advance together with the CPU counts: the topology's, and those that the plan varies along.
[[nodiscard]] std::vector<std::string> axes_with_cpus(const Experiment& experiment);

/// Which values such an axis has with which CPU counts: "4 with 1, 8 with 2, 64 to 1024 with 16".
[[nodiscard]] std::string along_cpus_text(const Experiment& experiment, const std::string& axis);

/// Where the point stands on the axis, kCpusAxis included; an empty value if it does not say.
[[nodiscard]] Setting setting_of(const Point& point, const std::string& axis);

}  // namespace p9mmu::model::report::page
