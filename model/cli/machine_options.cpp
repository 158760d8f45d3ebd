#include "model/cli/machine_options.h"

#include <limits>

#include "model/cli/options.h"
#include "model/machine/parameter_list.h"
#include "model/machine/resolve.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> settable() {
  MachineParameters parameters;
  std::vector<std::string> words;
  for (const std::string& name : names(list_parameters(parameters))) {
    words.push_back(name + "=");
  }
  return words;
}

}  // namespace

std::vector<Option> machine_options() {
  return {
      {"machine", "NAME|FILE.toml", "the machine: a shipped one by name, or a file of your own",
       std::string(kDefaultMachine), false, shipped_machine_names},
      {"cpus", "N", "as many chips as give N CPUs", ""},
      {"set", "PARAMETER=VALUE", "change a parameter, as in fabric.tlbie.issue=400ns", "", true, settable}};
}

Machine machine_from(const Arguments& arguments) {
  MachineChoice choice;
  choice.machine = arguments.get("machine");
  choice.sets = arguments.all("set");
  if (arguments.has("cpus")) {
    choice.cpus = static_cast<std::uint32_t>(
        parse_whole("--cpus", arguments.get("cpus"), std::numeric_limits<std::uint32_t>::max()));
  }
  return resolve_machine(choice);
}

}  // namespace p9mmu::model
