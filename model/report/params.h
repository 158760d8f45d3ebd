// The parameters of a machine, for people and for programs. Pure functions of the resolved machine.
#pragma once

#include <string>

#include "model/machine/machine.h"

namespace p9mmu::model::report {

/// In groups, one line of figures and one paragraph of meaning and source for each.
[[nodiscard]] std::string params_to_text(const Machine& machine);

/// {"machine": ..., "parameters": {...}}, the parameters as in a run's document.
[[nodiscard]] std::string params_to_json(const Machine& machine);

/// With a heading line, quoted as RFC 4180 says, lines ended by a newline alone.
[[nodiscard]] std::string params_to_csv(const Machine& machine);

}  // namespace p9mmu::model::report
