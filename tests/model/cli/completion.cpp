#include "model/cli/completion.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

/// What bash would offer for these words, the last of them incomplete.
std::string offered(const std::vector<std::string>& words) {
  const TemporaryDirectory directory;
  std::string text = bash_completion() + "COMP_WORDS=(";
  for (const std::string& word : words) {
    text += "'" + word + "' ";
  }
  text += ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) + "\n_p9mmu\necho \"${COMPREPLY[@]}\"\n";
  const std::string command = "cd / && bash '" + directory.write("test.bash", text) + "' 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 8192> buffer{};
  const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe);
  CHECK(::pclose(pipe) == 0);
  return std::string(buffer.data(), count);
}

TEST_CASE("bash completes commands, options and their values from the same table") {
  const auto [words, expected] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"p9mmu", "pa"}, "params\n"},
      {{"p9mmu", "run", "--exact"}, "--exact-events\n"},
      {{"p9mmu", "run", "--format", ""}, "text json\n"},
      {{"p9mmu", "params", "--format", "c"}, "csv\n"},
      {{"p9mmu", "run", "--machine", "power9-2x2"}, "power9-2x22\n"},
      {{"p9mmu", "run", "--set", "fabric.tlbie.is"}, "fabric.tlbie.issue=\n"},
  }));
  CAPTURE(words);
  CHECK(offered(words) == expected);
}

}  // namespace
}  // namespace p9mmu::model
