#include "model/cli/options.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

Command sample_command() {
  Command command;
  command.name = "run";
  command.positional = "SCRIPT";
  command.options = {{"set", "PARAMETER=VALUE", "", "", true},
                     {"seed", "N", "", "1"},
                     {"format", "text|json", "", ""},
                     {"exact-events", "", "", ""}};
  return command;
}

std::string problem(const std::vector<std::string>& words) {
  return user_error([&] { (void)parse_arguments(sample_command(), words); });
}

TEST_CASE("options are read in any order, with their fallbacks, repeated ones in the order given") {
  const Arguments arguments =
      parse_arguments(sample_command(), {"--set", "a=1", "x.lua", "--set=b=2", "--exact-events"});
  CHECK(arguments.positionals == std::vector<std::string>{"x.lua"});
  CHECK(arguments.all("set") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(arguments.get("seed") == "1");
  CHECK(arguments.has("exact-events"));
  CHECK_FALSE(arguments.has("format"));
  CHECK(arguments.get("format").empty());
}

TEST_CASE("a mistake in the options is one line with the nearest right answer") {
  const auto [words, expected] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"x.lua", "--set"}, "run: --set has no value; expected --set PARAMETER=VALUE"},
      {{"x.lua", "--set", "--exact-events"}, "run: --set has no value; expected --set PARAMETER=VALUE"},
      {{"x.lua", "--set="}, "run: --set has no value; expected --set PARAMETER=VALUE"},
      {{"x.lua", "--sed", "1"},
       "run: unknown option '--sed' (did you mean '--set'?); p9mmu run --help lists them"},
      {{"x.lua", "--form", "json"},
       "run: unknown option '--form' (did you mean '--format'?); p9mmu run --help lists them"},
      {{"x.lua", "--seed", "1", "--seed", "2"}, "run: --seed is given more than once"},
      {{"x.lua", "--exact-events=1"}, "run: --exact-events takes no value"},
      {std::vector<std::string>{}, "run: SCRIPT is missing; expected p9mmu run SCRIPT"},
      {{"x.lua", "y.lua"}, "run: unexpected argument 'y.lua'"},
  }));
  CAPTURE(words);
  CHECK(problem(words) == expected);
}

TEST_CASE("the option --help lifts the need for anything else") {
  CHECK(parse_arguments(sample_command(), {"--help"}).has("help"));
  CHECK(parse_arguments(sample_command(), {"-h"}).has("help"));
}

TEST_CASE("whole numbers and words of options are checked") {
  CHECK(parse_whole("--seed", "18446744073709551615", ~std::uint64_t{0}) == ~std::uint64_t{0});
  CHECK(user_error([] { (void)parse_whole("--cpus", "-1", 9); }) ==
        "--cpus: '-1' is not a whole number from 0 to 9");
  CHECK(user_error([] { (void)parse_whole("--cpus", "10", 9); }) ==
        "--cpus: '10' is not a whole number from 0 to 9");
  CHECK(user_error([] { (void)parse_whole("--cpus", "1x", 9); }) ==
        "--cpus: '1x' is not a whole number from 0 to 9");
  CHECK(user_error([] {
          (void)parse_word("--format", "jsn", {"text", "json"});
        }) == "--format: unknown 'jsn' (did you mean 'json'?); expected one of text, json");
}

}  // namespace
}  // namespace p9mmu::model
