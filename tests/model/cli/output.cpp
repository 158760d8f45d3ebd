#include "model/cli/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

TEST_CASE("a file of --output appears whole when written and leaves nothing beside it") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("result.json", "old");
  {
    Output output(1, path);
    CHECK(read_whole(path) == "old");
    output.write("new\n");
  }
  CHECK(read_whole(path) == "new\n");
  CHECK(directory.files() == 1);
}

TEST_CASE("a file of --output stays as it was when nothing was written") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("result.json", "old");
  { const Output output(1, path); }
  CHECK(read_whole(path) == "old");
  CHECK(directory.files() == 1);
}

TEST_CASE("a symbolic link given to --output stays a link to the file written") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("result.json", "old");
  const std::string link = directory.file("latest");
  std::filesystem::create_symlink(path, link);
  Output(1, link).write("new");
  CHECK(read_whole(path) == "new");
  CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("a device given to --output is written to and not replaced") {
  Output(1, "/dev/null").write("gone");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("what cannot be written is an output error that says what and why") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(Output(1, directory.file("none/result.json")),
                    directory.file("none/result.json") + " cannot be written: No such file or directory");
  Output full(1, "/dev/full");
  CHECK_THROWS_WITH(full.write("text"), "/dev/full cannot be written: No space left on device");
}

TEST_CASE("a pipe that nobody reads any more is an output error") {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  CHECK_THROWS_WITH(write_all(ends[1], "text", "standard output"),
                    "standard output cannot be written: Broken pipe");
  ::close(ends[1]);
}

}  // namespace
}  // namespace p9mmu::model
