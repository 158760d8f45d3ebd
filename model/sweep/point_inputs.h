// What determines a point of a sweep, as a user would type it, and the command that runs the same by itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace p9mmu::model {

struct PointInputs {
  std::string script;                          ///< path
  std::string machine;                         ///< a shipped machine's name, or a path
  std::map<std::string, std::string> sets;     ///< parameters' values, tidy
  std::optional<std::uint32_t> cpus;           ///< as with --cpus
  std::map<std::string, std::string> options;  ///< of the script, those that the plan gives
  std::string kernel;
  std::uint64_t seed = 1;
};

/// A word for a shell, in quotation marks if it needs them.
[[nodiscard]] std::string shell_word(const std::string& word);
/// "p9mmu run SCRIPT --kernel ...", for a shell.
[[nodiscard]] std::string run_command_line(const PointInputs& inputs);

}  // namespace p9mmu::model
