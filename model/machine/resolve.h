// From a machine's name or file, and what the command line changes, to a Machine in which every parameter is
// known, in range and accounted for. All of a user's mistakes about parameters end here, as mmu::UserError
// with file and line ("--set" and "--cpus" stand for a file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/machine.h"
#include "model/machine/shipped.h"

namespace p9mmu::model {

/// What the user asked for, as typed.
struct MachineChoice {
  std::string machine{kDefaultMachine};  ///< a shipped machine's name, or the path of a .toml file
  std::vector<std::string> sets;         ///< "parameter=value", later ones replacing earlier ones
  std::optional<std::uint32_t> cpus;     ///< as many chips as give that many CPUs
};

[[nodiscard]] Machine resolve_machine(const MachineChoice& choice);

}  // namespace p9mmu::model
