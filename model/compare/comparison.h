// Two runs held against each other: what went in differently, and what came out differently, phase by phase.
// Pure functions of data; where runs are read is run_source.h's, how a comparison is shown
// comparison_text.h's and comparison_json.h's. It does not judge which difference caused which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/report/result.h"

namespace p9mmu::model {

/// Something that determined a run: a parameter, an option, the seed.
struct Input {
  std::string name;
  std::string value;

  bool operator==(const Input&) const = default;
};

/// A run, or a point of a sweep.
struct ComparedRun {
  std::string label;  ///< as the user named it
  /// In the order in which differences are told. None has two values.
  std::vector<Input> inputs;
  std::vector<report::PhaseResult> results;
  /// Phases correspond whatever their kernels: the user has named one for each side.
  bool any_kernel = false;
};

/// Nothing on the side that does not have it.
struct InputDifference {
  std::string name;
  std::optional<std::string> a;
  std::optional<std::string> b;
};

/// A figure of both runs, or of one.
struct FigurePair {
  std::string name;
  std::string unit;  ///< "ps", or what is counted
  std::optional<std::int64_t> a;
  std::optional<std::int64_t> b;
};

/// Time spent on one cause, in one routine or in all.
struct SpentPair {
  bool measured_cpu = false;  ///< by the measured CPU, or by all others together
  std::string path;           ///< "" also for the sum over all
  std::string cause;
  std::int64_t a_ps = 0;
  std::int64_t b_ps = 0;
};

/// A phase under a kernel; phases of the same name are numbered.
struct PhaseName {
  std::string kernel;
  std::string phase;
  std::size_t ordinal = 0;

  bool operator==(const PhaseName&) const = default;
};

/// A phase that both runs have, or one of them.
struct PhaseComparison {
  std::optional<PhaseName> a;
  std::optional<PhaseName> b;
  bool same = false;                ///< everything that was simulated is equal
  std::vector<FigurePair> figures;  ///< elapsed and victims' time, then counters that differ
  std::vector<SpentPair> causes;    ///< those that differ, largest difference first
  std::vector<SpentPair> paths;     ///< likewise, by call path and cause; their differences add up
  bool round_times_differ = false;  ///< the histogram of rounds of interrupts
};

struct Comparison {
  std::string a;  ///< labels
  std::string b;
  std::vector<InputDifference> inputs;
  std::vector<PhaseComparison> phases;  ///< largest difference of elapsed time first, equal ones last

  [[nodiscard]] bool same_results() const;
};

[[nodiscard]] Comparison compare(const ComparedRun& a, const ComparedRun& b);

/// b / a; nothing if a is 0 or either is not there.
[[nodiscard]] std::optional<double> ratio(std::optional<std::int64_t> a, std::optional<std::int64_t> b);

}  // namespace p9mmu::model
