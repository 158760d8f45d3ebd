// What a run records beside its results, as it was asked for and as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/report/result.h"
#include "model/trace/trace_request.h"

namespace p9mmu::model {

struct RecordingRequest {
  std::optional<TraceRequest> trace;
  std::uint32_t process = 1;  ///< the run's number in a trace of several
  bool waveform = false;
  bool audit = false;  ///< the auditor looks on
  /// Longer runs make files that no viewer takes.
  std::uint64_t most_waveform_changes = 2'000'000;
};

struct Recordings {
  std::string trace_events;  ///< trace_events.h's
  std::string waveform;      ///< a VCD file
  std::optional<report::Audited> audited;
};

}  // namespace p9mmu::model
