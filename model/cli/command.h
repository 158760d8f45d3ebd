// A subcommand as data: its options stand in one table, from which the parser, --help, the README's tables
// and shell completion are made (options.h, help.h, completion.h). To add a subcommand: a file that returns a
// Command, and a line in commands.cpp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/cli/exit_code.h"
#include "model/machine/simulate.h"

namespace p9mmu::model {

/// One option. It is a switch if it has no argument.
struct Option {
  std::string name;      ///< without the dashes
  std::string argument;  ///< "NAME|FILE" as help shows it; "" for a switch
  std::string meaning;   ///< one line
  std::string fallback;  ///< the value when it is not given; "" for none
  bool repeated = false;
  /// What completion offers as values; null for none.
  std::function<std::vector<std::string>()> values = {};
  char letter = '\0';  ///< as in -o; '\0' for none
};

/// What the user typed after the subcommand, options by name. Values are texts, with fallbacks filled in.
class Arguments {
 public:
  std::map<std::string, std::vector<std::string>> options;
  std::vector<std::string> positionals;

  [[nodiscard]] bool has(const std::string& name) const { return options.contains(name); }
  /// All values of an option, in the order given.
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
  /// The value of an option that is given once or has a fallback; "" without either.
  [[nodiscard]] std::string get(const std::string& name) const;
};

/// What a command may touch of the outside world.
struct Environment {
  using Simulate = std::function<std::vector<report::PhaseResult>(const RunRequest&)>;

  int out = 1;  ///< file descriptor of results
  int err = 2;  ///< file descriptor of messages
  Simulate simulate;
};

struct Command {
  std::string name;
  std::string summary;  ///< one line
  /// The arguments, as help shows them: words that it must have, in brackets those that may be left out;
  /// with "..." in the last, any number may follow.
  std::string positional;
  std::string description;  ///< a paragraph or two for its own help
  std::vector<Option> options;
  std::function<ExitCode(const Arguments&, const Environment&)> run;
};

/// All subcommands, in the order in which help lists them.
[[nodiscard]] const std::vector<Command>& commands();

[[nodiscard]] Command run_command();
[[nodiscard]] Command sweep_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command compare_command();
[[nodiscard]] Command explore_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command params_command();
[[nodiscard]] Command translate_cli_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command help_command();

/// The command of that name. Throws mmu::UserError with the nearest for an unknown one.
[[nodiscard]] const Command& find_command(const std::string& name);

}  // namespace p9mmu::model
