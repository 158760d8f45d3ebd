// A child process that computes one text and hands it back through a pipe. SystemC's kernel is one a process,
// which is why each kernel's run gets a process of its own (isolated_run.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace p9mmu::model {

/// How a child ended.
struct ChildEnd {
  std::string text;             ///< what it handed back; incomplete if it did not end well
  bool exited = false;          ///< by itself, with `status`
  int status = 0;               ///< exit status, or the number of the signal that killed it
  double seconds = 0;           ///< processor time
  std::int64_t peak_bytes = 0;  ///< largest resident set
};

class Child {
 public:
  /// Forks. In the child, writes what `compute` returns and exits with 0; what it throws is lost, so it
  /// should not. The child dies with its parent, and on SIGINT. Throws std::system_error if there is no
  /// process to have.
  explicit Child(const std::function<std::string()>& compute);
  /// Kills the child if it is still there.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// To poll for reading; -1 once the child has ended.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool ended() const { return descriptor_ < 0; }

  /// Reads what there is; to be called when the descriptor is readable. After the last piece waits for the
  /// end.
  void read_some();
  void kill();

  /// After ended().
  [[nodiscard]] const ChildEnd& end() const { return end_; }

 private:
  void reap();

  pid_t pid_ = -1;
  int descriptor_ = -1;
  ChildEnd end_;
};

}  // namespace p9mmu::model
