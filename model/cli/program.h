// The program as a function: words in, exit code out. Here every error becomes one line on stderr and a code;
// main only hands over its arguments.
#pragma once

#include <string>
#include <vector>

#include "model/cli/command.h"

namespace p9mmu::model {

/// `words` are the arguments without the program's name. Throws nothing.
[[nodiscard]] ExitCode run_program(const std::vector<std::string>& words, const Environment& environment);

[[nodiscard]] std::string program_version();

}  // namespace p9mmu::model
