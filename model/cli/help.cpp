#include "model/cli/help.h"

#include <algorithm>

#include "model/report/numbers.h"

namespace p9mmu::model {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string left_of(const Option& option) {
  return (option.letter == '\0' ? "" : std::string("-") + option.letter + ", ") + "--" + option.name +
         (option.argument.empty() ? "" : " " + option.argument) + (option.repeated ? "..." : "");
}

std::string right_of(const Option& option) {
  return option.meaning + (option.fallback.empty() ? "" : " [" + option.fallback + "]");
}

/// Vertical bars would end a Markdown table's cell.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c == '|' ? "\\|" : std::string(1, c);
  }
  return result;
}

}  // namespace

std::string program_help() {
  std::string text =
      "p9mmu: what it costs to take a translation away from many POWER9 CPUs\n\n"
      "Usage: p9mmu COMMAND [ARGUMENTS]\n\nCommands:\n";
  for (const Command& command : commands()) {
    text += report::paragraph("  " + padded(command.name, 12), command.summary);
  }
  text +=
      "\nOptions:\n  --help      this, or a command's own help after its name\n  --version   the version\n";
  text += "\nExit status:\n";
  for (const ExitCodeMeaning& row : kExitCodes) {
    text += report::paragraph("  " + padded(std::to_string(static_cast<int>(row.code)), 5), row.meaning);
  }
  return text;
}

std::string command_help(const Command& command) {
  std::string text = "Usage: p9mmu " + command.name;
  text += command.positional.empty() ? "" : " " + command.positional;
  text += std::string(command.options.empty() ? "" : " [OPTIONS]") + "\n\n";
  text += report::paragraph("", command.description);
  if (!command.options.empty()) {
    text += "\nOptions:\n";
  }
  std::size_t width = 0;
  for (const Option& option : command.options) {
    width = std::max(width, left_of(option).size());
  }
  for (const Option& option : command.options) {
    text += report::paragraph("  " + padded(left_of(option), width + 2), right_of(option));
  }
  return text;
}

std::string options_markdown() {
  std::string text;
  for (const Command& command : commands()) {
    text += "### p9mmu " + command.name + (command.positional.empty() ? "" : " " + command.positional) +
            "\n\n" + command.summary + ".\n\n";
    if (command.options.empty()) {
      continue;
    }
    text += "| option | meaning | default |\n|---|---|---|\n";
    for (const Option& option : command.options) {
      text.append("| `")
          .append(cell(left_of(option)))
          .append("` | ")
          .append(cell(option.meaning))
          .append(" | ");
      if (!option.fallback.empty()) {
        text.append("`").append(cell(option.fallback)).append("`");
      }
      text += " |\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace p9mmu::model
