#include "tests/layering/source_tree.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace p9mmu::layering {
namespace {

const std::filesystem::path kRoot = P9MMU_SOURCE_DIR;

/// All that a C++ file could be called, so that none escapes by its name.
const std::set<std::string> kExtensions = {".h",   ".hh", ".hpp", ".hxx", ".inc", ".ipp", ".tpp",
                                           ".cpp", ".cc", ".cxx", ".c",   ".ixx", ".cppm"};

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path.string());
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::map<std::string, std::string> source_tree() {
  std::map<std::string, std::string> files;
  for (const char* folder : {"mmu", "interconnect", "cpus", "workloads", "model", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      if (entry.is_regular_file() && kExtensions.contains(entry.path().extension().string())) {
        files[entry.path().lexically_relative(kRoot).generic_string()] = read(entry.path());
      }
    }
  }
  return files;
}

std::string read_document(const std::string& path) {
  return read(kRoot / path);
}

}  // namespace p9mmu::layering
