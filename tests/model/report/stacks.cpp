#include "model/report/stacks.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model::report {
namespace {

using Catch::Contains;

RunDocument document_of(const std::vector<AccountRow>& accounts) {
  RunDocument document = sample_document();
  document.results = {sample_result("ipi")};
  document.results[0].accounts = accounts;
  return document;
}

TEST_CASE("folded lines lead from the kernel through phase, CPU and routines to the cause") {
  RunDocument document = sample_document();
  document.results.resize(2);
  CHECK(to_folded(document) ==
        "ipi;munmap;CPU 0;sys_munmap;zap_huge_pmd;[memory] 600\n"
        "ipi;munmap;CPU 0;sys_munmap;[compute] 400\n"
        "ipi;munmap;other CPUs;[idle] 2500\n"
        "ipi;munmap;other CPUs;doorbell;[interrupt] 500\n"
        "ipi-free;munmap;CPU 0;sys_munmap;zap_huge_pmd;[memory] 600\n"
        "ipi-free;munmap;CPU 0;sys_munmap;[compute] 400\n"
        "ipi-free;munmap;other CPUs;[idle] 2500\n"
        "ipi-free;munmap;other CPUs;doorbell;[interrupt] 500\n");
}

TEST_CASE("folded nanoseconds of a CPU add up to its time though each line is rounded") {
  // 0.4 ns each: one by one they would all vanish.
  std::vector<AccountRow> rows;
  for (int i = 0; i < 10; ++i) {
    rows.push_back({"0", "routine" + std::to_string(i), "compute", 400});
  }
  std::istringstream lines(to_folded(document_of(rows)));
  std::int64_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    sum += std::stoll(line.substr(line.rfind(' ')));
    CHECK_THAT(line, !Catch::EndsWith(" 0"));
  }
  CHECK(sum == 4);
}

TEST_CASE("a phase's name cannot break a folded line") {
  RunDocument document = document_of({{"0", "", "compute", 5'000}});
  document.results[0].phase = "one;two\nthree four";
  CHECK(to_folded(document) == "ipi;one,two three four;CPU 0;[compute] 5\n");
}

TEST_CASE("a run without results gives no folded lines and no profiles") {
  RunDocument document = sample_document();
  document.results.clear();
  CHECK(to_folded(document).empty());
  CHECK(Json::parse(to_speedscope(document))["profiles"].empty());
}

/// What https://www.speedscope.app/file-format-schema.json asks of a file with sampled profiles, and what
/// its text asks beyond types: indices within the table of frames, as many weights as samples.
void check_speedscope(const Json& file) {
  REQUIRE(file.is_object());
  CHECK(file.at("$schema") == "https://www.speedscope.app/file-format-schema.json");
  CHECK(file.at("name").is_string());
  CHECK(file.at("exporter").is_string());
  REQUIRE(file.at("shared").at("frames").is_array());
  for (const Json& frame : file["shared"]["frames"]) {
    CHECK(frame.at("name").is_string());
  }
  const std::size_t frames = file["shared"]["frames"].size();
  REQUIRE(file.at("profiles").is_array());
  CHECK(file.at("activeProfileIndex").get<std::size_t>() < file["profiles"].size());
  const std::set<std::string> units = {"none",         "nanoseconds", "microseconds",
                                       "milliseconds", "seconds",     "bytes"};
  for (const Json& profile : file["profiles"]) {
    CHECK(profile.at("type") == "sampled");
    CHECK(profile.at("name").is_string());
    CHECK(units.contains(profile.at("unit").get<std::string>()));
    CHECK(profile.at("startValue").is_number());
    CHECK(profile.at("endValue").get<double>() >= profile["startValue"].get<double>());
    REQUIRE(profile.at("samples").is_array());
    REQUIRE(profile.at("weights").is_array());
    CHECK(profile["samples"].size() == profile["weights"].size());
    for (const Json& weight : profile["weights"]) {
      CHECK(weight.get<double>() >= 0);
    }
    for (const Json& stack : profile["samples"]) {
      REQUIRE(stack.is_array());
      for (const Json& frame : stack) {
        REQUIRE(frame.is_number_unsigned());
        CHECK(frame.get<std::size_t>() < frames);
      }
    }
  }
}

TEST_CASE("a speedscope file is as its schema wants it") {
  check_speedscope(Json::parse(to_speedscope(sample_document())));
}

TEST_CASE("a speedscope profile has a phase's time on its CPU, or on the others, to the picosecond") {
  RunDocument document = sample_document();
  document.results.resize(1);
  document.results[0].accounts.push_back({"0", "sys_munmap", "lock", 1});
  const Json file = Json::parse(to_speedscope(document));
  REQUIRE(file["profiles"].size() == 2);
  const Json& measured = file["profiles"][0];
  CHECK(measured["name"] == "munmap under ipi, CPU 0");
  CHECK(measured["unit"] == "nanoseconds");
  CHECK(measured["weights"] == Json({600.0, 400.0, 0.001}));
  CHECK(measured["endValue"] == 1000.001);
  const Json& names = file["shared"]["frames"];
  std::vector<std::string> stack;
  for (const Json& frame : measured["samples"][0]) {
    stack.push_back(names[frame.get<std::size_t>()]["name"]);
  }
  CHECK(stack == std::vector<std::string>{"sys_munmap", "zap_huge_pmd", "[memory]"});
  CHECK(file["profiles"][1]["name"] == "munmap under ipi, the other 3 CPUs");
  CHECK(file["profiles"][1]["endValue"] == 3000);
}

}  // namespace
}  // namespace p9mmu::model::report
