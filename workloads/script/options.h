// The options that a script declares: what kinds there are, and how a value that the user typed becomes one
// of that kind. Plain C++: the Lua side is in option_bindings.cpp, the command line is not known here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace p9mmu::workloads {

enum class OptionType : std::uint8_t { integer, number, boolean, string, size, choice, cpus };

/// The word for a type in listings and errors.
[[nodiscard]] const char* name(OptionType type);

/// An option as the script declared it and the value that this run uses, both as a user would type them.
struct OptionDeclared {
  std::string name;
  std::string default_value;
  std::string value;
  std::string help;
  OptionType type = OptionType::string;
  std::vector<std::string> choices;  ///< of a choice, in the script's order
};

/// An option's value as the script sees it: an integer, number or size (bytes), a boolean, a text (string,
/// choice), a list of CPUs.
using OptionValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::uint32_t>>;

/// What `text` means for `option`. Throws mmu::UserError, with the option's name and what was expected.
/// `machine_cpus` bounds a list of CPUs.
[[nodiscard]] OptionValue parse_option(const OptionDeclared& option, std::string_view text,
                                       std::uint32_t machine_cpus);

}  // namespace p9mmu::workloads
