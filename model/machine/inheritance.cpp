#include "model/machine/inheritance.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mmu/error.h"
#include "model/machine/shipped.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

constexpr std::size_t kDeepestInheritance = 8;
/// Larger than any machine file, and small enough for whatever else a path may name.
constexpr std::uintmax_t kLargestFileBytes = 1 << 20;

bool is_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".toml");
}

std::string read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw UserError(path, 0, "is a directory; expected a machine file");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw UserError(path, 0, std::string("cannot be read: ") + std::strerror(errno));
  }
  std::string text(kLargestFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargestFileBytes) {
    throw UserError(path, 0, "is larger than 1 MiB; expected a machine file");
  }
  return text;
}

MachineFile load(const std::string& name_or_path, const SourceLine& asked_at,
                 const std::vector<std::string>& known) {
  if (is_path(name_or_path)) {
    return parse_machine_file(read_file(name_or_path), name_or_path, known);
  }
  const std::optional<std::string_view> text = shipped_machine(name_or_path);
  if (!text) {
    std::string list;
    for (const std::string& name : shipped_machine_names()) {
      list += (list.empty() ? "" : ", ") + name;
    }
    throw UserError(asked_at.file, asked_at.line,
                    "unknown machine '" + name_or_path + "'" +
                        mmu::did_you_mean(name_or_path, shipped_machine_names()) + "; expected " + list +
                        " or the path of a .toml file");
  }
  return parse_machine_file(*text, name_or_path + ".toml", known);
}

/// What `inherits` names, a path being relative to the file in which it stands.
std::string inherited_path(const MachineFile& file) {
  if (!is_path(file.inherits)) {
    return file.inherits;
  }
  return (std::filesystem::path(file.file).parent_path() / file.inherits).string();
}

/// From the file asked for to the one that inherits from none.
std::vector<MachineFile> load_chain(const std::string& name_or_path, const SourceLine& asked_at,
                                    const std::vector<std::string>& known) {
  std::vector<MachineFile> chain;
  chain.push_back(load(name_or_path, asked_at, known));
  while (!chain.back().inherits.empty()) {
    const MachineFile& last = chain.back();
    if (chain.size() == kDeepestInheritance) {
      throw UserError(last.file, last.inherits_line,
                      "machines inherit from each other in a circle, or more than " +
                          std::to_string(kDeepestInheritance) + " deep");
    }
    MachineFile next = load(inherited_path(last), {last.file, last.inherits_line}, known);
    chain.push_back(std::move(next));
  }
  return chain;
}

/// How many leading words, as dots separate them, two names share.
std::ptrdiff_t shared_words(const std::string& a, const std::string& b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return std::count(a.begin(), differ, '.');
}

[[noreturn]] void fail_missing(const std::string& name, const MachineFile& complete) {
  int line = 1;
  std::ptrdiff_t most = 0;
  for (const MachineFileEntry& entry : complete.entries) {
    const std::ptrdiff_t shared = shared_words(entry.name, name);
    if (shared > most || (shared == most && shared > 0 && entry.where.line < line)) {
      most = shared;
      line = entry.where.line;
    }
  }
  throw UserError(complete.file, line,
                  "parameter " + name + " is missing; expected a table [" + name +
                      "] hereabouts, or inherits = \"" + std::string(kDefaultMachine) + "\"");
}

/// Whether two values differ in more than their spaces.
bool differ(std::string a, std::string b) {
  std::erase(a, ' ');
  std::erase(b, ' ');
  return a != b;
}

void put(EntryInForce& place, MachineFileEntry entry) {
  if (differ(place.entry.value, entry.value)) {
    place.replaced = place.entry.value;
  } else if (entry.calibrated_on.empty()) {
    // Whoever states a fitted value once more has not unfitted it.
    entry.calibrated_on = place.entry.calibrated_on;
  }
  if (!entry.range) {
    entry.range = place.entry.range;
    entry.range_where = place.entry.range_where;
  }
  place.entry = std::move(entry);
}

}  // namespace

MergedMachine merge_machine_files(const std::string& name_or_path, const SourceLine& asked_at,
                                  const std::vector<std::string>& known_parameters) {
  std::vector<MachineFile> chain = load_chain(name_or_path, asked_at, known_parameters);
  MergedMachine result;
  result.name = chain.front().name;
  for (auto file = chain.rbegin(); file != chain.rend(); ++file) {
    for (MachineFileEntry& entry : file->entries) {
      const std::string name = entry.name;
      put(result.entries[name], entry);
    }
  }
  for (const std::string& name : known_parameters) {
    if (!result.entries.contains(name)) {
      fail_missing(name, chain.back());
    }
  }
  return result;
}

}  // namespace p9mmu::model
