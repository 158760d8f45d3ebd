// What a run records beside its results, as it was asked for and as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/trace/trace_request.h"

namespace p9mmu::model {

struct RecordingRequest {
  std::optional<TraceRequest> trace;
  std::uint32_t process = 1;  ///< the run's number in a trace of several
};

struct Recordings {
  std::string trace_events;  ///< trace_events.h's
};

}  // namespace p9mmu::model
