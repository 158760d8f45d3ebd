#include "model/sweep/point_record.h"

#include <algorithm>
#include <csignal>
#include <new>

#include "mmu/error.h"
#include "model/report/json.h"
#include "model/report/numbers.h"

namespace p9mmu::model {
namespace {

using report::Json;

constexpr const char* kMistake = "user_error";
constexpr const char* kFailure = "failure";
constexpr const char* kOutOfMemory = "out_of_memory";
constexpr std::size_t kLongestMessage = 2000;

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json phase_to_json(const report::PhaseResult& result, const Machine& machine) {
  Json document = to_json(result, machine);
  document.erase("host_seconds");
  document.erase("host_peak_bytes");
  return {{"phase", result.phase},
          {"elapsed_ps", result.elapsed_ps},
          {"victim_ps", result.victim_ps},
          {"published_ms", document["published_ms"]},
          {"published_is", document["published_is"]},
          {"document", compact(document)}};
}

PhaseRecord phase_from_json(const Json& json) {
  PhaseRecord phase;
  json.at("phase").get_to(phase.phase);
  json.at("elapsed_ps").get_to(phase.elapsed_ps);
  json.at("victim_ps").get_to(phase.victim_ps);
  if (!json.at("published_ms").is_null()) {
    phase.published_ms = json.at("published_ms").get<double>();
  }
  if (!json.at("published_is").is_null()) {
    json.at("published_is").get_to(phase.published_is);
  }
  json.at("document").get_to(phase.document);
  return phase;
}

/// The last of what the process said, on one line.
std::string last_words(const std::string& said) {
  std::string text = said.size() > kLongestMessage ? said.substr(said.size() - kLongestMessage) : said;
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.empty() ? "" : ": " + text;
}

/// Signals that do not come from the program itself.
bool is_from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

PointRecord failed(std::string message) {
  PointRecord record;
  record.state = PointState::failed;
  record.message = std::move(message);
  return record;
}

std::string seconds_text(double seconds) {
  return report::significant(seconds, 3) + " s";
}

std::string memory_text(std::uint64_t bytes) {
  return report::grouped(static_cast<std::int64_t>(bytes >> 20)) + " MiB";
}

PointRecord record_of_answer(const PointEnd& end, const PointLimits& limits) {
  const Json answer = Json::parse(end.end.text, nullptr, false);
  if (answer.is_discarded()) {
    return failed("its process handed back what is no result" + last_words(end.end.said));
  }
  if (answer.contains(kMistake)) {
    return failed(answer[kMistake].get<std::string>());
  }
  if (answer.contains(kOutOfMemory)) {
    return failed("needed more than the memory limit of " + memory_text(limits.memory_bytes));
  }
  if (answer.contains(kFailure)) {
    return failed("failed: " + answer[kFailure].get<std::string>());
  }
  PointRecord record;
  record.state = PointState::done;
  for (const Json& phase : answer.at("results")) {
    record.phases.push_back(phase_from_json(phase));
  }
  return record;
}

PointRecord record_without_host(const PointEnd& end, const PointLimits& limits) {
  if (end.timed_out) {
    return failed("took longer than the time limit of " + seconds_text(limits.seconds));
  }
  if (!end.end.exited) {
    PointRecord record = failed("its process was " + signal_text(end.end.status) + last_words(end.end.said));
    record.state = is_from_outside(end.end.status) ? PointState::lost : PointState::failed;
    return record;
  }
  if (end.end.status != 0) {
    return failed("its process ended with status " + std::to_string(end.end.status) +
                  " and without a result" + last_words(end.end.said));
  }
  return record_of_answer(end, limits);
}

}  // namespace

std::string compute_point(const RunRequest& request, const Environment::Simulate& simulate) {
  try {
    Json answer;
    answer["results"] = Json::array();
    for (const report::PhaseResult& result : simulate(request)) {
      answer["results"].push_back(phase_to_json(result, request.machine));
    }
    return compact(answer);
  } catch (const mmu::UserError& error) {
    return mistake_text(error.what());
  } catch (const std::bad_alloc&) {
    return compact({{kOutOfMemory, true}});
  } catch (const std::exception& error) {
    return compact({{kFailure, error.what()}});
  }
}

std::string mistake_text(const std::string& mistake) {
  return compact({{kMistake, mistake}});
}

PointRecord record_of(const PointEnd& end, const PointLimits& limits) {
  PointRecord record = record_without_host(end, limits);
  record.seconds = end.end.seconds;
  record.peak_bytes = end.end.peak_bytes;
  return record;
}

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return "killed by signal " + std::to_string(signal) +
         (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
}

}  // namespace p9mmu::model
