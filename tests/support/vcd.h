// A value change dump (IEEE 1364) as data: each signal under its hierarchical name with its changes. It reads
// what the standard has for wires; anything else fails the test.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace p9mmu::testing {

struct VcdChange {
  std::int64_t at = 0;
  std::uint64_t value = 0;
};

struct Vcd {
  std::string timescale;
  std::map<std::string, std::vector<VcdChange>> signals;  ///< by name with dots, times going up

  /// How long within [begin, end) the signal has each value.
  [[nodiscard]] std::map<std::uint64_t, std::int64_t> durations(const std::string& signal, std::int64_t begin,
                                                                std::int64_t end) const {
    std::map<std::uint64_t, std::int64_t> result;
    const std::vector<VcdChange>& changes = signals.at(signal);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const std::int64_t from = std::max(changes[i].at, begin);
      const std::int64_t until = i + 1 < changes.size() ? std::min(changes[i + 1].at, end) : end;
      if (from < until) {
        result[changes[i].value] += until - from;
      }
    }
    return result;
  }
};

[[nodiscard]] inline Vcd parse_vcd(const std::string& text) {
  Vcd vcd;
  std::istringstream words(text);
  std::vector<std::string> scopes;
  std::map<std::string, std::string> names;  // by identifier
  std::string word;
  const auto until_end = [&words] {
    std::vector<std::string> between;
    for (std::string next; words >> next && next != "$end";) {
      between.push_back(next);
    }
    return between;
  };
  while (words >> word && word != "$enddefinitions") {
    const std::vector<std::string> between = until_end();
    if (word == "$timescale") {
      vcd.timescale = between.at(0) + between.at(1);
    } else if (word == "$scope") {
      scopes.push_back(between.at(1));
    } else if (word == "$upscope") {
      REQUIRE_FALSE(scopes.empty());
      scopes.pop_back();
    } else if (word == "$var") {
      REQUIRE(between.at(0) == "wire");
      std::string name;
      for (const std::string& scope : scopes) {
        name += scope + ".";
      }
      REQUIRE(names.emplace(between.at(2), name + between.at(3)).second);
    } else {
      REQUIRE((word == "$comment" || word == "$version"));
    }
  }
  CHECK(scopes.empty());
  (void)until_end();
  std::int64_t now = 0;
  while (words >> word) {
    if (word == "$comment") {
      (void)until_end();
    } else if (word == "$dumpvars" || word == "$end") {
      continue;
    } else if (word[0] == '#') {
      const std::int64_t next = std::stoll(word.substr(1));
      REQUIRE(next >= now);
      now = next;
    } else {
      std::string identifier = word.substr(1);
      std::string digits(1, word[0]);
      if (word[0] == 'b') {
        digits = identifier;
        words >> identifier;
      }
      REQUIRE(names.contains(identifier));
      vcd.signals[names[identifier]].push_back({now, std::stoull(digits, nullptr, 2)});
    }
  }
  return vcd;
}

}  // namespace p9mmu::testing
