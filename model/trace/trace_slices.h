// A timeline as begins and ends: stays of CPUs become slices, nested as their routines called each other,
// with the points of flows where they belong. In the order of time; within a track so that slices nest. It
// knows no format (trace_events.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/trace/timeline.h"

namespace p9mmu::model {

struct SliceEvent {
  enum class Kind : std::uint8_t { begin, end, flow, phase_begin, phase_end };
  Kind kind = Kind::begin;
  bool on_core = false;
  std::uint32_t track = 0;  ///< CPU or core
  interconnect::Time at;
  std::string category;  ///< of a begin or flow: routine, cause, snoop, ipi, tlbie
  std::string name;
  interconnect::Time lasted;  ///< of an end: how long the slice has lasted
  std::uint32_t note = 0;     ///< of an end, in Timeline::notes
  std::uint32_t number = 0;   ///< of a flow or phase
  std::uint32_t place = 0;    ///< of a flow's point: how many come before it
  bool last = false;          ///< of a flow's point
};

[[nodiscard]] std::vector<SliceEvent> slice_events(const Timeline& timeline);

}  // namespace p9mmu::model
