// The house as it stands: who includes what, how long files are, what headers and READMEs say first and last.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/layering/include_rules.h"
#include "tests/layering/source_tree.h"

namespace p9mmu::layering {
namespace {

using Catch::Contains;

bool is_header(const std::string& path) {
  return path.ends_with(".h");
}

/// Every file that one reaches through the project's own headers, itself included.
std::set<std::string> reached_from(const std::string& path, const std::map<std::string, std::string>& files) {
  std::set<std::string> reached = {path};
  for (std::vector<std::string> open = {path}; !open.empty();) {
    const std::string next = open.back();
    open.pop_back();
    const auto file = files.find(next);
    if (file == files.end()) {
      continue;
    }
    for (const Include& include : includes_of(file->second)) {
      if (include.delimiter == '"' && reached.insert(include.name).second) {
        open.push_back(include.name);
      }
    }
  }
  return reached;
}

TEST_CASE("the walk finds the files of every room") {
  const auto files = source_tree();
  for (const char* known :
       {"mmu/address.h", "interconnect/line.cpp", "cpus/cpu.h", "workloads/linux/munmap.cpp",
        "workloads/script/lua_host.cpp", "model/cli/main.cpp", "tests/layering/tree.cpp"}) {
    CHECK(files.contains(known));
  }
}

TEST_CASE("no file includes what stands to its right or a library that another room owns") {
  for (const auto& [path, text] : source_tree()) {
    for (const std::string& broken : broken_rules(path, text)) {
      FAIL_CHECK(broken);
    }
  }
}

TEST_CASE("workloads do not reach SystemC through other rooms' headers either") {
  const auto files = source_tree();
  for (const auto& [path, text] : files) {
    if (room_of(path) != "workloads") {
      continue;
    }
    for (const std::string& reached : reached_from(path, files)) {
      for (const Include& include :
           files.contains(reached) ? includes_of(files.at(reached)) : std::vector<Include>()) {
        INFO(path << " includes, through others, " << reached << ", which includes <" << include.name << ">");
        CHECK_FALSE((include.delimiter == '<' && is_systemc(include.name)));
      }
    }
  }
}

TEST_CASE("every header that is included is there") {
  const auto files = source_tree();
  for (const auto& [path, text] : files) {
    for (const Include& include : includes_of(text)) {
      INFO(path << ":" << include.line);
      CHECK((include.delimiter != '"' || files.contains(include.name)));
    }
  }
}

TEST_CASE("a C++ file ends in .h or .cpp") {
  for (const auto& [path, text] : source_tree()) {
    INFO(path);
    CHECK((is_header(path) || path.ends_with(".cpp")));
  }
}

TEST_CASE("no file is too long to be one idea") {
  for (const auto& [path, text] : source_tree()) {
    INFO(path << " has more than " << most_lines(path) << " lines");
    CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) <= most_lines(path));
  }
}

TEST_CASE("a test's name is not an option of its program, which would run something else and pass") {
  const std::string beginning = "TEST_CASE(\"";
  for (const auto& [path, text] : source_tree()) {
    INFO(path);
    CHECK_THAT(text, !Contains(beginning + "-"));
  }
}

TEST_CASE("a header begins with what it is for") {
  for (const auto& [path, text] : source_tree()) {
    if (is_header(path)) {
      INFO(path);
      CHECK_THAT(text, Catch::StartsWith("// ") && Contains("\n#pragma once\n"));
    }
  }
}

TEST_CASE("a room's README ends with what the room does not model") {
  const std::string room =
      GENERATE(as<std::string>(), "interconnect", "cpus", "workloads", "workloads/linux", "model");
  const std::string text = read_document(room + "/README.md");
  const std::size_t last = text.rfind("\n## ");
  INFO(room);
  REQUIRE(last != std::string::npos);
  CHECK_THAT(text.substr(last, text.find('\n', last + 1) - last), Contains("not model"));
}

}  // namespace
}  // namespace p9mmu::layering
