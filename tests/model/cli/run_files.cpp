#include "model/cli/run_files.h"

#include <catch2/catch.hpp>

#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

std::vector<report::PhaseResult> simulate(const RunRequest& request) {
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

TEST_CASE("a file that cannot be written is told before anything runs") {
  const std::string option = GENERATE(as<std::string>(), "--folded", "--speedscope");
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
