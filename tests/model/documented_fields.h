// The fields of a JSON document against the tables in which a document of docs/ describes them: a line for
// each field, `path.to[].field` in its first column.
#pragma once

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "model/report/json.h"

namespace p9mmu::model {

/// The paths of all fields of `json`, below `path`; nothing below those in `left_out`.
inline void collect_fields(const report::Json& json, const std::string& path,
                           const std::set<std::string>& left_out, std::set<std::string>& paths) {
  if (left_out.contains(path)) {
    return;
  }
  if (json.is_array()) {
    for (const report::Json& element : json) {
      collect_fields(element, path + "[]", left_out, paths);
    }
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      const std::string below = (path.empty() ? "" : path + ".") + key;
      paths.insert(below);
      collect_fields(value, below, left_out, paths);
    }
  }
}

/// What the tables describe from `heading` to the end of its section, or in all of the text if that is empty.
inline std::set<std::string> described_fields(const std::string& text, const std::string& heading) {
  std::set<std::string> described;
  std::size_t place = text.find(heading);
  REQUIRE(place != std::string::npos);
  const std::size_t end = heading.empty() ? std::string::npos : text.find("\n## ", place);
  while ((place = text.find("\n| `", place)) < end) {
    place += 4;
    described.insert(text.substr(place, text.find('`', place) - place));
  }
  return described;
}

}  // namespace p9mmu::model
