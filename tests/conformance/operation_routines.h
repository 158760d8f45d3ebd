// What each recorded operation is here: what the process has mapped before it, and the routine that a thread
// of the process runs. One row for each name in the recordings.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/operation_scene.h"

namespace p9mmu::conformance {

struct Operation {
  const char* name;         ///< in the recording
  const char* description;  ///< for the README
  void (*prepare)(Scene&);
  Task<void> (*run)(Scene&);
};

/// Those that are compared, in the order of the README's table.
[[nodiscard]] const std::vector<Operation>& operations();

/// Recorded operations that have no routine here.
[[nodiscard]] const std::vector<std::string>& operations_without_routine();

}  // namespace p9mmu::conformance
