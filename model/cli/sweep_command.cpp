#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/interrupt_watch.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/cli/program.h"
#include "model/cli/terminal_line.h"
#include "model/report/numbers.h"
#include "model/sweep/listing.h"
#include "model/sweep/local_workers.h"
#include "model/sweep/sweep.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

constexpr std::uint64_t kMostJobs = 4096;

std::string read_plan(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) {
    throw UserError(path, 0, std::string("cannot be read: ") + std::strerror(errno == 0 ? EISDIR : errno));
  }
  return text.str();
}

/// All that is asked for, checked.
struct Asked {
  std::string plan;
  std::string output;
  std::size_t jobs = 1;
  PointLimits limits;
  bool rerun_failed = false;
  bool is_dry = false;
};

Asked read_arguments(const Arguments& arguments, const PointLimits& plan_limits) {
  Asked asked;
  asked.output = arguments.get("output");
  asked.is_dry = arguments.has("dry-run");
  asked.rerun_failed = arguments.has("rerun-failed");
  asked.jobs = std::max(1U, std::thread::hardware_concurrency());
  if (arguments.has("jobs")) {
    asked.jobs = parse_whole("--jobs", arguments.get("jobs"), kMostJobs);
    if (asked.jobs == 0) {
      throw UserError("--jobs", 0, "nobody would run anything; expected at least 1");
    }
  }
  asked.limits = plan_limits;
  if (arguments.has("time-limit")) {
    asked.limits.seconds = parse_time_limit(arguments.get("time-limit"), {"--time-limit", 0});
  }
  if (arguments.has("memory-limit")) {
    asked.limits.memory_bytes = parse_memory_limit(arguments.get("memory-limit"), {"--memory-limit", 0});
  }
  if (asked.output.empty() && !asked.is_dry) {
    throw UserError("--output is missing; expected p9mmu sweep PLAN.toml -o FILE.sqlite");
  }
  return asked;
}

std::string state_text(PointState state) {
  switch (state) {
    case PointState::missing:
      return "to do";
    case PointState::done:
      return "done";
    case PointState::failed:
      return "failed";
    case PointState::lost:
      return "to do again";
  }
  return "";
}

PointState state_in(const Recorded& recorded, const std::string& hash) {
  const auto found = recorded.points.find(hash);
  return found == recorded.points.end() ? PointState::missing : found->second.state;
}

std::string dry_run(const SweepPlan& plan, const Recorded& recorded) {
  return describe_plan(plan) + "\n\n" + list_points(plan, [&](std::size_t point) {
           return state_text(state_in(recorded, plan.hash(point)));
         });
}

class Progress {
 public:
  explicit Progress(int descriptor) : line_(descriptor) {}

  std::function<void(const SweepProgress&)> function() {
    if (!line_.is_seen()) {
      return nullptr;
    }
    return [this](const SweepProgress& progress) { tell(progress); };
  }

 private:
  void tell(const SweepProgress& progress) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (seconds < 2) {
      return;
    }
    std::string text = "p9mmu: " + std::to_string(progress.ended) + " of " + std::to_string(progress.to_do) +
                       " points, " + std::to_string(progress.running) + " running";
    if (progress.failed + progress.lost > 0) {
      text += ", " + std::to_string(progress.failed + progress.lost) + " failed";
    }
    text += "; " + waiting_time(seconds);
    if (progress.ended > 0) {
      const double each = seconds / static_cast<double>(progress.ended);
      text +=
          ", about " + waiting_time(each * static_cast<double>(progress.to_do - progress.ended)) + " left";
    }
    line_.tell(text);
  }

  TerminalLine line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

SweepEnd do_points(const SweepPlan& plan, const Asked& asked, const Environment& environment) {
  ResultsDatabase database(asked.output);
  database.add_plan(plan);
  const std::vector<std::size_t> points = points_to_do(plan, read_recorded(asked.output), asked.rerun_failed);
  Progress progress(environment.err);
  const InterruptWatch watch({SIGTERM});
  PointRunner runner(plan, environment.simulate, asked.limits);
  LocalWorkers workers(runner, watch, asked.jobs);
  SweepEnd end = run_sweep(plan, points, asked.limits, workers, database, progress.function());
  database.close();
  return end;
}

/// What is in the database now, in one line.
std::string summary(const SweepPlan& plan, const Recorded& recorded, const SweepEnd& end,
                    const std::string& output) {
  std::array<std::int64_t, 4> counts{};
  for (std::size_t point = 0; point < plan.size(); ++point) {
    ++counts[static_cast<std::size_t>(state_in(recorded, plan.hash(point)))];
  }
  const auto count = [&](PointState state) { return counts[static_cast<std::size_t>(state)]; };
  const auto now = static_cast<std::int64_t>(end.progress.ended - end.progress.failed - end.progress.lost);
  std::string text = plan.file().name + ": " + report::grouped(count(PointState::done)) + " of " +
                     report::grouped(static_cast<std::int64_t>(plan.size())) + " points are done, " +
                     report::grouped(now) + " of them now";
  if (count(PointState::failed) > 0) {
    text += "; " + report::grouped(count(PointState::failed)) + " failed (--rerun-failed does them again)";
  }
  if (count(PointState::lost) > 0) {
    text += "; " + report::grouped(count(PointState::lost)) +
            " ended from outside (the same command does them again)";
  }
  return text + "; " + output + "\n";
}

ExitCode tell_end(const SweepPlan& plan, const Asked& asked, const SweepEnd& end,
                  const Environment& environment) {
  const Recorded recorded = read_recorded(asked.output);
  std::string problems;
  for (const std::string& message : end.messages) {
    problems += "p9mmu: " + message + "\n";
  }
  if (end.interrupted) {
    problems += "p9mmu: interrupted; the same command does the rest\n";
  }
  write_all(environment.err, problems, "standard error");
  write_all(environment.out, summary(plan, recorded, end, asked.output), "standard output");
  if (end.interrupted) {
    return ExitCode::interrupted;
  }
  for (std::size_t point = 0; point < plan.size(); ++point) {
    if (state_in(recorded, plan.hash(point)) != PointState::done) {
      return ExitCode::mismatch;
    }
  }
  return ExitCode::success;
}

ExitCode sweep(const Arguments& arguments, const Environment& environment) {
  const std::string path = arguments.positionals.front();
  PlanFile file = parse_plan_file(read_plan(path), path);
  const Asked asked = read_arguments(arguments, file.limits);
  const SweepPlan plan(std::move(file), program_version());
  const Recorded recorded = asked.output.empty() ? Recorded() : read_recorded(asked.output);
  if (asked.is_dry) {
    write_all(environment.out, dry_run(plan, recorded), "standard output");
    return ExitCode::success;
  }
  SweepEnd end;
  if (!recorded.plans.contains(plan.hash()) || !points_to_do(plan, recorded, asked.rerun_failed).empty()) {
    end = do_points(plan, asked, environment);
  }
  return tell_end(plan, asked, end, environment);
}

}  // namespace

Command sweep_command() {
  const std::vector<Option> options = {
      {"output", "FILE.sqlite", "the database that takes the results", "", false, {}, 'o'},
      {"jobs", "N", "points at a time; as many as there are processors if not given", "", false, {}, 'j'},
      {"time-limit", "TIME", "end a point that takes longer, as in 30s; if not given the plan's, or 10min",
       ""},
      {"memory-limit", "SIZE", "end a point that needs more, as in 2GiB; if not given the plan's, or 4GiB",
       ""},
      {"rerun-failed", "", "do points again that failed", ""},
      {"dry-run", "", "list the points and estimate the time instead of running them", ""}};
  return {"sweep",
          "A grid of runs, in parallel, into one database",
          "PLAN.toml",
          "Runs every point of the plan, each in a process of its own, and records it in the database as it "
          "ends. "
          "What is recorded already is not run again, so that the same command goes on after whatever ended "
          "it.",
          options,
          sweep};
}

}  // namespace p9mmu::model
