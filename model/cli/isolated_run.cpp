#include "model/cli/isolated_run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>
#include <memory>

#include "mmu/error.h"
#include "model/cli/child.h"
#include "model/cli/interrupt_watch.h"
#include "model/report/json.h"

namespace p9mmu::model {
namespace {

using report::Json;

/// What a child hands back: its results, or the mistake that it found.
std::string compute(RunRequest request, const Environment::Simulate& simulate) {
  Json answer;
  try {
    Recordings recordings;
    request.recordings = &recordings;
    answer["results"] = Json::array();
    for (const report::PhaseResult& result : simulate(request)) {
      answer["results"].push_back(to_json(result, request.machine));
    }
    answer["trace"] = std::move(recordings.trace_events);
    answer["waveform"] = std::move(recordings.waveform);
    if (recordings.audited) {
      answer["findings"] = report::to_json(recordings.audited->findings);
    }
  } catch (const mmu::UserError& error) {
    answer = {{"user_error", error.what()}};
  } catch (const std::exception& error) {
    answer = {{"failure", error.what()}};
  }
  return report::dump(answer);
}

std::string how_it_ended(const ChildEnd& end) {
  if (end.exited) {
    return "ended with status " + std::to_string(end.status) + " and without a result";
  }
  const char* name = sigabbrev_np(end.status);
  return "was killed by signal " + std::to_string(end.status) +
         (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
}

/// One kernel's part of IsolatedRuns.
struct RunOutcome {
  std::vector<report::PhaseResult> results;
  Recordings recordings;
};

/// What the child handed back. Throws what it stands for if that is no outcome.
RunOutcome outcome_of(const std::string& kernel, const ChildEnd& end) {
  const std::string which = "the run under kernel " + kernel + " ";
  if (!end.exited || end.status != 0) {
    throw RunFailed(which + how_it_ended(end));
  }
  const Json answer = Json::parse(end.text);
  if (answer.contains("user_error")) {
    throw mmu::UserError(answer["user_error"].get<std::string>());
  }
  if (answer.contains("failure")) {
    throw RunFailed(which + "failed: " + answer["failure"].get<std::string>());
  }
  RunOutcome outcome;
  for (const Json& entry : answer.at("results")) {
    outcome.results.push_back(report::result_from_json(entry));
    outcome.results.back().host_seconds = end.seconds;
    outcome.results.back().host_peak_bytes = end.peak_bytes;
  }
  answer.at("trace").get_to(outcome.recordings.trace_events);
  answer.at("waveform").get_to(outcome.recordings.waveform);
  if (answer.contains("findings")) {
    outcome.recordings.audited = {kernel, report::findings_from_json(answer["findings"])};
  }
  return outcome;
}

class Runs {
 public:
  Runs(const std::vector<RunRequest>& requests, const Environment::Simulate& simulate, unsigned at_once,
       const Progress& progress)
      : requests_(requests), simulate_(simulate), at_once_(std::max(1U, at_once)), progress_(progress) {}

  IsolatedRuns run() {
    const InterruptWatch watch;
    const auto start = std::chrono::steady_clock::now();
    while (settled_ < requests_.size() && !InterruptWatch::seen()) {
      start_some();
      wait(watch);
      settle();
      if (progress_) {
        const auto span = std::chrono::steady_clock::now() - start;
        tell(std::chrono::duration_cast<std::chrono::seconds>(span).count());
      }
    }
    return collect();
  }

 private:
  [[nodiscard]] unsigned running() const {
    return static_cast<unsigned>(
        std::count_if(children_.begin(), children_.end(), [](const auto& child) { return !child->ended(); }));
  }

  void start_some() {
    while (children_.size() < requests_.size() && running() < at_once_) {
      const RunRequest& request = requests_[children_.size()];
      children_.push_back(std::make_unique<Child>([&] { return compute(request, simulate_); }));
    }
  }

  void wait(const InterruptWatch& watch) {
    std::vector<pollfd> descriptors;
    for (const auto& child : children_) {
      descriptors.push_back({child->descriptor(), POLLIN, 0});  // poll passes over those below 0
    }
    constexpr timespec kTick = {0, 200'000'000};
    watch.poll(descriptors, progress_ ? &kTick : nullptr);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (descriptors[i].revents != 0) {
        children_[i]->read_some();
      }
    }
  }

  /// Looks at the children that have ended, up to the first that has not, so that the mistake reported does
  /// not depend on which is faster.
  void settle() {
    // A run that an interrupt from the terminal has killed is not a failed one.
    if (InterruptWatch::seen()) {
      return;
    }
    while (settled_ < children_.size() && children_[settled_]->ended()) {
      const ChildEnd& end = children_[settled_]->end();
      if (!end.exited && end.status == SIGINT) {
        InterruptWatch::note();  // the terminal interrupts all; the child was faster than our own poll
        return;
      }
      outcomes_.push_back(outcome_of(requests_[settled_].kernel, end));
      ++settled_;
    }
  }

  /// What is there now; all of it unless there was an interrupt.
  IsolatedRuns collect() {
    IsolatedRuns all;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (i >= settled_ && !finished_well(i)) {
        all.missing.push_back(requests_[i].kernel);
        continue;
      }
      RunOutcome outcome =
          i < settled_ ? std::move(outcomes_[i]) : outcome_of(requests_[i].kernel, children_[i]->end());
      std::move(outcome.results.begin(), outcome.results.end(), std::back_inserter(all.results));
      all.recordings.push_back(std::move(outcome.recordings));
    }
    children_.clear();  // kills those that still run
    return all;
  }

  [[nodiscard]] bool finished_well(std::size_t i) const {
    return i < children_.size() && children_[i]->ended() && children_[i]->end().exited &&
           children_[i]->end().status == 0;
  }

  void tell(long seconds) const {
    std::vector<std::string> done;
    std::vector<std::string> running;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      (children_[i]->ended() ? done : running).push_back(requests_[i].kernel);
    }
    progress_(seconds, done, running);
  }

  const std::vector<RunRequest>& requests_;
  const Environment::Simulate& simulate_;
  unsigned at_once_;
  const Progress& progress_;
  std::vector<std::unique_ptr<Child>> children_;  ///< of the first requests, as far as started
  std::size_t settled_ = 0;                       ///< how many of them have been looked at
  std::vector<RunOutcome> outcomes_;
};

}  // namespace

IsolatedRuns run_isolated(const std::vector<RunRequest>& requests, const Environment::Simulate& simulate,
                          unsigned at_once, const Progress& progress) {
  return Runs(requests, simulate, at_once, progress).run();
}

}  // namespace p9mmu::model
