// The options that choose a machine, shared by every command that has one.
#pragma once

#include <vector>

#include "model/cli/command.h"

namespace p9mmu::model {

/// --machine, --cpus, --set.
[[nodiscard]] std::vector<Option> machine_options();

/// The machine that they describe. Throws mmu::UserError.
[[nodiscard]] Machine machine_from(const Arguments& arguments);

}  // namespace p9mmu::model
