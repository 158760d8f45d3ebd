#include "model/translate/translate_command.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mmu/error.h"
#include "mmu/radix_entry.h"
#include "mmu/table_image.h"

namespace p9mmu::model {
namespace {

using mmu::RealAddress;

constexpr std::uint64_t kValid = mmu::RadixEntry::kValid;

/// A host image of one process, PID 1: 64K of program at 0x10000000, 2M read-only without R at 0x20000000.
std::vector<std::byte> sample_image() {
  mmu::TableImage image;
  image.ptcr = mmu::PartitionTableControl::at(RealAddress(0x10000), 12);
  const auto put = [&](std::uint64_t at, std::uint64_t value) {
    image.memory.write64(RealAddress(at), value);
  };
  put(0x10000, kValid | mmu::RootDescriptor::at(0x20000).encode());
  put(0x10008, kValid | 0x30000);
  put(0x30010, mmu::RootDescriptor::at(0x20000).encode());
  put(0x20000, kValid | 0x40000 | 9);
  put(0x40000, kValid | 0x41000 | 9);
  put(0x41000 + 8 * 0x80, kValid | 0x42000 | 5);
  put(0x42000, 0xC000000000500187);
  put(0x41000 + 8 * 0x100, 0xC000000000600004);
  const std::array<RealAddress, 6> frames = {RealAddress(0x10000), RealAddress(0x20000),
                                             RealAddress(0x30000), RealAddress(0x40000),
                                             RealAddress(0x41000), RealAddress(0x42000)};
  return write_table_image(image, frames);
}

/// Files that disappear with the test.
class Scratch {
 public:
  Scratch() {
    static int count = 0;
    directory_ = std::filesystem::temp_directory_path() /
                 ("p9mmu-translate-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                  std::to_string(++count));
    std::filesystem::create_directory(directory_);
  }
  ~Scratch() { std::filesystem::remove_all(directory_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file(const std::string& name, const std::string& contents) const {
    const std::string path = (directory_ / name).string();
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }
  [[nodiscard]] std::string image() const {
    const std::vector<std::byte> bytes = sample_image();
    return file("image", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }

 private:
  std::filesystem::path directory_;
};

struct Output {
  int status = 0;
  std::string text;
};

Output run(const TranslateOptions& options, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  Output output;
  output.status = translate_command(options, in, out);
  output.text = out.str();
  return output;
}

std::string error_of(const TranslateOptions& options, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  try {
    translate_command(options, in, out);
  } catch (const mmu::UserError& error) {
    CHECK(out.str().empty());  // nothing half printed
    return error.what();
  }
  return "no error";
}

TEST_CASE("an address prints where it lies, in which page, and what may be done there") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.pid = 1;
  options.addresses = {"0x10001234", "10001234"};
  const Output output = run(options);
  CHECK(output.status == 0);
  CHECK(output.text == "0x10001234  0x501234  64K rwx\n0x10001234  0x501234  64K rwx\n");
}

TEST_CASE("addresses come from the stream when none is given, and blank lines are nothing") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.pid = 1;
  CHECK(run(options, "0x10000000\n\n  10000008 \r\n").text ==
        "0x10000000  0x500000  64K rwx\n0x10000008  0x500008  64K rwx\n");
}

TEST_CASE("an interrupt prints its registers and what their bits mean") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.pid = 1;
  options.access = mmu::Access::store;
  options.addresses = {"0x30000000", "0x20000000"};
  CHECK(run(options).text ==
        "0x30000000  DSI, DSISR 0x42000000 (no translation, store), DAR 0x30000000\n"
        "0x20000000  DSI, DSISR 0xa000000 (protection, store), DAR 0x20000000\n");
}

TEST_CASE("a missing R is told, and the translation all the same") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.pid = 1;
  options.addresses = {"0x20000000"};
  CHECK(run(options).text ==
        "0x20000000  0x600000  2M r--  R or C to be set: DSI, DSISR 0x40000 (R or C must be set), DAR "
        "0x20000000\n");
}

TEST_CASE("the walk is printed entry by entry") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.pid = 1;
  options.walk = true;
  options.addresses = {"0x10000000"};
  CHECK(run(options).text ==
        "0x10000000  0x500000  64K rwx\n"
        "    0x10000  0xc0000000000200ad  partition table entry\n"
        "    0x30010  0x40000000000200ad  process table entry\n"
        "    0x20000  0x8000000000040009  process-scoped level 1: table at 0x40000, 9 bits\n"
        "    0x40000  0x8000000000041009  process-scoped level 2: table at 0x41000, 9 bits\n"
        "    0x41400  0x8000000000042005  process-scoped level 3: table at 0x42000, 5 bits\n"
        "    0x42000  0xc000000000500187  process-scoped level 4: leaf, RPN 0x500000, R, C\n");
}

const std::string kHeader = "pid,hv,pr,ea,status,ra,page_shift,pte,load,store,fetch\n";
const std::string kGood = "1,1,1,0x10000010,ok,0x500010,16,0xc000000000500187,1,1,1\n";

TEST_CASE("a recording that matches closes with no mismatches, and numbers may be written either way") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.check = scratch.file("rows.csv", kHeader + kGood + "1,1,1,0x30000000,no-translation,,,,0,0,0\n");
  const Output output = run(options);
  CHECK(output.status == 0);
  CHECK(output.text == "2 rows, 0 mismatches\n");
}

TEST_CASE("each difference is named with its line, and the status says that there was one") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  options.check = scratch.file("rows.csv", kHeader + kGood +
                                               "1,1,1,0x10000010,ok,0x500018,21,0xc000000000500187,1,1,1\n"
                                               "1,1,1,0x30000000,ok,0x0,16,0x0,0,0,0\n");
  const Output output = run(options);
  CHECK(output.status == 1);
  const std::string name = *options.check;
  CHECK(output.text == name + ":3: 0x10000010: ra: recorded 0x500018, found 0x500010\n" + name +
                           ":3: 0x10000010: page_shift: recorded 21, found 16\n" + name +
                           ":4: 0x30000000: status: recorded ok, found no-translation\n"
                           "3 rows, 2 mismatches\n");
}

TEST_CASE("mistakes are one line that says what and where, and nothing is printed before it") {
  const Scratch scratch;
  TranslateOptions options;
  options.image = scratch.image();
  const auto check = [&](const std::string& rows) {
    options.check = scratch.file("rows.csv", rows);
    return error_of(options);
  };
  CHECK_THAT(check(""), Catch::Contains("rows.csv:1: empty"));
  CHECK_THAT(check("a,b,c\n"), Catch::Contains("rows.csv:1: not a known kind of recording"));
  CHECK_THAT(check(kHeader + kGood + "1,1\n"), Catch::Contains("rows.csv:3: 2 columns; expected 11"));
  CHECK_THAT(check(kHeader + "1,1,1,elsewhere,ok,,,,0,0,0\n"),
             Catch::Contains("rows.csv:2: ea is 'elsewhere'"));
  CHECK_THAT(check(kHeader + "0x100000,1,1,0x0,ok,,,,0,0,0\n"),
             Catch::Contains("rows.csv:2: pid is 0x100000"));
  options.addresses = {"0x10"};
  CHECK_THAT(check(kHeader), Catch::Contains("--check takes its addresses from the recording"));
  options.check.reset();
  options.addresses = {"0x10000000", "somewhere"};
  CHECK_THAT(error_of(options), Catch::Contains("'somewhere' is no address"));
  options.addresses = {"0x10000000000000000"};
  CHECK_THAT(error_of(options), Catch::Contains("is no address"));
  options.addresses.clear();
  CHECK_THAT(error_of(options, "0x10000000\nnowhere\n"), Catch::Contains("stdin:2: 'nowhere' is no address"));
  options.pid = 1U << 20;
  CHECK_THAT(error_of(options), Catch::Contains("--pid 1048576; expected at most 1048575"));
  options.pid.reset();
  options.lpid = 4096;
  CHECK_THAT(error_of(options), Catch::Contains("--lpid 4096; expected at most 4095"));
}

TEST_CASE("an image that is missing, damaged or something else is one line") {
  const Scratch scratch;
  TranslateOptions options;
  options.addresses = {"0x0"};
  options.image = "/nowhere/image";
  CHECK_THAT(error_of(options), Catch::Contains("/nowhere/image: No such file or directory"));
  options.image = scratch.file("text", "once upon a time");
  CHECK_THAT(error_of(options), Catch::Contains("text: not a captured image"));
  options.image = scratch.file("cut.xz", std::string("\xFD") + "7zXZ" + std::string(3, '\0'));
  CHECK_THAT(error_of(options), Catch::Contains("cut.xz: damaged or truncated xz data"));
  options.image = std::filesystem::temp_directory_path().string();
  CHECK_THAT(error_of(options), Catch::Contains("cannot be read as a file"));
  const std::vector<std::byte> whole = sample_image();
  options.image =
      scratch.file("short", std::string(reinterpret_cast<const char*>(whole.data()), whole.size() / 2));
  CHECK_THAT(error_of(options), Catch::Contains("short: truncated"));
}

}  // namespace
}  // namespace p9mmu::model
