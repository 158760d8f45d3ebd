#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/machine_options.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/report/params.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> formats() {
  return {"text", "json", "csv"};
}

ExitCode params(const Arguments& arguments, const Environment& environment) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  Machine machine = machine_from(arguments);
  if (arguments.has("changed")) {
    std::erase_if(machine.resolved,
                  [](const ResolvedParameter& parameter) { return parameter.replaced.empty(); });
  }
  Output output(environment.out, arguments.get("output"));
  output.write(format == "text"   ? report::params_to_text(machine)
               : format == "json" ? report::params_to_json(machine)
                                  : report::params_to_csv(machine));
  return ExitCode::success;
}

}  // namespace

Command params_command() {
  std::vector<Option> options = machine_options();
  const std::vector<Option> rest = {
      {"changed", "", "only what --set, --cpus or an inheriting machine changed", ""},
      {"format", "text|json|csv", "what is printed", "text", false, formats},
      {"output", "FILE", "write there instead, whole or not at all", "", false, {}, 'o'}};
  options.insert(options.end(), rest.begin(), rest.end());
  return {"params",
          "Every parameter: value, unit, range, provenance, source",
          "",
          "Prints the machine with every parameter resolved: what it means, its value, the range in which it "
          "may be "
          "set, whether it is measured, documented, derived, assumed or calibrated, and where it comes from.",
          options,
          params};
}

}  // namespace p9mmu::model
