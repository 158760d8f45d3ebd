#include "model/cli/command.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/sweep/export.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> formats() {
  return {"csv", "json"};
}

ExitCode export_results(const Arguments& arguments, const Environment& environment) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  const std::string& database = arguments.positionals.front();
  Output output(environment.out, arguments.get("output"));
  output.write(format == "csv" ? results_to_csv(database, arguments.get("plan"))
                               : results_to_json(database, arguments.get("plan")));
  return ExitCode::success;
}

}  // namespace

Command export_command() {
  const std::vector<Option> options = {
      {"format", "csv|json", "what is printed", "csv", false, formats},
      {"plan", "NAME", "only this plan's points; all plans' if not given", ""},
      {"output", "FILE", "write there instead, whole or not at all", "", false, {}, 'o'}};
  return {
      "export",
      "A sweep's results as CSV or JSON",
      "RESULTS.sqlite",
      "Prints what a sweep has recorded: as CSV a row for each point and measured phase, with a column for "
      "each axis and counter; as JSON everything, the results being those of p9mmu run. Points that are "
      "not run yet are there, too. docs/sweep-database.md says how to ask the database itself.",
      options,
      export_results};
}

}  // namespace p9mmu::model
