// A cycle account as the frames of a flame graph: each call path one rectangle, as wide as the time spent in
// it and below, what it was spent on as rectangles of their own at the bottom. Geometry only; how it looks is
// the page's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/report/result.h"

namespace p9mmu::model::report::page {

struct Frame {
  std::string name;   ///< the routine's, or the cause's
  std::string cause;  ///< "" for a routine
  std::size_t depth = 0;
  std::int64_t begin_ps = 0;  ///< from the left edge
  std::int64_t ps = 0;        ///< the width
  std::int64_t self_ps = 0;   ///< of a routine: what it spent itself
};

struct FlameGraph {
  std::vector<Frame> frames;  ///< a routine before what it calls, the widest first
  std::size_t depth = 0;      ///< levels
  std::int64_t total_ps = 0;
  std::int64_t hidden_ps = 0;  ///< in frames narrower than asked for, which are left out
};

enum class Whose : std::uint8_t {
  measured_cpu,
  others_but_idle  ///< all other CPUs together, without the time in which they idled
};

/// Without frames whose share is less than `least`.
[[nodiscard]] FlameGraph flame_graph(const PhaseResult& result, Whose whose, double least);

}  // namespace p9mmu::model::report::page
