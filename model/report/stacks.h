// Accounts as stacks, for viewers of flame graphs: folded lines, as flamegraph.pl and inferno read them, and
// speedscope's file format. Pure functions of the document: what a viewer shows are the sums of the accounts,
// not single calls in time (that is model/trace's).
#pragma once

#include <string>

#include "model/report/document.h"

namespace p9mmu::model::report {

/// A line for each row of the accounts: `kernel;phase;CPU 0;routine;...;[cause] nanoseconds`. The time of all
/// CPUs but the measured one stands under "other CPUs", added up. Nanoseconds are rounded so that each CPU's
/// lines add up to its time, rounded; what rounds to none is left out.
[[nodiscard]] std::string to_folded(const RunDocument& document);

/// One JSON document with a profile for each phase and kernel, once for the measured CPU and once for the
/// others together; weights are nanoseconds, exact to the picosecond.
[[nodiscard]] std::string to_speedscope(const RunDocument& document);

}  // namespace p9mmu::model::report
