// A timeline in the Trace Event Format, as Perfetto and chrome://tracing read it: a track for each CPU with
// its routines as nested slices and causes as the innermost ones, a track for each core's snoops, phases as
// asynchronous slices, flows. One process of the trace is one kernel. Pure text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/trace/timeline.h"

namespace p9mmu::model {

/// The events of one process, a line each, separated by commas; in the order of time, metadata first.
/// Timestamps are microseconds since the beginning of the run, exact to the picosecond.
[[nodiscard]] std::string trace_events(const Timeline& timeline, std::uint32_t process,
                                       const std::string& name);

/// The whole file from the events of several processes.
[[nodiscard]] std::string trace_file(const std::vector<std::string>& events,
                                     const std::string& program_version);

/// What to tell whoever asked for the window "PHASE:..." and has nothing in it: that the phase never began,
/// and which `phases` did, or that the run had ended before. "" if there is something.
[[nodiscard]] std::string empty_window_text(const Timeline& timeline, const std::string& asked,
                                            const std::vector<std::string>& phases);

}  // namespace p9mmu::model
