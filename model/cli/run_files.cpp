#include "model/cli/run_files.h"

#include <filesystem>
#include <limits>
#include <map>

#include "mmu/error.h"
#include "model/cli/options.h"
#include "model/report/stacks.h"
#include "model/trace/trace_events.h"

namespace p9mmu::model {
namespace {

std::string folded(const report::RunDocument& document, const std::vector<Recordings>&) {
  return report::to_folded(document);
}

std::string speedscope(const report::RunDocument& document, const std::vector<Recordings>&) {
  return report::to_speedscope(document);
}

std::string trace(const report::RunDocument& document, const std::vector<Recordings>& recordings) {
  std::vector<std::string> events;
  events.reserve(recordings.size());
  for (const Recordings& recorded : recordings) {
    events.push_back(recorded.trace_events);
  }
  return trace_file(events, document.program_version);
}

/// Of the one kernel that there is; nothing of one that was interrupted.
std::string waveform(const report::RunDocument&, const std::vector<Recordings>& recordings) {
  return recordings.empty() ? "" : recordings.front().waveform;
}

struct Kind {
  const char* option;
  const char* meaning;
  std::string (*text)(const report::RunDocument&, const std::vector<Recordings>&);
};

constexpr const char* kTrace = "trace";
constexpr const char* kVcd = "vcd";

constexpr Kind kKinds[] = {
    {"folded", "also write the accounts as folded stacks there, in ns, for flamegraph.pl or inferno", folded},
    {"speedscope", "also write the accounts as a profile for speedscope there", speedscope},
    {kTrace, "also write what happened in a window of time there, for Perfetto", trace},
    {kVcd, "also write a waveform of the one kernel there (SystemC's sc_trace), for GTKWave; small runs only",
     waveform},
};

/// Devices and pipes may well be named twice.
void check_different(std::map<std::string, std::string>& taken, const std::string& option,
                     const std::string& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_other(path, ignored)) {
    return;
  }
  const std::string where = std::filesystem::weakly_canonical(path, ignored).string();
  const auto [found, added] = taken.emplace(where.empty() ? path : where, option);
  if (!added) {
    throw mmu::UserError("--" + option, 0,
                         "'" + path + "' is the file of --" + found->second + " already; expected another");
  }
}

RecordingRequest parse_recording(const Arguments& arguments) {
  RecordingRequest request;
  TraceRequest trace;
  trace.window = parse_trace_window("--trace-window", arguments.get("trace-window"));
  trace.most_spans =
      parse_whole("--trace-limit", arguments.get("trace-limit"), std::numeric_limits<std::uint32_t>::max());
  if (arguments.has(kTrace)) {
    request.trace = trace;
  }
  request.waveform = arguments.has(kVcd);
  if (request.waveform && arguments.get("kernel").find(',') != std::string::npos) {
    throw mmu::UserError(std::string("--") + kVcd, 0,
                         "a waveform is of one kernel; expected one, as with --kernel ipi");
  }
  return request;
}

}  // namespace

std::vector<Option> run_file_options() {
  std::vector<Option> options;
  for (const Kind& kind : kKinds) {
    options.push_back({kind.option, "FILE", kind.meaning, ""});
  }
  options.push_back({"trace-window", "[PHASE:]BEGIN,END",
                     "that window, counted from the run's begin, or from a phase's (no name: the first)",
                     ":0us,2ms"});
  options.push_back(
      {"trace-limit", "N", "the window closes after so many stays of CPUs and snoops", "20000"});
  return options;
}

RunFiles::RunFiles(const Arguments& arguments) : record_(parse_recording(arguments)) {
  std::map<std::string, std::string> taken;
  check_different(taken, "output", arguments.get("output"));
  for (const Kind& kind : kKinds) {
    if (arguments.has(kind.option)) {
      const std::string path = arguments.get(kind.option);
      check_different(taken, kind.option, path);
      files_.push_back({std::make_unique<Output>(-1, path), kind.text});
    }
  }
}

void RunFiles::write(const report::RunDocument& document, const std::vector<Recordings>& recordings) {
  for (const File& file : files_) {
    file.output->write(file.text(document, recordings));
  }
}

}  // namespace p9mmu::model
