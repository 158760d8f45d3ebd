// A user's mistake: what, where, and the nearest right answer. Thrown anywhere, caught in main, printed as
// one line on stderr, exit code 2. Not for broken invariants (mmu/check.h).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace p9mmu::mmu {

/// Its text is one line: "file:line: what is wrong; what was expected".
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& what) : std::runtime_error(what) {}
  /// `line` 0 means that the file as a whole is meant.
  UserError(const std::string& file, int line, const std::string& what)
      : std::runtime_error(line > 0 ? file + ":" + std::to_string(line) + ": " + what : file + ": " + what) {}
};

/// " (did you mean 'X'?)" for the candidate nearest to `word` by edit distance, or "" when none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace p9mmu::mmu
