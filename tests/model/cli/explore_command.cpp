#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

struct Refused {
  const char* omission;
  const char* said;
};

TEST_CASE("what a scenario cannot leave out is an error that names what it can") {
  const auto refused = GENERATE(values<Refused>({
      {"__vm_munmap:hwsink", "could leave out"},
      {"_tlbie_va_range:tlbsync",
       "of _tlbie_va_range it could 'eieio; tlbsync; ptesync', 'ptesync', 'tlbie'"},
      {"fixup_tlbi:tlbie", "did you mean 'fixup_tlbie:tlbie'?"},
  }));
  CAPTURE(refused.omission);
  const Outcome outcome = run_words({"explore", "munmap_reader", "--omit", refused.omission});
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Contains(refused.said));
}

TEST_CASE("a verdict says what was left out, and the command that shows it again does") {
  const Outcome outcome =
      run_words({"explore", "munmap_reader", "--omit", "_tlbie_va_range:tlbie", "--seed", "7"});
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK_THAT(outcome.out, StartsWith("races/munmap_reader.lua under ipi-free-flush, new walkers, without "
                                     "_tlbie_va_range:tlbie: unsafe"));
  CHECK_THAT(outcome.out, Contains("tlbie (left out)"));
  const std::string start = "p9mmu explore munmap_reader --kernel ipi-free-flush --walker new ";
  const std::size_t command = outcome.out.find(start);
  REQUIRE(command != std::string::npos);
  CHECK_THAT(outcome.out.substr(command), Contains("--omit _tlbie_va_range:tlbie --seed 7 --schedule '"));
  const std::size_t schedule = outcome.out.find('\'', command) + 1;
  const Outcome again =
      run_words({"explore", "races/munmap_reader.lua", "--omit", "_tlbie_va_range:tlbie", "--schedule",
                 outcome.out.substr(schedule, outcome.out.find('\'', schedule) - schedule)});
  CHECK(again.code == ExitCode::mismatch);
  CHECK(outcome.out.find(again.out) != std::string::npos);
}

TEST_CASE("a verdict's JSON holds its inputs") {
  const auto json =
      nlohmann::json::parse(run_words({"explore", "munmap_walker", "--format", "json", "--seed", "7"}).out);
  CHECK(json.at("machine") == "power9-2x16");
  CHECK(json.at("seed") == 7);
  CHECK(json.at("left_out").empty());
}

TEST_CASE("a search that was cut off is neither safe nor unsafe") {
  const Outcome outcome = run_words({"explore", "munmap_walker", "--max-steps", "3"});
  CHECK(outcome.code == ExitCode::incomplete);
  CHECK_THAT(outcome.out, Contains("nothing found"));
}

TEST_CASE("a misspelt scenario is answered with the nearest") {
  const Outcome outcome = run_words({"explore", "munmap_readr"});
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK_THAT(outcome.err, Contains("did you mean 'munmap_reader'?"));
}

}  // namespace
}  // namespace p9mmu::model
