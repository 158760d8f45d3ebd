// What every reader of a TOML file asks of a node: its line, and its value as a text, with the mistake told
// when it is of another kind. Included by the readers' source files only, for toml++ is slow to compile.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "model/machine/machine_file.h"

namespace p9mmu::model {

/// Throws mmu::UserError, with file and line, wherever a node is not as asked for.
class TomlReader {
 public:
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] SourceLine place(const toml::node& node) const;
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const;

  [[nodiscard]] const toml::table& table(const toml::node& node, const std::string& what) const;
  /// A list with something in it; `example` is one.
  [[nodiscard]] const toml::array& list(const toml::node& node, const std::string& what,
                                        const std::string& example) const;
  [[nodiscard]] std::string text(const toml::node& node, const std::string& what) const;
  /// A text, number or flag, as a text.
  [[nodiscard]] std::string scalar(const toml::node& node, const std::string& what) const;

 private:
  std::string file_;
};

[[nodiscard]] bool has(const std::vector<std::string>& words, std::string_view word);

/// "a, b, c"
[[nodiscard]] std::string listed(const std::vector<std::string>& words);

}  // namespace p9mmu::model
