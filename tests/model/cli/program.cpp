#include "model/cli/program.h"

#include <catch2/catch.hpp>
#include <csignal>

#include "mmu/error.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("the options --version and --help and a command's help go to standard output") {
  CHECK_THAT(run_words({"--version"}).out, StartsWith("p9mmu "));
  const Outcome help = run_words({"--help"});
  CHECK(help.code == ExitCode::success);
  CHECK(help.err.empty());
  for (const Command& command : commands()) {
    CHECK_THAT(help.out, Contains("\n  " + command.name + " "));
    CHECK(run_words({command.name, "--help"}).out == run_words({"help", command.name}).out);
  }
  for (const ExitCodeMeaning& row : kExitCodes) {
    CHECK_THAT(help.out, Contains("\n  " + std::to_string(static_cast<int>(row.code)) + " "));
  }
}

TEST_CASE("a mistake is one line on stderr, exit code 2 and no output") {
  const auto [words, line] = GENERATE(table<std::vector<std::string>, std::string>({
      {std::vector<std::string>{}, "p9mmu: no command; p9mmu --help lists them\n"},
      {{"rum", "x.lua"}, "p9mmu: unknown command 'rum' (did you mean 'run'?); p9mmu --help lists them\n"},
      {{"help", "rum"}, "p9mmu: unknown command 'rum' (did you mean 'run'?); p9mmu --help lists them\n"},
      {{"run"}, "p9mmu: run: SCRIPT.lua is missing; expected p9mmu run SCRIPT.lua\n"},
      {{"run", "x.lua", "--set"}, "p9mmu: run: --set has no value; expected --set PARAMETER=VALUE\n"},
      {{"params", "--set", "fabric.tlbie.issue=4"},
       "p9mmu: --set: fabric.tlbie.issue is '4'; expected a time such as 370 ns, 1.5 us or 42 cycles\n"},
      {{"params", "--set", "a\nb"},
       "p9mmu: --set: 'a b' is not PARAMETER=VALUE; expected one such as fabric.tlbie.issue=400ns\n"},
      {{"completion", "fish"},
       "p9mmu: completion: unknown 'fish' (did you mean 'bash'?); expected one of bash\n"},
  }));
  const Outcome outcome = run_words(words);
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == line);
  CHECK(outcome.out.empty());
}

TEST_CASE("a full disk or a closed pipe is exit code 74") {
  const Outcome outcome = run_words({"params", "--output", "/dev/full"});
  CHECK(outcome.code == ExitCode::output);
  CHECK(outcome.err == "p9mmu: /dev/full cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace p9mmu::model
