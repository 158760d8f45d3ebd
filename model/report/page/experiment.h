// What a page is made of: experiments, each a set of points (a kernel on a machine under a workload) with
// what was asked of them and what they gave. Where points come from, run documents or a sweep's database, is
// not seen here any more, and nothing is formatted yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/machine/machine.h"
#include "model/report/result.h"

namespace p9mmu::model::report::page {

/// A machine as a document tells it.
struct MachineSheet {
  std::string name;
  std::uint32_t cpus = 0;
  std::vector<ResolvedParameter> parameters;
};

/// Where a point stands on something that differs among the points of its experiment.
struct Setting {
  std::string axis;   ///< "cpus", "seed", "machine", "option.NAME" or a parameter's dotted name
  std::string value;  ///< as a user would type it
  /// In the base unit (picoseconds, hertz, bytes, a count), of a choice its index; none for other words.
  std::optional<double> number;

  bool operator==(const Setting&) const = default;
};

/// A measured phase, with what its document derived from the machine.
struct Measured {
  PhaseResult result;
  double elapsed_cycles = 0;
  double victim_cycles = 0;
  std::string published_is;  ///< "calibration", "prediction" or ""
};

enum class PointState : std::uint8_t { done, failed, missing };

struct Point {
  std::size_t number = 0;             ///< from 1, in the order of the plan or of the documents
  std::string kernel;                 ///< "" if it was not run yet
  std::optional<std::uint32_t> cpus;  ///< nothing if it was not run or failed before that was known
  std::vector<Setting> settings;
  PointState state = PointState::done;
  std::string message;  ///< why it failed
  std::string command;  ///< that computes the same
  std::vector<Measured> phases;
};

struct Experiment {
  std::string title;
  std::string question;                                    ///< what it is to answer; or ""
  std::vector<std::pair<std::string, std::string>> asked;  ///< what was asked, by name
  std::string plan;                                        ///< the plan's text, or "" for runs
  std::vector<MachineSheet> machines;                      ///< different ones
  std::vector<Point> points;

  /// Whether a plan chose the settings, so that those that vary together do so by intent.
  [[nodiscard]] bool is_planned() const { return !plan.empty(); }
};

}  // namespace p9mmu::model::report::page
