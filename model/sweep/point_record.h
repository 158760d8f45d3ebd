// What becomes of a point in the database: how its process ended, turned into a state, a message and the
// results' documents. Pure functions; running is point_runner.h's, storing results_database.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cli/child.h"
#include "model/cli/command.h"
#include "model/machine/simulate.h"
#include "model/sweep/limits.h"

namespace p9mmu::model {

enum class PointState : std::uint8_t {
  missing,
  done,
  failed,
  /// Ended from outside, by a signal that is not its own doing; the next run does it again.
  lost
};

/// A measured phase.
struct PhaseRecord {
  std::string phase;
  std::int64_t elapsed_ps = 0;
  std::int64_t victim_ps = 0;
  std::optional<double> published_ms;
  std::string published_is;  ///< "" for none
  std::string document;      ///< an element of results[] of p9mmu.run/1 without the host_ fields
};

struct PointRecord {
  PointState state = PointState::missing;
  std::string message;  ///< of one that is not done
  std::vector<PhaseRecord> phases;
  double seconds = 0;           ///< processor time
  std::int64_t peak_bytes = 0;  ///< largest resident set
};

/// How a point's process ended.
struct PointEnd {
  std::size_t point = 0;
  ChildEnd end;
  bool timed_out = false;  ///< killed at its time limit
};

/// Simulates, and gives what the process hands back: results, a user's mistake, or a failure. Throws nothing.
[[nodiscard]] std::string compute_point(const RunRequest& request, const Environment::Simulate& simulate);

/// What such a process hands back if it is not even started.
[[nodiscard]] std::string mistake_text(const std::string& mistake);

[[nodiscard]] PointRecord record_of(const PointEnd& end, const PointLimits& limits);

/// "killed by signal 6 (SIGABRT)"
[[nodiscard]] std::string signal_text(int signal);

}  // namespace p9mmu::model
