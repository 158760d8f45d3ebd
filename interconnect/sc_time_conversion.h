// The one place where simulated time becomes SystemC's and back. Both count picoseconds: SystemC's default
// resolution, which the machine's assembly checks.
#pragma once

#include <cstdint>
#include <systemc>

#include "interconnect/time.h"

namespace p9mmu::interconnect {

[[nodiscard]] inline sc_core::sc_time to_sc_time(Time time) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(time.ps()));
}

[[nodiscard]] inline Time from_sc_time(const sc_core::sc_time& time) {
  return Time(static_cast<std::int64_t>(time.value()));
}

}  // namespace p9mmu::interconnect
