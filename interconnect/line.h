// Cache lines that CPUs contend for: who holds a line, and how long it takes to get it. A line is one of the
// few whose travels matter (a lock, a call queue, a message word); the caches as such are not modelled. No
// clock: every call is told the time and says when the access is done.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "interconnect/ids.h"
#include "interconnect/parameters.h"
#include "interconnect/time.h"
#include "interconnect/topology.h"

namespace p9mmu::interconnect {

inline constexpr std::uint32_t kNobody = 0xffffffff;

/// Who holds a 128-byte line. `owner` wrote it last; `reader` is the one CPU that has read it since: a second
/// reader takes the first one's place, so lines that many CPUs read are dearer here than in the machine.
struct Line {
  std::uint32_t owner = kNobody;
  std::uint32_t reader = kNobody;
  /// When the last transfer for a store is over. Requests are served in the order in which they are made.
  Time busy_until;
  /// What the line is called where schedules are compared (cpus/exploration.h), the same in each; 0: nothing.
  std::uint64_t name = 0;
};

/// What accesses to lines cost on one machine.
class LineTransfers {
 public:
  LineTransfers(const LineParameters& parameters, const Topology& topology);

  /// The transfer of a line between two CPUs; among threads of one core it is a hit in L1.
  [[nodiscard]] Time transfer(CpuId from, CpuId to) const {
    return by_distance_[static_cast<std::size_t>(topology_.distance(from, to))];
  }
  [[nodiscard]] Time by_distance(Distance distance) const {
    return by_distance_[static_cast<std::size_t>(distance)];
  }
  [[nodiscard]] Time memory() const { return memory_; }
  [[nodiscard]] Time hit() const { return by_distance_[0]; }
  /// The dearest access to a line, for bounds.
  [[nodiscard]] Time dearest() const {
    return std::max({by_distance_[0], by_distance_[1], by_distance_[2], by_distance_[3], memory_});
  }

  /// `cpu` asks at `now` to write the line; returns when it may. The line is its own from then on.
  Time write(Line& line, CpuId cpu, Time now) const {
    const Time done = std::max(now, line.busy_until) + write_cost(line, cpu);
    line.owner = cpu.value();
    line.reader = kNobody;
    line.busy_until = done;
    return done;
  }

  /// `cpu` asks at `now` to read the line; returns when the value is there.
  Time read(Line& line, CpuId cpu, Time now) const {
    if (line.owner == cpu.value() || line.reader == cpu.value()) {
      return std::max(now, line.busy_until) + hit();
    }
    const Time cost = line.owner == kNobody ? memory_ : transfer(CpuId(line.owner), cpu);
    line.reader = cpu.value();
    return std::max(now, line.busy_until) + cost;
  }

 private:
  [[nodiscard]] Time write_cost(const Line& line, CpuId cpu) const {
    if (line.owner == kNobody) {
      return memory_;
    }
    if (line.owner == cpu.value()) {
      // The reader's copy has to go before the store may happen.
      return line.reader == kNobody ? hit() : transfer(CpuId(line.reader), cpu);
    }
    return transfer(CpuId(line.owner), cpu);
  }

  const Topology& topology_;
  std::array<Time, kDistances> by_distance_;
  Time memory_;
};

}  // namespace p9mmu::interconnect
