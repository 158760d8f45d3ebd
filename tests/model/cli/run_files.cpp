#include "model/cli/run_files.h"

#include <catch2/catch.hpp>

#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

std::vector<report::PhaseResult> simulate(const RunRequest& request) {
  if (request.record.trace) {
    request.recordings->trace_events = "\"" + request.kernel + " " + std::to_string(request.record.process) +
                                       " " + std::to_string(request.record.trace->window.end.ps()) + " " +
                                       std::to_string(request.record.trace->most_spans) + "\"";
  }
  if (request.record.waveform) {
    request.recordings->waveform = "a waveform of " + request.kernel + "\n";
  }
  return {sample_result(request.kernel)};
}

TEST_CASE("run writes the profiles that it is asked for beside its result") {
  const TemporaryDirectory directory;
  const std::string folded = directory.file("a.folded");
  const std::string speedscope = directory.file("a.json");
  const Outcome plain = run_words({"run", "x.lua"}, simulate);
  const Outcome outcome =
      run_words({"run", "x.lua", "--folded", folded, "--speedscope", speedscope}, simulate);
  CHECK(outcome.code == ExitCode::success);
  CHECK(outcome.out == plain.out);
  CHECK(outcome.err.empty());
  CHECK_THAT(read_whole(folded),
             Catch::StartsWith("ipi;munmap;CPU 0;sys_munmap;zap_huge_pmd;[memory] 600\n"));
  CHECK(report::Json::parse(read_whole(speedscope))["profiles"].size() == 6);
  CHECK(directory.files() == 2);
}

TEST_CASE("run writes the traces of all kernels into one file, of the window and length that are asked for") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("trace.json");
  REQUIRE(run_words({"run", "x.lua", "--trace", path}, simulate).code == ExitCode::success);
  CHECK(report::Json::parse(read_whole(path))["traceEvents"][0] == "ipi 1 2000000000 20000");
  REQUIRE(run_words({"run", "x.lua", "--kernel", "ipi-free,ipi", "--trace", path, "--trace-window", "1us,3us",
                     "--trace-limit", "7"},
                    simulate)
              .code == ExitCode::success);
  CHECK(report::Json::parse(read_whole(path))["traceEvents"] ==
        report::Json({"ipi-free 1 3000000 7", "ipi 2 3000000 7"}));
}

TEST_CASE("run writes the waveform of one kernel, and refuses several") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("run.vcd");
  REQUIRE(run_words({"run", "x.lua", "--kernel", "ipi-free", "--vcd", path}, simulate).code ==
          ExitCode::success);
  CHECK(read_whole(path) == "a waveform of ipi-free\n");
  const Outcome several = run_words({"run", "x.lua", "--vcd", path}, simulate);
  CHECK(several.code == ExitCode::user_mistake);
  CHECK(several.err == "p9mmu: --vcd: a waveform is of one kernel; expected one, as with --kernel ipi\n");
}

TEST_CASE("a window that is none is told before anything runs") {
  const Outcome outcome = run_words({"run", "x.lua", "--trace-window", "2us,1us"},
                                    [](const RunRequest&) -> std::vector<report::PhaseResult> {
                                      throw std::runtime_error("the simulation was started");
                                    });
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK_THAT(outcome.err, Catch::StartsWith("p9mmu: --trace-window: '2us,1us' is no window; expected "));
}

TEST_CASE("a file that cannot be written is told before anything runs") {
  const std::string option = GENERATE(as<std::string>(), "--folded", "--speedscope", "--trace");
  const Outcome outcome = run_words({"run", "x.lua", option, "/nowhere/at/all"},
                                    [](const RunRequest&) -> std::vector<report::PhaseResult> {
                                      throw std::runtime_error("the simulation was started");
                                    });
  CHECK(outcome.code == ExitCode::output);
  CHECK(outcome.err == "p9mmu: /nowhere/at/all cannot be written: No such file or directory\n");
  CHECK(outcome.out.empty());
}

TEST_CASE("the same file for two outputs is the user's mistake") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("x");
  const Outcome outcome =
      run_words({"run", "x.lua", "--output", path, "--folded", directory.file("./x")}, simulate);
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == "p9mmu: --folded: '" + directory.file("./x") +
                           "' is the file of --output already; expected another\n");
  CHECK(directory.files() == 0);
  CHECK(run_words({"run", "x.lua", "--output", "/dev/null", "--folded", "/dev/null"}, simulate).code ==
        ExitCode::success);
}

TEST_CASE("a run that fails leaves no profile behind") {
  const TemporaryDirectory directory;
  const Outcome outcome = run_words(
      {"run", "x.lua", "--folded", directory.file("x")},
      [](const RunRequest&) -> std::vector<report::PhaseResult> { throw std::runtime_error("an error"); });
  CHECK(outcome.code == ExitCode::internal);
  CHECK(directory.files() == 0);
}

}  // namespace
}  // namespace p9mmu::model
