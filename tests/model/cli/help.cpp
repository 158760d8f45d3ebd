#include "model/cli/help.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

TEST_CASE("a command's help names every option with its argument, meaning and default") {
  for (const Command& command : commands()) {
    const std::string help = command_help(command);
    CHECK_THAT(help, Catch::StartsWith("Usage: p9mmu " + command.name));
    for (const Option& option : command.options) {
      CAPTURE(command.name, option.name);
      CHECK_FALSE(option.meaning.empty());
      CHECK_THAT(help, Catch::Contains("--" + option.name));
      CHECK_THAT(help, Catch::Contains(option.argument));
    }
  }
}

TEST_CASE("no line of help is wider than 120 columns") {
  std::string text = program_help();
  for (const Command& command : commands()) {
    text += command_help(command);
  }
  std::string line;
  for (const char c : text) {
    line = c == '\n' ? "" : line + c;
    CAPTURE(line);
    REQUIRE(line.size() <= 120);
  }
}

TEST_CASE("the option tables of model/README.md are what p9mmu help --format markdown prints") {
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  CHECK_THAT(read_whole((root / "model/README.md").string()), Catch::Contains(options_markdown()));
}

}  // namespace
}  // namespace p9mmu::model
