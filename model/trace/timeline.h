// What happened in a window of simulated time, as plain data: where each CPU was and why, what each core
// snooped, and what led from one to the other. Formats are pure functions of it (trace_events.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpus/accounts.h"
#include "interconnect/ids.h"
#include "interconnect/time.h"

namespace p9mmu::model {

/// An uninterrupted stay of a CPU in one routine for one cause.
struct CpuSpan {
  interconnect::Time begin;
  interconnect::Time end;
  cpus::PathId path;
  /// What was interrupted, if the stay is in an interrupt's handler; the root if nothing was, or idling.
  cpus::PathId on_top_of;
  cpus::Cause cause = cpus::Cause::idle;
  /// How many of its path's routines, from the outermost, were called before the CPU's last stay; the others
  /// are new calls, though the names may be the same.
  std::uint32_t called_before = 0;
  std::uint32_t note = 0;  ///< in Timeline::notes
};

/// A core serves a tlbie.
struct SnoopSpan {
  interconnect::Time begin;
  interconnect::Time end;
  std::uint32_t note = 0;
};

/// A place on a track: the begin or the end of a span.
struct FlowPoint {
  bool on_core = false;     ///< a core's track, or a CPU's
  std::uint32_t track = 0;  ///< which core or CPU
  std::uint32_t span = 0;   ///< index on that track
  bool at_end = false;      ///< of the span
  interconnect::Time at;
};

/// What one thing led to: an interrupt sent, taken, seen to be handled; a tlbie, snooped, waited for.
struct Flow {
  enum class Kind : std::uint8_t { ipi, tlbie };
  Kind kind = Kind::ipi;
  std::vector<FlowPoint> points;  ///< in the order of time; two at least
};

/// A measured phase, as far as it lies in the window.
struct PhaseSpan {
  std::string name;
  std::uint32_t cpu = 0;
  interconnect::Time begin;
  interconnect::Time end;
};

/// A routine, called from another.
struct PathNode {
  std::uint32_t caller = 0;  ///< index in Timeline::paths; the root is its own
  std::string routine;       ///< "" for the root
};

struct Timeline {
  interconnect::Time begin;
  interconnect::Time end;
  bool opened = false;  ///< the phase from which the window counts has begun
  bool full = false;    ///< the window was closed because there was too much in it
  std::uint32_t cores_per_chip = 1;
  std::uint32_t threads_per_core = 1;
  std::vector<std::vector<CpuSpan>> cpus;     ///< by CPU, each in order, without gaps
  std::vector<std::vector<SnoopSpan>> cores;  ///< by core
  std::vector<Flow> flows;
  std::vector<PhaseSpan> phases;
  std::vector<PathNode> paths;     ///< by PathId
  std::vector<std::string> notes;  ///< what spans say of themselves; the first is empty
};

}  // namespace p9mmu::model
