#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/logging.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/cli/program.h"
#include "model/cli/sweep_execution.h"
#include "model/report/numbers.h"
#include "model/sweep/listing.h"
#include "model/sweep/plan_vocabulary.h"
#include "model/sweep/rank_workers.h"

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

/// All that is asked for, checked. `ranks` share the processors.
SweepOrder read_order(const Arguments& arguments, const PointLimits& plan_limits, int ranks) {
  SweepOrder asked;
  asked.database = arguments.get("output");
  asked.rerun_failed = arguments.has("rerun-failed");
  asked.jobs = ranks > 1 ? 1 : std::max(1U, std::thread::hardware_concurrency());
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
  if (asked.database.empty() && !arguments.has("dry-run")) {
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

/// Points with equal hashes are the same run.
std::set<std::string> hashes_of(const SweepPlan& plan) {
  std::set<std::string> hashes;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    hashes.insert(plan.hash(point));
  }
  return hashes;
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
  const std::set<std::string> different = hashes_of(plan);
  if (different.size() < plan.size()) {
    text += "; " + report::grouped(static_cast<std::int64_t>(plan.size() - different.size())) +
            " are the same as others, and run once";
  }
  return text + "; " + output + "\n";
}

ExitCode tell_end(const SweepPlan& plan, const std::string& database, const SweepEnd& end,
                  const Environment& environment) {
  const Recorded recorded = read_recorded(database);
  std::string problems;
  for (const std::string& message : end.messages) {
    problems += "p9mmu: " + message + "\n";
  }
  if (end.interrupted) {
    problems += "p9mmu: interrupted; the same command does the rest\n";
  }
  write_all(environment.err, problems, "standard error");
  write_all(environment.out, summary(plan, recorded, end, database), "standard output");
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

/// --set and --option, each NAME=VALUE, into the plan.
void fix_all(PlanFile& file, const Arguments& arguments, const std::string& option, const std::string& prefix,
             const std::string& example) {
  for (const std::string& text : arguments.all(option)) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw UserError("--" + option, 0, "'" + text + "' is not NAME=VALUE; expected one such as " + example);
    }
    fix(file, prefix + text.substr(0, equals), text.substr(equals + 1), "--" + option);
  }
}

struct Loaded {
  SweepPlan plan;
  SweepOrder order;
};

Loaded load(const Arguments& arguments, int ranks) {
  const std::string path = arguments.positionals.front();
  PlanFile file = parse_plan_file(read_plan(path), path);
  fix_all(file, arguments, "set", "", "fabric.tlbie.issue=400ns");
  fix_all(file, arguments, "option", std::string(kOptionPrefix), "guest=8GiB");
  SweepOrder order = read_order(arguments, file.limits, ranks);
  return {SweepPlan(std::move(file), program_version()), std::move(order)};
}

/// Rank 0 of several.
ExitCode lead(const Arguments& arguments, const RankEnvironment& job, const Environment& environment) {
  const Loaded loaded = load(arguments, job.size);
  PointServer server(loaded.plan, environment.simulate, loaded.order.limits);
  const std::unique_ptr<Ranks> ranks = join_ranks();
  const SweepEnd end = sweep_over(*ranks, server, loaded.plan, loaded.order, environment);
  const ExitCode code = tell_end(loaded.plan, loaded.order.database, end, environment);
  if (!end.workers_left) {
    ranks->finish();
  }
  return code;
}

/// Any other rank. Only rank 0 tells anything.
ExitCode follow(const Arguments& arguments, const RankEnvironment& job, const Environment& environment) {
  std::optional<Loaded> loaded;
  std::string mistake;
  try {
    loaded.emplace(load(arguments, job.size));
  } catch (const UserError& error) {
    mistake = error.what();
  }
  if (!loaded) {
    const std::unique_ptr<Ranks> ranks = join_ranks();
    report_mistake(*ranks, mistake);
    ::pause();  // rank 0 tells it and ends the job
    return ExitCode::user_mistake;
  }
  PointServer server(loaded->plan, environment.simulate, loaded->order.limits);
  const std::unique_ptr<Ranks> ranks = join_ranks();
  if (serve_rank(*ranks, server, loaded->plan, loaded->order.jobs)) {
    ranks->finish();
  }
  return ExitCode::success;
}

/// The plan and its points, with an estimate of the time.
ExitCode list(const Arguments& arguments, const RankEnvironment& job, const Environment& environment) {
  const auto [plan, order] = load(arguments, job.size);
  const Recorded recorded = order.database.empty() ? Recorded() : read_recorded(order.database);
  std::string text = describe_plan(plan) + "\n\n";
  text +=
      list_points(plan, [&](std::size_t point) { return state_text(state_in(recorded, plan.hash(point))); });
  text += "\n" + estimate_here(plan, order, recorded, environment) + "\n";
  write_all(environment.out, text, "standard output");
  return ExitCode::success;
}

ExitCode sweep(const Arguments& arguments, const Environment& environment) {
  start_logging("warn");  // on stderr, in the points' processes as well
  const RankEnvironment job = rank_environment();
  if (arguments.has("dry-run")) {
    return job.rank == 0 ? list(arguments, job, environment) : ExitCode::success;
  }
  if (job.size > 1) {
    return job.rank == 0 ? lead(arguments, job, environment) : follow(arguments, job, environment);
  }
  const Loaded loaded = load(arguments, job.size);
  const SweepEnd end = sweep_here(loaded.plan, loaded.order, environment);
  return tell_end(loaded.plan, loaded.order.database, end, environment);
}

}  // namespace

Command sweep_command() {
  const std::vector<Option> options = {
      {"output", "FILE.sqlite", "the database that takes the results", "", false, {}, 'o'},
      {"jobs", "N", "points at a time; as many as there are processors if not given", "", false, {}, 'j'},
      {"option", "NAME=VALUE", "an option of the script that does not vary in the plan", "", true},
      {"set", "PARAMETER=VALUE", "change a parameter that does not vary in the plan", "", true},
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
