// --help and the README's tables, made from the table of options. Pure text.
#pragma once

#include <string>

#include "model/cli/command.h"

namespace p9mmu::model {

/// What `p9mmu --help` prints: the commands, the exit codes.
[[nodiscard]] std::string program_help();

/// What `p9mmu COMMAND --help` prints.
[[nodiscard]] std::string command_help(const Command& command);

/// All commands' options as Markdown, for README.md.
[[nodiscard]] std::string options_markdown();

}  // namespace p9mmu::model
