#include <limits>

#include "model/cli/command.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/compare/comparison_json.h"
#include "model/compare/comparison_text.h"
#include "model/compare/run_source.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> formats() {
  return {"text", "json"};
}

ExitCode compare_runs(const Arguments& arguments, const Environment& environment) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  const std::uint64_t paths =
      parse_whole("--paths", arguments.get("paths"), std::numeric_limits<std::uint32_t>::max());
  SourceName source_a = parse_source(arguments.positionals.at(0));
  SourceName source_b = parse_source(arguments.positionals.at(1));
  // A kernel that is named for one side alone is meant for both.
  source_a.kernel = source_a.kernel.empty() ? source_b.kernel : source_a.kernel;
  source_b.kernel = source_b.kernel.empty() ? source_a.kernel : source_b.kernel;
  const ComparedRun a = read_run(source_a);
  const ComparedRun b = read_run(source_b);
  const Comparison comparison = compare(a, b);
  Output output(environment.out, arguments.get("output"));
  output.write(format == "json" ? report::dump(to_json(comparison)) : to_text(comparison, paths));
  return comparison.same_results() ? ExitCode::success : ExitCode::mismatch;
}

}  // namespace

Command compare_command() {
  return {"compare",
          "What differs between two runs, or two kernels of one",
          "A B",
          "Compares two documents of p9mmu run --format json: what differs in what went in (version, script, "
          "seed, machine, parameters, options), then in what came out, phase by phase: times, counters, and "
          "where the time went by cause and by call path, largest difference first. FILE:KERNEL takes one "
          "kernel of a document, so that p9mmu compare run.json:ipi run.json:ipi-free holds two kernels of "
          "a run against each other. The exit code is 0 if the results are the same, 1 if they differ, 2 if "
          "there is nothing to compare.",
          {{"format", "text|json", "what is printed", "text", false, formats},
           {"paths", "N", "as text, how many call paths are shown at most for each phase", "10"},
           {"output", "FILE", "write there instead, whole or not at all", ""}},
          compare_runs};
}

}  // namespace p9mmu::model
