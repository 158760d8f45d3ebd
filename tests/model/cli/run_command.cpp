#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "mmu/error.h"
#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using report::Json;

std::vector<report::PhaseResult> simulate(const RunRequest& request) {
  if (request.script == "mistake.lua") {
    throw mmu::UserError("mistake.lua", 3, "no such function");
  }
  if (request.script == "death.lua") {
    ::kill(::getpid(), SIGKILL);
  }
  if (request.script == "interrupt.lua" && request.kernel == "ipi-free") {
    ::kill(::getpid(), SIGINT);
  }
  report::PhaseResult result = sample_result(request.kernel);
  result.cpus = request.machine.parameters.interconnect.topology.cpus();
  result.victim_ps = static_cast<std::int64_t>(request.seed) + (request.exact_events ? 1000 : 0);
  result.options.clear();
  for (const auto& [name, value] : request.options) {
    result.options.push_back({name, value});
  }
  return {result};
}

Json json_of(std::vector<std::string> words) {
  words.insert(words.end(), {"--format", "json"});
  const Outcome outcome = run_words(words, simulate);
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == ExitCode::success);
  CHECK(outcome.err.empty());
  return Json::parse(outcome.out);
}

TEST_CASE("run gives one document with an entry for each kernel, in order") {
  const Json json = json_of({"run", "x.lua"});
  REQUIRE(json["results"].size() == 3);
  CHECK(json["results"][0]["kernel"] == "ipi");
  CHECK(json["results"][1]["kernel"] == "ipi-free");
  CHECK(json["results"][2]["kernel"] == "ipi-free-flush");
  CHECK(json["results"][1]["published_is"].is_string());
  CHECK(json["results"][0]["host_peak_bytes"].get<std::int64_t>() > 0);
}

TEST_CASE("run hands its options on to the simulation and into the document") {
  const Json json = json_of({"run", "x.lua", "--kernel", "ipi-free", "--cpus", "1024", "--seed", "9",
                             "--option", "guest_size=8GiB", "--option", "busy=a=b", "--set",
                             "fabric.tlbie.issue=400ns", "--exact-events"});
  REQUIRE(json["results"].size() == 1);
  CHECK(json["results"][0]["cpus"] == 1024);
  CHECK(json["results"][0]["victim_ps"] == 1009);
  CHECK(json["results"][0]["options"]["busy"] == "a=b");
  CHECK(json["results"][0]["published_is"].is_null());
  CHECK(json["seed"] == 9);
  CHECK(json["workload"]["options"]["guest_size"] == "8GiB");
  CHECK(json["machine"]["parameters"]["fabric.tlbie.issue"]["replaced"] == "370 ns");
}

TEST_CASE("the option --no-profile leaves the call trees out") {
  const Outcome outcome = run_words({"run", "x.lua", "--no-profile"}, simulate);
  CHECK(outcome.code == ExitCode::success);
  CHECK_THAT(outcome.out, Contains("\nkernel ") && !Contains("munmap under "));
}

TEST_CASE("two runs give the same text") {
  const Outcome one = run_words({"run", "x.lua"}, simulate);
  const Outcome two = run_words({"run", "x.lua"}, simulate);
  CHECK(one.code == ExitCode::success);
  CHECK_THAT(one.out, Contains("\nkernel "));
  CHECK(one.out == two.out);
}

TEST_CASE("what is wrong with a run's options is told before anything runs") {
  const auto [words, line] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"--kernel", "ipi-fre"},
       "p9mmu: --kernel: unknown 'ipi-fre' (did you mean 'ipi-free'?); expected one of ipi, ipi-free, "
       "ipi-free-flush, v6.1\n"},
      {{"--kernel", "ipi,ipi"}, "p9mmu: --kernel: ipi is named twice\n"},
      {{"--option", "guest_size"},
       "p9mmu: --option: 'guest_size' is not NAME=VALUE; expected one such as guest=8GiB\n"},
      {{"--seed", "x"}, "p9mmu: --seed: 'x' is not a whole number from 0 to 18446744073709551615\n"},
      {{"--cpus", "100"},
       "p9mmu: --cpus: 100 is not a multiple of the 64 CPUs of a chip; nearest: 64 and 128\n"},
      {{"--format", "xml"}, "p9mmu: --format: unknown 'xml'; expected one of text, json\n"},
      {{"--log-level", "loud"},
       "p9mmu: --log-level: unknown 'loud'; expected one of trace, debug, info, warn, error, off\n"},
  }));
  std::vector<std::string> all = {"run", "x.lua"};
  all.insert(all.end(), words.begin(), words.end());
  const Outcome outcome = run_words(all, [](const RunRequest&) -> std::vector<report::PhaseResult> {
    throw mmu::UserError("the simulation was started");
  });
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == line);
  CHECK(outcome.out.empty());
}

TEST_CASE("a script's mistake is told once though every kernel meets it, and nothing is written") {
  const TemporaryDirectory directory;
  const Outcome outcome = run_words({"run", "mistake.lua", "--output", directory.file("result")}, simulate);
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == "p9mmu: mistake.lua:3: no such function\n");
  CHECK(outcome.out.empty());
  CHECK(directory.files() == 0);
}

TEST_CASE("a run that dies is exit code 70 and says which kernel and signal") {
  const Outcome outcome = run_words({"run", "death.lua"}, simulate);
  CHECK(outcome.code == ExitCode::internal);
  CHECK(outcome.err == "p9mmu: internal error: the run under kernel ipi was killed by signal 9 (SIGKILL)\n");
  CHECK(outcome.out.empty());
}

TEST_CASE("an interrupted run is exit code 130, prints what was finished and names the rest") {
  const Outcome outcome =
      run_words({"run", "interrupt.lua", "--kernel", "ipi-free", "--format", "json"}, simulate);
  CHECK(outcome.code == ExitCode::interrupted);
  CHECK(outcome.err == "p9mmu: interrupted; missing: ipi-free\n");
  CHECK(Json::parse(outcome.out)["missing"] == Json({"ipi-free"}));
}

TEST_CASE("the option --output writes the document there instead") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("result.json");
  const Outcome outcome = run_words({"run", "x.lua", "--format", "json", "--output", path}, simulate);
  CHECK(outcome.code == ExitCode::success);
  CHECK(outcome.out.empty());
  CHECK(Json::parse(read_whole(path))["schema"] == "p9mmu.run/1");
}

}  // namespace
}  // namespace p9mmu::model
