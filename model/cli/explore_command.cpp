#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "mmu/error.h"
#include "model/cli/child_pool.h"
#include "model/cli/command.h"
#include "model/cli/interrupt_watch.h"
#include "model/cli/machine_options.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/cli/terminal_line.h"
#include "model/explore/matrix.h"
#include "model/explore/shipped.h"
#include "model/explore/verdict_text.h"
#include "model/report/json.h"
#include "model/sweep/point_inputs.h"
#include "workloads/linux/policy.h"

namespace p9mmu::model {
namespace {

using explore::Asked;
using explore::Scenario;
using explore::Verdict;
using mmu::UserError;

std::vector<std::string> formats() {
  return {"text", "json", "markdown"};
}

std::vector<std::string> kernels() {
  std::vector<std::string> names;
  for (const workloads::KernelPolicy& policy : workloads::kKernels) {
    names.emplace_back(policy.name);
  }
  return names;
}

/// The kernels of the table.
std::vector<std::string> default_kernels() {
  std::vector<std::string> names = kernels();
  names.resize(workloads::kDefaultKernels);
  return names;
}

std::vector<std::string> walkers() {
  std::vector<std::string> names;
  for (const workloads::WalkerPolicy& policy : workloads::kWalkers) {
    names.emplace_back(policy.name);
  }
  return names;
}

/// A cell of what was asked, with what it takes to explore it.
struct Task {
  Asked asked;
  Scenario scenario;
  /// Every operation met that could be left out, if any is to be.
  std::shared_ptr<std::set<std::pair<std::string, std::string>>> omissible;
};

/// What all cells have in common.
struct Plan {
  Machine machine;
  std::map<std::string, std::string> options;
  std::uint64_t seed = 1;
  explore::SearchLimits limits;
  std::vector<explore::Omission> omissions;
};

std::vector<explore::Omission> omissions_from(const Arguments& arguments);

Plan plan_from(const Arguments& arguments) {
  Plan plan;
  plan.machine = machine_from(arguments);
  plan.options = parse_workload_options(arguments.all("option"));
  plan.seed = parse_whole("--seed", arguments.get("seed"), std::numeric_limits<std::uint64_t>::max());
  constexpr std::uint64_t kMostSteps = 60'000;
  plan.limits.steps = parse_whole("--max-steps", arguments.get("max-steps"), kMostSteps);
  plan.omissions = omissions_from(arguments);
  return plan;
}

/// ROUTINE:OPERATION texts of --omit.
std::vector<explore::Omission> omissions_from(const Arguments& arguments) {
  std::vector<explore::Omission> omissions;
  for (const std::string& text : arguments.all("omit")) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
      throw UserError("--omit", 0,
                      "'" + text + "' is not ROUTINE:OPERATION; expected one such as fixup_tlbie:tlbie");
    }
    omissions.push_back({text.substr(0, colon), text.substr(colon + 1)});
  }
  return omissions;
}

/// A script is a file, or else the name of a shipped scenario, which may be as verdicts call it:
/// races/NAME.lua.
workloads::ScriptSource source_of(const std::string& script) {
  std::string name = script;
  if (name.starts_with("races/") && name.ends_with(".lua")) {
    name = name.substr(6, name.size() - 10);
  }
  if (const std::optional<std::string_view> text = explore::shipped_scenario(name)) {
    return {"races/" + name + ".lua", std::string(*text)};
  }
  if (script.find_first_of("/.") == std::string::npos && !std::filesystem::exists(script)) {
    throw UserError("there is no scenario and no script '" + script + "'" +
                    mmu::did_you_mean(script, explore::shipped_scenario_names()) + "; shipped are " +
                    joined(explore::shipped_scenario_names(), ", "));
  }
  return {script, std::nullopt};
}

std::string text_of(const explore::Omission& omission) {
  return omission.routine + ":" + omission.operation;
}

std::string command_of(const Arguments& arguments, const std::string& script, const std::string& kernel,
                       const std::string& walker) {
  std::string command = "p9mmu explore " + shell_word(script) + " --kernel " + kernel + " --walker " + walker;
  for (const char* option : {"machine", "set", "omit", "option", "seed"}) {
    for (const std::string& value : arguments.all(option)) {
      command += std::string(" --") + option + " " + shell_word(value);
    }
  }
  return command;
}

/// What is not left out although it should be has not been explored: the user must know.
[[noreturn]] void refuse_omission(const explore::Omission& omission, const std::string& where,
                                  const std::set<std::pair<std::string, std::string>>& omissible) {
  std::vector<std::string> all;
  std::string of_routine;
  for (const auto& [routine, operation] : omissible) {
    all.push_back(text_of({routine, operation}));
    if (routine == omission.routine) {
      of_routine += (of_routine.empty() ? "" : ", ") + ("'" + operation + "'");
    }
  }
  throw UserError("--omit", 0,
                  "'" + text_of(omission) + "' is nothing that " + where + " could leave out" +
                      (of_routine.empty() ? mmu::did_you_mean(text_of(omission), all) +
                                                "; expected one of '" + joined(all, "', '") + "'"
                                          : "; of " + omission.routine + " it could " + of_routine));
}

Task task_of(const Plan& plan, const Arguments& arguments, const std::string& script,
             const std::string& kernel, const std::string& walker) {
  const workloads::ScriptSource source = source_of(script);
  workloads::KernelPolicy policy = workloads::kernel_policy(kernel);
  policy.walkers = workloads::walker_policy(walker);
  Task task{{source.path, kernel, walker, plan.machine.name, plan.seed, plan.options, {}, {}, {}},
            explore::read_scenario(plan.machine, policy, source, plan.seed, plan.options),
            std::make_shared<std::set<std::pair<std::string, std::string>>>()};
  task.scenario.omissions = plan.omissions;
  task.scenario.omissible = task.omissible.get();
  for (const explore::Omission& omission : plan.omissions) {
    task.asked.left_out.push_back(text_of(omission));
  }
  task.asked.cpus = task.scenario.cpus;
  task.asked.command = command_of(arguments, script, kernel, walker);
  return task;
}

/// Explores in this process; an interrupt ends it with what has been found so far.
class Looker {
 public:
  explicit Looker(int descriptor) : line_(descriptor) {}

  bool operator()(const explore::SearchResult& so_far) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_).count();
    if (line_.is_seen() && seconds >= 2) {
      line_.tell("p9mmu: " + std::to_string(seconds) + " s; " + explore::grouped(so_far.interleavings) +
                 " interleavings");
    }
    std::vector<pollfd> none;
    constexpr timespec kAtOnce = {0, 0};
    watch_.poll(none, &kAtOnce);
    return !InterruptWatch::seen();
  }

 private:
  TerminalLine line_;
  InterruptWatch watch_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string formatted(const std::string& format, const Task& task, const Verdict& verdict) {
  return format == "json"       ? report::dump(explore::to_json(task.asked, verdict))
         : format == "markdown" ? explore::matrix_to_markdown({explore::to_json(task.asked, verdict)})
                                : explore::to_text(task.asked, verdict);
}

void write_trace(const Arguments& arguments, const std::optional<explore::Counterexample>& executed) {
  const std::string file = arguments.get("trace");
  if (file.empty()) {
    return;
  }
  Output(1, file).write(report::dump(explore::to_trace(executed.value_or(explore::Counterexample{}))));
}

bool is_met(const Task& task, const std::string& omission) {
  return std::any_of(task.omissible->begin(), task.omissible->end(), [&](const auto& met) {
    return text_of({met.first, met.second}) == omission;
  });
}

void check_omissions(const Task& task) {
  for (const explore::Omission& omission : task.scenario.omissions) {
    if (!is_met(task, text_of(omission))) {
      refuse_omission(omission, task.asked.script + " under " + task.asked.kernel, *task.omissible);
    }
  }
}

ExitCode exit_code_of(bool safe, bool complete) {
  return !safe ? ExitCode::mismatch : complete ? ExitCode::success : ExitCode::incomplete;
}

ExitCode explore_one(const Arguments& arguments, const Environment& environment, const Plan& plan) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  const std::string kernel = parse_word("--kernel", arguments.get("kernel"), kernels());
  std::string walker = arguments.get("walker");
  walker = walker.empty() ? workloads::kernel_policy(kernel).walkers.name
                          : parse_word("--walker", walker, walkers());
  const Task task = task_of(plan, arguments, arguments.positionals.front(), kernel, walker);
  Output output(environment.out, arguments.get("output"));
  if (arguments.has("schedule")) {
    const explore::Counterexample executed =
        explore::replay(task.scenario, explore::parse_schedule(arguments.get("schedule")));
    write_trace(arguments, executed);
    output.write(explore::steps_to_text(executed));
    return executed.finding.text.empty() ? ExitCode::success : ExitCode::mismatch;
  }
  Verdict verdict;
  {
    Looker looker(environment.err);
    verdict = explore::explore(task.scenario, explore::Reduction::full, plan.limits, std::ref(looker));
  }
  if (verdict.search.complete) {
    check_omissions(task);
  }
  write_trace(arguments, verdict.counterexample);
  output.write(formatted(format, task, verdict));
  return InterruptWatch::seen() ? ExitCode::interrupted
                                : exit_code_of(verdict.safe(), verdict.search.complete);
}

/// Each cell in a process of its own.
ExitCode explore_matrix(const Arguments& arguments, const Environment& environment, const Plan& plan) {
  const std::string format = parse_word("--format", arguments.get("format"), formats());
  std::vector<std::string> scripts = arguments.positionals;
  if (scripts.empty()) {
    scripts = explore::shipped_scenario_names();
  }
  std::vector<Task> tasks;
  for (const std::string& script : scripts) {
    for (const std::string& kernel : default_kernels()) {
      for (const std::string& walker : walkers()) {
        tasks.push_back(task_of(plan, arguments, script, kernel, walker));
      }
    }
  }
  Output output(environment.out, arguments.get("output"));
  std::vector<std::function<std::string()>> jobs;
  for (const Task& task : tasks) {
    jobs.emplace_back([&task, &plan] {
      const Verdict verdict = explore::explore(task.scenario, explore::Reduction::full, plan.limits, nullptr);
      Asked asked = task.asked;
      std::erase_if(asked.left_out, [&](const std::string& text) { return !is_met(task, text); });
      return report::dump(explore::to_json(asked, verdict));
    });
  }
  explore::Cells cells;
  bool safe = true;
  bool complete = true;
  std::set<std::string> left_out;
  for (const std::string& text : run_jobs(jobs, std::thread::hardware_concurrency(), environment.err)) {
    cells.push_back(nlohmann::ordered_json::parse(text));
    safe = safe && cells.back().at("safe").get<bool>();
    complete = complete && cells.back().at("complete").get<bool>();
    left_out.merge(cells.back().at("left_out").get<std::set<std::string>>());
  }
  for (const explore::Omission& omission : plan.omissions) {
    if (!left_out.contains(text_of(omission))) {
      throw UserError("--omit", 0,
                      "'" + text_of(omission) + "' is nothing that any of these could leave out");
    }
  }
  output.write(format == "json"       ? report::dump(nlohmann::ordered_json(cells))
               : format == "markdown" ? explore::matrix_to_markdown(cells)
                                      : explore::matrix_to_text(cells));
  return exit_code_of(safe, complete);
}

ExitCode run_explore(const Arguments& arguments, const Environment& environment) {
  const Plan plan = plan_from(arguments);
  if (arguments.has("matrix")) {
    return explore_matrix(arguments, environment, plan);
  }
  if (arguments.positionals.size() != 1) {
    throw UserError("expected one scenario, or --matrix for all; shipped are " +
                    joined(explore::shipped_scenario_names(), ", "));
  }
  return explore_one(arguments, environment, plan);
}

}  // namespace

Command explore_command() {
  std::vector<Option> options = {
      {"kernel", "NAME", "the kernel", "ipi-free-flush", false, kernels},
      {"walker", "old|new", "how lockless walkers treat what they find; the kernel's own if not given", "",
       false, walkers},
      {"omit", "ROUTINE:OPERATION", "leave an operation out of a routine, as in fixup_tlbie:tlbie", "", true},
      {"matrix", "", "every scenario, or those named, under every kernel and walker", ""},
      {"max-steps", "N", "cut a schedule off after so many steps", "2000"},
      {"schedule", "ACTORS", "execute one schedule, as a counterexample names it, and list its steps", ""},
      {"trace", "FILE", "write the counterexample or the schedule as a trace (Perfetto, chrome://tracing)",
       ""}};
  const std::vector<Option> machine = machine_options();
  options.insert(options.end(), machine.begin(), machine.end());
  const std::vector<Option> rest = {
      {"option", "NAME=VALUE", "an option of the script", "", true},
      {"seed", "N", "the seed of the script's randomness", "1"},
      {"format", "text|json|markdown", "what is printed", "text", false, formats},
      {"output", "FILE", "write there instead, whole or not at all", "", false, {}, 'o'}};
  options.insert(options.end(), rest.begin(), rest.end());
  return {
      "explore",
      "Every interleaving of a small scenario, or the shortest counterexample",
      "[SCENARIO...]",
      "Tries every interleaving of the scenario's threads, interrupts, table walks, stores on their way and "
      "tlbies in each core, and says that all of them are safe, with their number, or shows the shortest way "
      "to a broken rule, step by step. A scenario is a script, or one of those that come with the program, "
      "by "
      "name. Exit status 1 means that a rule is broken, 3 that not every interleaving could be tried.",
      options,
      run_explore};
}

}  // namespace p9mmu::model
