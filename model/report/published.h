// What a published figure beside a result means: was the model fitted to it, or does it foretell it?
// Judged from the parameters in force; formats only print it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/machine/machine.h"
#include "model/report/result.h"

namespace p9mmu::model::report {

enum class PublishedIs { calibration, prediction };

/// Whether the value is another than on the machine that was calibrated: --set or an inheriting machine
/// replaced it, the latter without calibrating it anew.
[[nodiscard]] bool is_changed(const ResolvedParameter& parameter);

/// Nothing if no figure is published, or if a parameter was changed, since then the machine is no longer the
/// one that was calibrated. Calibration if a parameter in force was chosen to meet this phase under this
/// kernel.
[[nodiscard]] std::optional<PublishedIs> published_is(const PhaseResult& result,
                                                      const std::vector<ResolvedParameter>& parameters);

[[nodiscard]] std::string name(PublishedIs what);

/// Measured over published time; nothing without a published one.
[[nodiscard]] std::optional<double> published_ratio(const PhaseResult& result);

/// The value of the counter of that name, or nothing.
[[nodiscard]] std::optional<std::int64_t> counter(const PhaseResult& result, const std::string& name);

}  // namespace p9mmu::model::report
