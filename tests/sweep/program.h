// The program as a process that can be watched, killed and waited for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/model/sample.h"

namespace p9mmu::tests {

class Program {
 public:
  /// Starts `words`, the first of which is a path or a name to look for, with variables besides those of this
  /// process. What it prints goes into files of its own.
  explicit Program(const std::vector<std::string>& words, const std::vector<std::string>& variables = {});
  /// Kills it if it is still there.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// True if it has ended within that time.
  bool wait(std::chrono::microseconds longest);
  void kill(int signal) const;

  struct End {
    int status = 0;  ///< exit status, or the negative number of the signal that killed it
    std::string out;
    std::string err;
  };
  /// Waits for it.
  [[nodiscard]] End end();

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
  int out_;
  int err_;
};

/// The processes that a process has made and that are still there.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

/// True if that process, which may be somebody else's child, ends within that time or is not there.
[[nodiscard]] bool process_ends(pid_t pid, std::chrono::microseconds longest);

/// p9mmu with these arguments, to its end.
[[nodiscard]] Program::End run_p9mmu(const std::vector<std::string>& words);

}  // namespace p9mmu::tests
