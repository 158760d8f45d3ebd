// Over how many cleared PMDs a phase's time may be divided.
#pragma once

#include <optional>

#include "model/report/result.h"

namespace p9mmu::model::report {

/// The huge-page PMD entries cleared in the phase, if there were any and the measured CPU cleared them all;
/// what it took for each would otherwise be neither its own time nor that of the others.
[[nodiscard]] std::optional<double> pmds_cleared_alone(const PhaseResult& result);

}  // namespace p9mmu::model::report
