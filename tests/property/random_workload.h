// Random small machines and workloads, from a seed: what the property tests run. A case is a script's text
// and what is set on the machine; the same seed gives the same case everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p9mmu::tests {

struct RandomWorkload {
  std::string script;             ///< Lua
  std::vector<std::string> sets;  ///< as --set takes them
  std::string kernel;
};

[[nodiscard]] RandomWorkload random_workload(std::uint64_t seed);

}  // namespace p9mmu::tests
