#include "model/cli/command.h"
#include "model/cli/completion.h"
#include "model/cli/help.h"
#include "model/cli/options.h"
#include "model/cli/output.h"

namespace p9mmu::model {
namespace {

constexpr const char* kOut = "standard output";

ExitCode completion(const Arguments& arguments, const Environment& environment) {
  (void)parse_word("completion", arguments.positionals.front(), {"bash"});
  write_all(environment.out, bash_completion(), kOut);
  return ExitCode::success;
}

ExitCode help(const Arguments& arguments, const Environment& environment) {
  const bool markdown = parse_word("--format", arguments.get("format"), {"text", "markdown"}) == "markdown";
  std::string text = markdown ? options_markdown() : program_help();
  if (!markdown && !arguments.positionals.empty()) {
    text = command_help(find_command(arguments.positionals.front()));
  }
  write_all(environment.out, text, kOut);
  return ExitCode::success;
}

}  // namespace

Command completion_command() {
  return {"completion",
          "Shell completion: source <(p9mmu completion bash)",
          "bash",
          "Prints a script that teaches the shell p9mmu's commands, options, machines and parameters.",
          {},
          completion};
}

Command help_command() {
  return {
      "help",
      "Help on the program or on a command",
      "[COMMAND]",
      "Prints what p9mmu --help or p9mmu COMMAND --help prints; as Markdown, the options of all commands.",
      {{"format", "text|markdown", "what is printed", "text", false,
        [] {
          return std::vector<std::string>{"text", "markdown"};
        }}},
      help};
}

}  // namespace p9mmu::model
