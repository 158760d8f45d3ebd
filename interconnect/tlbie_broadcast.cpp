#include "interconnect/tlbie_broadcast.h"

#include <algorithm>
#include <utility>

namespace p9mmu::interconnect {

TlbieBroadcast::TlbieBroadcast(const TlbieParameters& parameters, const Topology& topology)
    : parameters_(parameters),
      topology_(topology),
      busy_until_(topology.cores()),
      last_completed_(topology.cpus()),
      tlbsync_at_(topology.cpus(), Time::never()) {
  in_flight_.reserve(parameters.stall_threshold + 1);
}

Time TlbieBroadcast::admit(Time now) {
  std::erase_if(in_flight_, [now](Time completed) { return completed <= now; });
  Time begin = now;
  if (in_flight_.size() >= parameters_.stall_threshold) {
    // Stalled until enough have completed that this one is among the allowed number.
    std::sort(in_flight_.begin(), in_flight_.end());
    begin = in_flight_[in_flight_.size() - parameters_.stall_threshold];
  } else if (in_flight_.size() >= parameters_.pace_threshold) {
    begin = now + parameters_.snoop;
  }
  return begin;
}

TlbieIssued TlbieBroadcast::tlbie(CpuId cpu, Time now) {
  const Time begin = admit(now);
  const Time acknowledged = begin + parameters_.issue;
  const Time arrives_here = acknowledged - parameters_.snoop;
  const ChipId own_chip = topology_.chip_of(cpu);
  const std::uint32_t cores_per_chip = topology_.cores() / topology_.chips();
  Time completed;
  for (std::uint32_t chip = 0, core = 0; chip < topology_.chips(); ++chip) {
    const Time arrives = ChipId(chip) == own_chip ? arrives_here : arrives_here + parameters_.system_scope;
    for (const std::uint32_t end = core + cores_per_chip; core < end; ++core) {
      const Time done = std::max(arrives, busy_until_[core]) + parameters_.snoop;
      busy_until_[core] = done;
      completed = std::max(completed, done);
    }
  }
  ++snoops_;
  in_flight_.push_back(completed);
  last_completed_[cpu.value()] = std::max(last_completed_[cpu.value()], completed);
  return TlbieIssued{std::max(acknowledged, busy_until_[topology_.core_of(cpu).value()]), completed};
}

void TlbieBroadcast::tlbsync(CpuId cpu, Time now) {
  tlbsync_at_[cpu.value()] = now;
}

Time TlbieBroadcast::ptesync(CpuId cpu, Time now, Time empty) {
  const Time broadcast = std::exchange(tlbsync_at_[cpu.value()], Time::never());
  const Time done = now + empty;
  const Time last = last_completed_[cpu.value()];
  if (broadcast == Time::never() || last <= broadcast) {
    return done;
  }
  // Some core had not completed when the tlbsync reached it: it is broadcast again until all have.
  const std::int64_t retry = std::max<std::int64_t>(parameters_.tlbsync_retry.ps(), 1);
  const std::int64_t again = ((last - broadcast).ps() + retry - 1) / retry;
  return done + again * Time(retry);
}

Time TlbieBroadcast::core_served(CoreId) const {
  return snoops_ * parameters_.snoop;
}

}  // namespace p9mmu::interconnect
