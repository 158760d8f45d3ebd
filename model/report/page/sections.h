// The sections of an experiment's chapter, each a function of the experiment alone. One that has nothing to
// say has no blocks and is left out.
#pragma once

#include "model/report/page/blocks.h"
#include "model/report/page/experiment.h"

namespace p9mmu::model::report::page {

/// Script, machine, options, the plan's text; how many points ended how; what was assumed.
[[nodiscard]] Section asked_section(const Experiment& experiment);

/// The main table of each phase, and every counter.
[[nodiscard]] Section results_section(const Experiment& experiment);

/// Time and cycles for each PMD along the axis, or beside the published figures.
[[nodiscard]] Section curves_section(const Experiment& experiment);

/// Between which simulated points kernels change places.
[[nodiscard]] Section crossover_section(const Experiment& experiment);

/// What the measured CPU's time was spent on.
[[nodiscard]] Section causes_section(const Experiment& experiment);

/// A tornado chart for each kernel.
[[nodiscard]] Section sensitivity_section(const Experiment& experiment);

/// What was taken from the other CPUs.
[[nodiscard]] Section victims_section(const Experiment& experiment);

/// How long rounds of interrupts took.
[[nodiscard]] Section rounds_section(const Experiment& experiment);

/// Flame graphs and, of runs, the accounts that they draw.
[[nodiscard]] Section flames_section(const Experiment& experiment);

/// Points without a result, and why.
[[nodiscard]] Section failures_section(const Experiment& experiment);

/// Every parameter with range, provenance and source.
[[nodiscard]] Section machine_section(const Experiment& experiment);

/// The command of each point.
[[nodiscard]] Section reproduce_section(const Experiment& experiment);

}  // namespace p9mmu::model::report::page
