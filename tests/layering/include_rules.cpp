#include "tests/layering/include_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace p9mmu::layering {
namespace {

/// From left to right; a room sees itself and what stands to its left.
constexpr std::array<std::string_view, 5> kRooms = {"mmu", "interconnect", "cpus", "workloads", "model"};
constexpr std::string_view kTests = "tests/";

/// A library by what its headers begin with, and the folders that may use it.
struct Library {
  std::string_view name;
  std::vector<std::string_view> headers;
  std::vector<std::string_view> owners;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"SystemC", {"systemc", "sysc/", "tlm", "tlm_"}, {"interconnect/", "cpus/", "model/"}},
      {"Lua", {"lua.h", "luaconf.h", "lauxlib.h", "lualib.h", "lua5"}, {"workloads/script/"}},
      {"Boost", {"boost/"}, {"model/"}},
      {"spdlog", {"spdlog/", "fmt/"}, {"model/"}},
      {"toml++", {"toml++/", "toml.hpp"}, {"model/"}},
      {"nlohmann-json", {"nlohmann/", "json.hpp"}, {"model/"}},
      {"Mustache", {"kainjow/"}, {"model/"}},
      {"liblzma", {"lzma.h", "lzma/"}, {"model/"}},
      {"SQLite", {"sqlite3"}, {"model/sweep/sqlite.cpp"}},
      {"MPI", {"mpi.h"}, {"model/sweep/mpi_ranks.cpp"}},
      {"xxHash", {"xxhash"}, {"model/sweep/content_hash.cpp"}},
      {"Catch2", {"catch2/", "catch.hpp"}, {}},
      {"Google Benchmark", {"benchmark/"}, {}},
  };
  return all;
}

/// What an owner's folder may hold that must do without the library all the same.
constexpr std::string_view kExplorer = "model/explore/";

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

std::optional<std::size_t> place_of(std::string_view room) {
  const auto* found = std::find(kRooms.begin(), kRooms.end(), room);
  if (found == kRooms.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - kRooms.begin());
}

/// The same text with comments blanked and line ends kept. Raw strings are not looked for: no file needs an
/// #include at the beginning of a line of one.
std::string without_comments(std::string_view text) {
  std::string result(text);
  enum class In : std::uint8_t { code, line, block, string, character } in = In::code;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const char c = result[i];
    const char next = i + 1 < result.size() ? result[i + 1] : '\0';
    if (c == '\n') {
      in = in == In::block ? In::block : In::code;
    } else if (in == In::code) {
      in = c == '/' && next == '/'   ? In::line
           : c == '/' && next == '*' ? In::block
           : c == '"'                ? In::string
           : c == '\''               ? In::character
                                     : In::code;
      result[i] = in == In::line || in == In::block ? ' ' : c;
      if (in == In::block) {
        result[++i] = ' ';  // so that /*/ does not end where it begins
      }
    } else if (in == In::line || in == In::block) {
      result[i] = ' ';
      in = in == In::block && c == '*' && next == '/' ? In::code : in;
      if (in == In::code) {
        result[++i] = ' ';
      }
    } else if (c == '\\') {
      ++i;
    } else if (c == (in == In::string ? '"' : '\'')) {
      in = In::code;
    }
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

/// What follows #include on a line; nothing if the line is another one.
std::optional<std::string_view> after_include(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#')) {
    return std::nullopt;
  }
  line = trimmed(line.substr(1));
  if (!line.starts_with("include")) {
    return std::nullopt;
  }
  return trimmed(line.substr(std::string_view("include").size()));
}

std::string broken_library_rule(std::string_view path, std::string_view header) {
  for (const Library& library : libraries()) {
    if (!starts_with_any(header, library.headers)) {
      continue;
    }
    if (!starts_with_any(path, library.owners)) {
      return std::string(library.name) + " is not for this folder";
    }
    if (library.name == "SystemC" && path.starts_with(kExplorer)) {
      return "the explorer does without SystemC";
    }
  }
  return "";
}

std::string broken_room_rule(std::string_view path, std::string_view header) {
  const std::optional<std::size_t> from = place_of(room_of(path));
  const std::optional<std::size_t> to = place_of(room_of(header));
  if (header.starts_with(kTests)) {
    return from ? "a room does not know its tests" : "";
  }
  if (!to) {
    return "includes are written from the root, as in \"mmu/address.h\"";
  }
  if (from && *to > *from) {
    return std::string(kRooms[*from]) + " does not know " + std::string(kRooms[*to]);
  }
  return "";
}

std::string broken_rule(std::string_view path, const Include& include) {
  if (include.delimiter == ' ') {
    return "a macro hides what is included";
  }
  if (include.delimiter == '"') {
    return broken_room_rule(path, include.name);
  }
  if (place_of(room_of(include.name))) {
    return "the project's own headers stand in quotation marks";
  }
  return path.starts_with(kTests) ? "" : broken_library_rule(path, include.name);
}

}  // namespace

std::string_view room_of(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/'));
  return first.size() < path.size() && place_of(first) ? first : std::string_view();
}

std::vector<Include> includes_of(std::string_view text) {
  const std::string code = without_comments(text);
  std::vector<Include> result;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < code.size();) {
    const std::size_t end = std::min(code.find('\n', begin), code.size());
    ++number;
    if (const auto rest = after_include(std::string_view(code).substr(begin, end - begin))) {
      const char opening = rest->empty() ? ' ' : rest->front();
      const std::size_t closing = opening == '"'   ? rest->find('"', 1)
                                  : opening == '<' ? rest->find('>', 1)
                                                   : std::string_view::npos;
      if (closing == std::string_view::npos) {
        result.push_back({number, std::string(*rest), ' '});
      } else {
        result.push_back({number, std::string(rest->substr(1, closing - 1)), opening});
      }
    }
    begin = end + 1;
  }
  return result;
}

bool is_systemc(std::string_view header) {
  return starts_with_any(header, libraries().front().headers);
}

std::vector<std::string> broken_rules(const std::string& path, std::string_view text) {
  std::vector<std::string> result;
  for (const Include& include : includes_of(text)) {
    const std::string rule = broken_rule(path, include);
    if (!rule.empty()) {
      result.push_back(path + ":" + std::to_string(include.line) + ": " + include.name + ": " + rule);
    }
  }
  return result;
}

std::size_t most_lines(std::string_view path) {
  return path.starts_with(kTests) ? 600 : 400;
}

}  // namespace p9mmu::layering
