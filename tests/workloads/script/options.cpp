#include "workloads/script/options.h"

#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

const std::string kDeclarations =
    "print(option('count', 3, 'how many'))                                    "
    "print(option('rate', 0.5, 'how fast'))                                   "
    "print(option('deep', false, 'whether'))                                  "
    "print(option('label', 'x', 'what'))                                      "
    "print(size_option('guest', '2MiB', 'how large'))                         "
    "print(choice_option('mode', 'idle', {'idle', 'busy'}, 'which'))          "
    "print(table.concat(cpus_option('cpus', '0-3', 'where'), ' '))            ";

TEST_CASE("an option has its default, or the value that was given, in the type of its declaration") {
  CHECK(output_of(kDeclarations) == "3|0.5|false|x|2097152|idle|0 1 2 3");
  CHECK(output_of(kDeclarations, {{"count", "-7"},
                                  {"rate", "1e3"},
                                  {"deep", "true"},
                                  {"label", "a b"},
                                  {"guest", "1GiB"},
                                  {"mode", "busy"},
                                  {"cpus", "120-127:4,0"}}) ==
        "-7|1000.0|true|a b|1073741824|busy|0 120 124");
}

TEST_CASE("a given value that has no sense is the user's mistake, named with the option") {
  const auto [name, value, problem] = GENERATE(table<std::string, std::string, std::string>({
      {"count", "2.5", "option 'count': '2.5' is not an integer"},
      {"count", "9223372036854775808", "option 'count': '9223372036854775808' is not an integer"},
      {"count", "", "option 'count': '' is not an integer"},
      {"rate", "fast", "option 'rate': 'fast' is not a number"},
      {"rate", "1.5x", "option 'rate': '1.5x' is not a number"},
      {"rate", "inf", "option 'rate': 'inf' is not a finite number"},
      {"deep", "yes", "option 'deep': 'yes' is not a boolean; expected true or false"},
      {"guest", "4GB", "option 'guest': '4GB' is not a size; expected a number with a unit"},
      {"mode", "bussy", "option 'mode': 'bussy' is none of idle, busy (did you mean 'busy'?)"},
      {"cpus", "0-128", "option 'cpus': there is no CPU 128; the machine has 128 CPUs, 0 to 127"},
  }));
  CAPTURE(name, value);
  CHECK_THAT(script_error("\n" + kDeclarations, {{name, value}}), Contains("dir/test.lua:2: " + problem));
  CHECK_THAT(script_error("pcall(function() " + kDeclarations + " end)", {{name, value}}), Contains(problem));
}

TEST_CASE("a given option that the script does not declare is an error that names the nearest") {
  CHECK(script_error(kDeclarations, {{"geust", "1GiB"}}) ==
        "dir/test.lua: the script has no option 'geust' (did you mean 'guest'?)");
  CHECK(script_error("option('a', 1, 'x') option('b', 1, 'x')", {{"temperature", "1"}}) ==
        "dir/test.lua: the script has no option 'temperature'; it has a, b");
  CHECK(script_error("", {{"temperature", "1"}}) == "dir/test.lua: the script has no option 'temperature'");
}

TEST_CASE("a wrong declaration is an error of the script") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"option('a', 1, 'x') option('a', 2, 'x')", "option 'a' is declared twice"},
      {"option('a b', 1, 'x')", "option 'a b': a name is made of a to z"},
      {"option('', 1, 'x')", "an option's name has 0 characters; expected 1 to 4096"},
      {"option('a', 1)", "bad argument #3 to 'option' (string expected, got no value)"},
      {"option('a', 1, 'two\\nlines')", "an option's help contains a control character"},
      {"option('a', {}, 'x')", "option 'a': the default is a table; expected a number, boolean or string"},
      {"option('a', 0/0, 'x')", "finite number"},
      {"size_option('a', 'much', 'x')", "option 'a': 'much' is not a size"},
      {"choice_option('a', 'c', {'x', 'y'}, 'x')", "option 'a': 'c' is none of x, y"},
      {"choice_option('a', 'c', {}, 'x')", "option 'a': expected a list of choices"},
      {"cpus_option('a', '0-200', 'x')", "the machine has 128 CPUs"},
      {"spawn(0, function() option('a', 1, 'x') end)", "option is for the main chunk, not for a thread"},
      {"for i = 1, 1001 do option('a' .. i, 1, 'x') end", "more than 1000 uses of option"},
      {"for i = 1, 1001 do assumption('a') end", "more than 1000 uses of assumption"},
      {"assumption(('a'):rep(5000))", "an assumption has 5000 characters"},
      {"published('m', {ipi = 0}, 's')", "published figures are milliseconds by kernel"},
      {"published('m', {82150}, 's')", "published figures are milliseconds by kernel"},
      {"published('m', {}, 's') published('m', {}, 's')", "figures for phase 'm' are published twice"},
  }));
  CAPTURE(text);
  CHECK_THAT(script_error("\n" + text), Contains("dir/test.lua:2: ") && Contains(problem));
}

TEST_CASE("the host lists options, published figures and assumptions as they were declared") {
  Script script(Given{{"guest", "1GiB"}});
  script.load(kDeclarations +
              "published('munmap', {['ipi-free'] = 39, ipi = 82150}, 'a letter') assumption('quiet')");
  const std::vector<OptionDeclared>& options = script.host.options();
  REQUIRE(options.size() == 7);
  CHECK(options[1].default_value == "0.5");
  CHECK(options[1].type == OptionType::number);
  CHECK(options[4].name == "guest");
  CHECK(options[4].default_value == "2MiB");
  CHECK(options[4].value == "1GiB");
  CHECK(options[4].help == "how large");
  CHECK(std::string(name(options[4].type)) == "size");
  CHECK_THAT(options[5].choices, Equals(std::vector<std::string>{"idle", "busy"}));
  REQUIRE(script.host.published().size() == 1);
  CHECK(script.host.published()[0].phase == "munmap");
  CHECK(script.host.published()[0].source == "a letter");
  CHECK(script.host.published()[0].ms_by_kernel ==
        std::map<std::string, double>{{"ipi", 82150}, {"ipi-free", 39}});
  CHECK_THAT(script.host.assumptions(), Equals(std::vector<std::string>{"quiet"}));
}

}  // namespace
}  // namespace p9mmu::workloads::testing
