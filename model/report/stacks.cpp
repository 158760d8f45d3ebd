#include "model/report/stacks.h"

#include <algorithm>
#include <map>
#include <vector>

#include "model/report/json.h"
#include "model/report/numbers.h"

namespace p9mmu::model::report {
namespace {

constexpr std::int64_t kPsPerNs = 1000;

/// The rows of an account belong to one CPU or to the others; both kinds, the measured CPU first.
std::vector<std::string> account_owners(const PhaseResult& result) {
  std::vector<std::string> owners = {std::to_string(result.measured_cpu)};
  for (const AccountRow& row : result.accounts) {
    if (std::find(owners.begin(), owners.end(), row.cpus) == owners.end()) {
      owners.push_back(row.cpus);
    }
  }
  return owners;
}

std::string owner_frame(const std::string& owner) {
  return owner == "others" ? "other CPUs" : "CPU " + owner;
}

/// The routines from the outermost, and the cause as the innermost frame.
std::vector<std::string> frames_of(const AccountRow& row) {
  std::vector<std::string> frames;
  std::size_t place = 0;
  while (place < row.path.size()) {
    const std::size_t end = std::min(row.path.find(';', place), row.path.size());
    frames.push_back(row.path.substr(place, end - place));
    place = end + 1;
  }
  frames.push_back("[" + row.cause + "]");
  return frames;
}

/// A script names its phases as it likes; in a folded line ';' separates frames and a line end the lines.
std::string folded_frame(std::string text) {
  std::replace(text.begin(), text.end(), ';', ',');
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

std::int64_t rounded_ns(std::int64_t ps) {
  return (ps + kPsPerNs / 2) / kPsPerNs;
}

/// Frames by name, numbered as they first occur.
class FrameTable {
 public:
  std::size_t number(const std::string& name) {
    const auto [found, added] = numbers_.emplace(name, numbers_.size());
    if (added) {
      frames_.push_back({{"name", name}});
    }
    return found->second;
  }
  [[nodiscard]] const Json& frames() const { return frames_; }

 private:
  std::map<std::string, std::size_t> numbers_;
  Json frames_ = Json::array();
};

double exact_ns(std::int64_t ps) {
  return static_cast<double>(ps) / static_cast<double>(kPsPerNs);
}

Json speedscope_profile(const PhaseResult& result, const std::string& owner, FrameTable& table) {
  const std::string cpus =
      owner == "others" ? "the other " + grouped(std::int64_t{result.cpus} - 1) + " CPUs" : "CPU " + owner;
  Json samples = Json::array();
  Json weights = Json::array();
  std::int64_t total = 0;
  for (const AccountRow& row : result.accounts) {
    if (row.cpus != owner) {
      continue;
    }
    Json stack = Json::array();
    for (const std::string& frame : frames_of(row)) {
      stack.push_back(table.number(frame));
    }
    samples.push_back(std::move(stack));
    weights.push_back(exact_ns(row.ps));
    total += row.ps;
  }
  return {{"type", "sampled"},
          {"name", result.phase + " under " + result.kernel + ", " + cpus},
          {"unit", "nanoseconds"},
          {"startValue", 0},
          {"endValue", exact_ns(total)},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

}  // namespace

std::string to_folded(const RunDocument& document) {
  std::string text;
  for (const PhaseResult& result : document.results) {
    const std::string root = folded_frame(result.kernel) + ";" + folded_frame(result.phase) + ";";
    for (const std::string& owner : account_owners(result)) {
      std::int64_t total = 0;
      for (const AccountRow& row : result.accounts) {
        if (row.cpus != owner) {
          continue;
        }
        const std::int64_t weight = rounded_ns(total + row.ps) - rounded_ns(total);
        total += row.ps;
        if (weight > 0) {
          text += root + owner_frame(owner) + ";" + (row.path.empty() ? "" : row.path + ";") + "[" +
                  row.cause + "] " + std::to_string(weight) + "\n";
        }
      }
    }
  }
  return text;
}

std::string to_speedscope(const RunDocument& document) {
  FrameTable table;
  Json profiles = Json::array();
  for (const PhaseResult& result : document.results) {
    for (const std::string& owner : account_owners(result)) {
      profiles.push_back(speedscope_profile(result, owner, table));
    }
  }
  const Json root = {{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                     {"name", document.script + " on " + document.machine.name},
                     {"exporter", "p9mmu " + document.program_version},
                     {"activeProfileIndex", 0},
                     {"shared", {{"frames", table.frames()}}},
                     {"profiles", std::move(profiles)}};
  return dump(root);
}

}  // namespace p9mmu::model::report
