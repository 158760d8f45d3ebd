#include "mmu/error.h"
#include "model/cli/command.h"

namespace p9mmu::model {

std::vector<std::string> Arguments::all(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

std::string Arguments::get(const std::string& name) const {
  const std::vector<std::string> values = all(name);
  return values.empty() ? std::string() : values.back();
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      run_command(),     sweep_command(),  export_command(),        report_command(),     compare_command(),
      explore_command(), params_command(), translate_cli_command(), completion_command(), help_command()};
  return all;
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == name) {
      return command;
    }
    names.push_back(command.name);
  }
  throw mmu::UserError("unknown command '" + name + "'" + mmu::did_you_mean(name, names) +
                       "; p9mmu --help lists them");
}

}  // namespace p9mmu::model
