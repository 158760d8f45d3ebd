// One run: a script on a machine under one kernel. SystemC allows one simulation per process, so `simulate`
// is called at most once in a process; running several kernels side by side is model/cli/isolated_run.h's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/machine.h"
#include "model/report/result.h"
#include "model/trace/recordings.h"

namespace p9mmu::model {

/// Everything that determines a run's figures, and what is recorded of it.
struct RunRequest {
  Machine machine;
  std::string script;                          ///< path of the Lua file, as the user gave it
  std::map<std::string, std::string> options;  ///< the script's options, by name
  std::string kernel;                          ///< ipi, ipi-free or ipi-free-flush
  std::uint64_t seed = 1;
  bool exact_events = false;  ///< one event per operation; the figures are the same
  /// The script's text, if it has been read already; else it is read from its path.
  std::optional<std::string> script_text = std::nullopt;
  /// What to record beside the results, and where to; the figures are the same. Nothing if that is null.
  RecordingRequest record = {};
  Recordings* recordings = nullptr;
};

/// Runs it and gives one result for each measured phase, in the order in which they ended. Throws
/// mmu::UserError for a mistake in the script or its options. The host_* fields are left at zero.
[[nodiscard]] std::vector<report::PhaseResult> simulate(const RunRequest& request);

}  // namespace p9mmu::model
