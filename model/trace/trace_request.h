// What `p9mmu run --trace` is to record: a window of simulated time, and a limit that keeps it openable. How
// users write them, too. Recording is timeline_recorder.h's.
#pragma once

#include <cstdint>
#include <string>

#include "interconnect/time.h"

namespace p9mmu::model {

/// From `begin` on until before `end`, counted from the beginning of the run or of a phase.
struct TraceWindow {
  enum class From : std::uint8_t { run, phase };
  From from = From::phase;
  std::string phase;  ///< counted from the first time that it begins; "" for the first phase of all
  interconnect::Time begin;
  interconnect::Time end;
};

struct TraceRequest {
  TraceWindow window;
  /// So many stays of CPUs and snoops of cores are recorded; the window is closed when there are more.
  std::uint64_t most_spans = 0;
};

/// "BEGIN,END" from the beginning of the run, "PHASE:BEGIN,END" from that of the phase, ":BEGIN,END" from
/// that of the first phase; times as 200us or 1.5 ms. Throws mmu::UserError naming `option`.
[[nodiscard]] TraceWindow parse_trace_window(const std::string& option, const std::string& text);

}  // namespace p9mmu::model
