// Reads a subcommand's arguments by its table of options, with Boost.Program_options. What a value means is
// the command's business.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/cli/command.h"

namespace p9mmu::model {

/// Throws mmu::UserError: unknown option (with the nearest), value missing or too many, arguments missing or
/// too many. `--help` (or -h) is understood by every command and lifts the need for the rest.
[[nodiscard]] Arguments parse_arguments(const Command& command, const std::vector<std::string>& words);

/// The whole number in `text`; `option` names it in the mistake.
[[nodiscard]] std::uint64_t parse_whole(const std::string& option, std::string_view text,
                                        std::uint64_t greatest);

/// `text` if it is one of `words`.
[[nodiscard]] std::string parse_word(const std::string& option, const std::string& text,
                                     const std::vector<std::string>& words);

/// NAME=VALUE texts of --option.
[[nodiscard]] std::map<std::string, std::string> parse_workload_options(
    const std::vector<std::string>& texts);

[[nodiscard]] std::string joined(const std::vector<std::string>& words, const std::string& separator);

}  // namespace p9mmu::model
