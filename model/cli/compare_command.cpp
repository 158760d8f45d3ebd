#include <array>
#include <fstream>
#include <limits>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/compare/comparison_json.h"
#include "model/compare/comparison_text.h"
#include "model/compare/run_source.h"
#include "model/compare/sweep_comparison_report.h"
#include "model/sweep/compared_sweep.h"
#include "model/sweep/sweep_experiments.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> formats() {
  return {"text", "json"};
}

bool names_database(const SourceName& source) {
  std::array<char, 16> bytes{};
  std::ifstream stream(source.file, std::ios::binary);
  stream.read(bytes.data(), bytes.size());
  return stream && is_database({bytes.data(), bytes.size()});
}

ExitCode compare_sources(const Arguments& arguments, const Environment& environment) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  const std::uint64_t paths =
      parse_whole("--paths", arguments.get("paths"), std::numeric_limits<std::uint32_t>::max());
  const std::uint64_t points =
      parse_whole("--points", arguments.get("points"), std::numeric_limits<std::uint32_t>::max());
  SourceName source_a = parse_source(arguments.positionals.at(0));
  SourceName source_b = parse_source(arguments.positionals.at(1));
  // A kernel that is named for one side alone is meant for both.
  source_a.kernel = source_a.kernel.empty() ? source_b.kernel : source_a.kernel;
  source_b.kernel = source_b.kernel.empty() ? source_a.kernel : source_b.kernel;
  const bool sweep_a = names_database(source_a);
  const bool sweep_b = names_database(source_b);
  if (sweep_a != sweep_b) {
    throw mmu::UserError((sweep_a ? source_a : source_b).file, 0,
                         "is a database and " + (sweep_a ? source_b : source_a).file +
                             " is not; expected two runs or two sweeps");
  }
  std::string text;
  bool same = false;
  if (sweep_a) {
    const auto [a, b] = read_sweeps(source_a, source_b);
    const SweepComparison comparison = compare(a, b);
    text = format == "json" ? report::dump(to_json(comparison)) : to_text(comparison, points, paths);
    same = comparison.same_results();
  } else {
    const ComparedRun a = read_run(source_a);
    const ComparedRun b = read_run(source_b);
    const Comparison comparison = compare(a, b);
    text = format == "json" ? report::dump(to_json(comparison)) : to_text(comparison, paths);
    same = comparison.same_results();
  }
  Output output(environment.out, arguments.get("output"));
  output.write(text);
  return same ? ExitCode::success : ExitCode::mismatch;
}

}  // namespace

Command compare_command() {
  return {
      "compare",
      "What differs between two runs, two sweeps, or two kernels of one",
      "A B",
      "Compares two documents of p9mmu run --format json, or two databases of p9mmu sweep: what differs in "
      "what went in (version, script, "
      "seed, machine, parameters, options), then in what came out, phase by phase: times, counters, and "
      "where the time went by cause and by call path, largest difference first. FILE:KERNEL takes one "
      "kernel of a document, so that p9mmu compare run.json:ipi run.json:ipi-free holds two kernels of "
      "a run against each other, and likewise two kernels of a sweep. Points of sweeps correspond by their "
      "plan, kernel and place on the axes; what differs is shown point by point and added up. The exit code "
      "is 0 if the results are the same, 1 if they differ, 2 if "
      "there is nothing to compare.",
      {{"format", "text|json", "what is printed", "text", false, formats},
       {"paths", "N", "as text, how many call paths are shown at most for each phase", "10"},
       {"points", "N", "as text, how many points of sweeps are shown at most", "20"},
       {"output", "FILE", "write there instead, whole or not at all", "", false, {}, 'o'}},
      compare_sources};
}

}  // namespace p9mmu::model
