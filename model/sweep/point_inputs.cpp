#include "model/sweep/point_inputs.h"

#include <algorithm>
#include <string_view>

#include "model/machine/shipped.h"

namespace p9mmu::model {
namespace {

/// "400 ns" as "400ns", which means the same and needs no quotation marks.
std::string dense(std::string value) {
  value.erase(std::remove(value.begin(), value.end(), ' '), value.end());
  return value;
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string result = "'";
  for (const char c : word) {
    result += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return result + "'";
}

std::string run_command_line(const PointInputs& inputs) {
  std::string line = "p9mmu run " + shell_word(inputs.script) + " --kernel " + inputs.kernel;
  if (inputs.machine != kDefaultMachine) {
    line += " --machine " + shell_word(inputs.machine);
  }
  if (inputs.cpus) {
    line += " --cpus " + std::to_string(*inputs.cpus);
  }
  for (const auto& [name, value] : inputs.sets) {
    line += " --set " + shell_word(name + "=" + dense(value));
  }
  for (const auto& [name, value] : inputs.options) {
    line += " --option " + shell_word(name + "=" + value);
  }
  return line + " --seed " + std::to_string(inputs.seed);
}

}  // namespace p9mmu::model
