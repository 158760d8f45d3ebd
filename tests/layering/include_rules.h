// Who may include what: the arrows mmu <- interconnect <- cpus <- workloads <- model, and which room owns
// which library. Pure functions of a file's path and text, so that the rules themselves can be tested;
// walking the tree is tests/layering/source_tree.h's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace p9mmu::layering {

/// One #include line.
struct Include {
  std::size_t line;  ///< counted from 1
  std::string name;  ///< without its delimiters; of a macro the macro
  char delimiter;    ///< '"', '<', or a blank for a macro
};

/// The #include lines of a C++ file, those in comments left out.
[[nodiscard]] std::vector<Include> includes_of(std::string_view text);

/// True for the headers of the SystemC and TLM libraries.
[[nodiscard]] bool is_systemc(std::string_view header);

/// What in a file breaks the rules, one sentence with path and line each. `path` is relative to the root and
/// has forward slashes.
[[nodiscard]] std::vector<std::string> broken_rules(const std::string& path, std::string_view text);

/// The room that a path lies in, such as "cpus"; empty outside of all rooms.
[[nodiscard]] std::string_view room_of(std::string_view path);

/// How many lines a file may have.
[[nodiscard]] std::size_t most_lines(std::string_view path);

}  // namespace p9mmu::layering
