#include "model/machine/machine_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

const std::vector<std::string> kAttributes = {"value", "range", "provenance", "source", "calibrated_on"};
const std::vector<std::string> kProvenances = {"measured", "documented", "derived", "assumed", "calibrated"};

int line_of(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string shortest(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string("?");
}

/// One reading of one file.
class Reader {
 public:
  Reader(std::string file, const std::vector<std::string>& known) : file_(std::move(file)), known_(known) {}

  MachineFile read(const toml::table& root) {
    MachineFile result;
    result.file = file_;
    for (const auto& [key, node] : root) {
      if (key == "name") {
        result.name = text(node, "name");
      } else if (key == "inherits") {
        result.inherits = text(node, "inherits");
        result.inherits_line = line_of(node);
      } else if (const toml::table* table = node.as_table()) {
        walk(std::string(key.str()), *table, result.entries);
      } else {
        fail(node, "unknown key '" + std::string(key.str()) + "'" +
                       mmu::did_you_mean(key.str(), {"name", "inherits"}) +
                       "; expected name, inherits or tables of parameters");
      }
    }
    if (result.name.empty()) {
      throw UserError(file_, 1, "the machine has no name; expected a line such as name = \"power9-2x16\"");
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
    throw UserError(file_, line_of(node), what);
  }

  [[noreturn]] void fail_attribute(const toml::node& node, const std::string& name,
                                   const std::string& attribute) const {
    fail(node,
         name + " has an unknown attribute '" + attribute + "'" + mmu::did_you_mean(attribute, kAttributes));
  }

  /// A table is a parameter, a group of parameters, or (by its dotted keys) both.
  void walk(const std::string& path, const toml::table& table, std::vector<MachineFileEntry>& entries) const {
    bool attributes = table.empty();
    for (const auto& [key, node] : table) {
      if (const toml::table* below = node.as_table()) {
        walk(path + "." + std::string(key.str()), *below, entries);
      } else {
        attributes = true;
      }
    }
    if (!attributes) {
      return;
    }
    if (!has(known_, path)) {
      fail(first_line(table), "unknown parameter '" + path + "'" + mmu::did_you_mean(path, known_));
    }
    entries.push_back(entry(path, table));
  }

  /// Where a table begins: its header, or its first key if it has none of its own (dotted keys).
  static const toml::node& first_line(const toml::table& table) {
    const toml::node* first = &table;
    if (line_of(*first) == 0) {
      for (const auto& [key, node] : table) {
        if (line_of(*first) == 0 || line_of(node) < line_of(*first)) {
          first = &node;
        }
      }
    }
    return *first;
  }

  MachineFileEntry entry(const std::string& name, const toml::table& table) const {
    MachineFileEntry result;
    result.name = name;
    result.where = {file_, line_of(first_line(table))};
    bool has_value = false;
    for (const auto& [key, node] : table) {
      const std::string attribute(key.str());
      if (node.is_table()) {
        continue;
      }
      if (attribute == "value") {
        result.value = scalar(node, name);
        result.where = {file_, line_of(node)};
        has_value = true;
      } else if (attribute == "range") {
        result.range = range(node, name);
        result.range_where = {file_, line_of(node)};
      } else if (attribute == "provenance") {
        result.provenance = provenance(node, name);
      } else if (attribute == "source") {
        result.source = text(node, name + ".source");
      } else if (attribute == "calibrated_on") {
        result.calibrated_on = text(node, name + ".calibrated_on");
      } else {
        fail_attribute(node, name, attribute);
      }
    }
    require_complete(result, has_value);
    return result;
  }

  void require_complete(const MachineFileEntry& entry, bool has_value) const {
    const auto missing = [&](const std::string& what) {
      throw UserError(entry.where.file, entry.where.line, entry.name + " has no " + what);
    };
    if (!has_value) {
      missing("value");
    }
    if (entry.provenance.empty()) {
      missing("provenance; expected measured, documented, derived, assumed or calibrated");
    }
    if (entry.source.empty()) {
      missing("source; expected where the value is published or how it follows");
    }
    const bool calibrated = entry.provenance == "calibrated";
    if (calibrated && entry.calibrated_on.find('/') == std::string::npos) {
      missing("calibrated_on; expected the phase and kernel of the total, such as \"munmap/ipi\"");
    }
    if (!calibrated && !entry.calibrated_on.empty()) {
      throw UserError(entry.where.file, entry.where.line,
                      entry.name + " has calibrated_on but its provenance is " + entry.provenance);
    }
  }

  std::string text(const toml::node& node, const std::string& what) const {
    const toml::value<std::string>* value = node.as_string();
    if (value == nullptr || value->get().empty()) {
      fail(node, what + " is not a text; expected one in quotation marks");
    }
    return value->get();
  }

  std::string provenance(const toml::node& node, const std::string& name) const {
    std::string word = text(node, name + ".provenance");
    if (!has(kProvenances, word)) {
      fail(node, name + " has the unknown provenance '" + word + "'" + mmu::did_you_mean(word, kProvenances) +
                     "; expected measured, documented, derived, assumed or calibrated");
    }
    return word;
  }

  std::string scalar(const toml::node& node, const std::string& name) const {
    if (const auto* value = node.as_string()) {
      return value->get();
    }
    if (const auto* value = node.as_integer()) {
      return std::to_string(value->get());
    }
    if (const auto* value = node.as_floating_point()) {
      return shortest(value->get());
    }
    if (const auto* value = node.as_boolean()) {
      return value->get() ? "true" : "false";
    }
    fail(node, name + " has a value that is neither text nor number nor true or false");
  }

  std::pair<std::string, std::string> range(const toml::node& node, const std::string& name) const {
    const toml::array* array = node.as_array();
    if (array == nullptr || array->size() != 2) {
      fail(node, "the range of " + name + " is not a pair; expected [least, greatest]");
    }
    return {scalar(*array->get(0), name), scalar(*array->get(1), name)};
  }

  std::string file_;
  const std::vector<std::string>& known_;
};

}  // namespace

MachineFile parse_machine_file(std::string_view text, const std::string& file,
                               const std::vector<std::string>& known_parameters) {
  try {
    return Reader(file, known_parameters).read(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    throw UserError(file, static_cast<int>(error.source().begin.line),
                    "not TOML: " + std::string(error.description()));
  }
}

}  // namespace p9mmu::model
