// Where results go: a file descriptor, or a file that appears whole or not at all. A failure to write is an
// OutputError, which ends the program with exit code 74; it is not the user's mistake.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace p9mmu::model {

class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes all of `text`; `name` is what a failure's message calls the descriptor.
void write_all(int descriptor, std::string_view text, const std::string& name);

/// The place for a command's result: standard output, or the file of --output. Opening comes first, so that a
/// long run does not end at a directory that cannot be written.
class Output {
 public:
  /// `path` "" means `descriptor`. A path that names a regular file or nothing is written to a temporary file
  /// beside it, which replaces it when done; anything else (a device, a pipe) is written directly.
  Output(int descriptor, const std::string& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Writes the whole result, once.
  void write(std::string_view text);

 private:
  int descriptor_;
  bool owned_ = false;
  std::string path_;
  std::string temporary_;  ///< "" when written directly
};

}  // namespace p9mmu::model
