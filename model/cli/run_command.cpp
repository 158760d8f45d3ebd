#include <algorithm>
#include <limits>
#include <thread>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/isolated_run.h"
#include "model/cli/logging.h"
#include "model/cli/machine_options.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/cli/program.h"
#include "model/cli/run_files.h"
#include "model/cli/terminal_line.h"
#include "model/report/json.h"
#include "model/report/text.h"
#include "model/sweep/point_inputs.h"
#include "workloads/linux/policy.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

/// Those that are there; the first of them are run unless others are asked for.
std::vector<std::string> kernels() {
  std::vector<std::string> names;
  names.reserve(workloads::kKernels.size());
  for (const workloads::KernelPolicy& policy : workloads::kKernels) {
    names.emplace_back(policy.name);
  }
  return names;
}

std::vector<std::string> default_kernels() {
  std::vector<std::string> names = kernels();
  names.resize(workloads::kDefaultKernels);
  return names;
}

std::vector<std::string> formats() {
  return {"text", "json"};
}

/// What each of them is.
std::string kernel_descriptions() {
  std::string text;
  for (const workloads::KernelPolicy& policy : workloads::kKernels) {
    text += std::string(text.empty() ? "" : ". ") + policy.name + " is " + policy.description;
  }
  return text;
}

/// "a,b" to its words, each one of the kernels and none twice.
std::vector<std::string> parse_kernels(const std::string& text) {
  std::vector<std::string> result;
  std::size_t place = 0;
  while (place <= text.size()) {
    const std::size_t end = std::min(text.find(',', place), text.size());
    const std::string word = parse_word("--kernel", text.substr(place, end - place), kernels());
    if (std::find(result.begin(), result.end(), word) != result.end()) {
      throw UserError("--kernel", 0, word + " is named twice");
    }
    result.push_back(word);
    place = end + 1;
  }
  return result;
}

/// Tells on the terminal, after two seconds; null if there is none.
Progress progress_on(TerminalLine& line) {
  if (!line.is_seen()) {
    return nullptr;
  }
  return
      [&line](long seconds, const std::vector<std::string>& done, const std::vector<std::string>& running) {
        const auto listed = [](const std::vector<std::string>& words) {
          return words.empty() ? "none" : joined(words, ", ");
        };
        if (seconds >= 2) {
          line.tell("p9mmu: " + std::to_string(seconds) + " s; running: " + listed(running) +
                    "; done: " + listed(done));
        }
      };
}

/// The command that gives the same, every input in its place.
std::string command_of(const Arguments& arguments, const report::RunDocument& document,
                       const std::vector<std::string>& chosen) {
  PointInputs inputs;
  inputs.script = document.script;
  inputs.machine = arguments.get("machine");
  for (const std::string& text : arguments.all("set")) {
    const std::size_t equals = text.find('=');
    inputs.sets[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (arguments.has("cpus")) {
    inputs.cpus = document.machine.parameters.interconnect.topology.cpus();
  }
  inputs.options = document.options;
  inputs.kernel = joined(chosen, ",");
  inputs.seed = document.seed;
  return run_command_line(inputs);
}

/// All that is asked for, checked.
struct RunPlan {
  report::RunDocument document;
  std::vector<RunRequest> requests;
  std::string format;
};

RunPlan plan(const Arguments& arguments) {
  RunPlan result;
  report::RunDocument& document = result.document;
  result.format = parse_word("--format", arguments.get("format"), formats());
  document.program_version = program_version();
  document.script = arguments.positionals.front();
  document.options = parse_workload_options(arguments.all("option"));
  document.seed = parse_whole("--seed", arguments.get("seed"), std::numeric_limits<std::uint64_t>::max());
  const std::vector<std::string> chosen = parse_kernels(arguments.get("kernel"));
  document.machine = machine_from(arguments);
  document.command = command_of(arguments, document, chosen);
  for (const std::string& kernel : chosen) {
    result.requests.push_back({document.machine, document.script, document.options, kernel, document.seed,
                               arguments.has("exact-events")});
  }
  return result;
}

ExitCode run(const Arguments& arguments, const Environment& environment) {
  start_logging(parse_word("--log-level", arguments.get("log-level"), log_levels()));
  RunPlan planned = plan(arguments);
  Output output(environment.out, arguments.get("output"));
  RunFiles files(arguments);
  std::uint32_t number = 0;
  for (RunRequest& request : planned.requests) {
    request.record = files.record();
    request.record.process = ++number;
    request.record.audit = arguments.has("audit");
  }
  report::RunDocument& document = planned.document;
  std::vector<Recordings> recordings;
  {
    TerminalLine line(environment.err);
    IsolatedRuns runs = run_isolated(planned.requests, environment.simulate,
                                     std::thread::hardware_concurrency(), progress_on(line));
    document.results = std::move(runs.results);
    document.missing = std::move(runs.missing);
    recordings = std::move(runs.recordings);
  }
  bool all_sound = true;
  for (Recordings& recording : recordings) {
    if (recording.audited) {
      all_sound = all_sound && recording.audited->findings.empty();
      document.audits.push_back(std::move(*recording.audited));
    }
  }
  files.write(document, recordings);
  output.write(planned.format == "json" ? report::dump(to_json(document))
                                        : to_text(document, {!arguments.has("no-profile")}));
  if (document.missing.empty()) {
    return all_sound ? ExitCode::success : ExitCode::mismatch;
  }
  write_all(environment.err, "p9mmu: interrupted; missing: " + joined(document.missing, ", ") + "\n",
            "standard error");
  return ExitCode::interrupted;
}

}  // namespace

Command run_command() {
  std::vector<Option> options = {{"kernel", "NAME,...",
                                  "the kernels to run it under, of " + joined(kernels(), ", "),
                                  joined(default_kernels(), ","), false, kernels}};
  const std::vector<Option> machine = machine_options();
  options.insert(options.end(), machine.begin(), machine.end());
  const std::vector<Option> rest = {
      {"option", "NAME=VALUE", "an option of the script", "", true},
      {"seed", "N", "the seed of all randomness", "1"},
      {"exact-events", "", "one simulated event for each operation: slower, same figures", ""},
      {"audit", "",
       "look for broken rules: freed tables and pages in use, stale translations; slower, same figures; exit "
       "status 1 "
       "if there are any",
       ""},
      {"format", "text|json", "what is printed", "text", false, formats},
      {"no-profile", "", "as text, only the table and what was assumed, without the call trees", ""},
      {"output", "FILE", "write there instead, whole or not at all", "", false, {}, 'o'}};
  options.insert(options.end(), rest.begin(), rest.end());
  const std::vector<Option> files = run_file_options();
  options.insert(options.end(), files.begin(), files.end());
  options.push_back({"log-level", "LEVEL", "how much is told on stderr", "warn", false, log_levels});
  return {"run",
          "Replay a workload under each kernel: table, call trees, JSON",
          "SCRIPT.lua",
          "Runs the workload on the machine once for each kernel, side by side, and prints what the measured "
          "phases "
          "cost: a table with a row for each kernel, what was assumed, and where the time went. The same "
          "inputs give "
          "the same output, but for the JSON's host_* fields. The kernels: " +
              kernel_descriptions() + ".",
          options,
          run};
}

}  // namespace p9mmu::model
