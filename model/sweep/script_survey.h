// Which options a script declares, found by running its main chunk in a world without a machine: nothing is
// simulated. So that a plan's mistake about an option is told with its line, before anything runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/script/options.h"

namespace p9mmu::model {

/// What a script may look at while its main chunk runs.
struct ScriptScene {
  std::uint32_t cpus = 0;
  std::uint32_t threads_per_core = 0;
  std::uint32_t cores_per_chip = 0;
  std::string kernel;
  std::uint64_t seed = 1;
};

/// The options that the script declares, in its order: those that it declares by default, and those that it
/// declares besides when `given` are given. Throws mmu::UserError, as a run would, for a script that ends in
/// a mistake both ways.
[[nodiscard]] std::vector<workloads::OptionDeclared> declared_options(
    const std::string& path, const std::string& text, const ScriptScene& scene,
    const std::map<std::string, std::string>& given);

}  // namespace p9mmu::model
