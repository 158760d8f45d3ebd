#include "model/sweep/toml_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

std::string shortest(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end};
}

}  // namespace

SourceLine TomlReader::place(const toml::node& node) const {
  return {file_, static_cast<int>(node.source().begin.line)};
}

void TomlReader::fail(const toml::node& node, const std::string& what) const {
  throw mmu::UserError(file_, place(node).line, what);
}

const toml::table& TomlReader::table(const toml::node& node, const std::string& what) const {
  const toml::table* result = node.as_table();
  if (result == nullptr) {
    fail(node, what + " is not a table");
  }
  return *result;
}

const toml::array& TomlReader::list(const toml::node& node, const std::string& what,
                                    const std::string& example) const {
  const toml::array* result = node.as_array();
  if (result == nullptr || result->empty()) {
    fail(node, what + " is not a list; expected one such as " + example);
  }
  return *result;
}

std::string TomlReader::text(const toml::node& node, const std::string& what) const {
  const toml::value<std::string>* value = node.as_string();
  if (value == nullptr || value->get().empty()) {
    fail(node, what + " is not a text; expected one in quotation marks");
  }
  return value->get();
}

std::string TomlReader::scalar(const toml::node& node, const std::string& what) const {
  if (node.is_string()) {
    return text(node, what);
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
  fail(node, what + " has a value that is neither text nor number nor true or false");
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

}  // namespace p9mmu::model
