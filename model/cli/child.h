// A child process that computes one text and hands it back through a pipe. SystemC's kernel is one a process,
// which is why each kernel's run gets a process of its own (isolated_run.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace p9mmu::model {

/// What a child may do.
struct ChildLimits {
  std::uint64_t memory_bytes =
      0;  ///< of address space; 0 for no limit. Not enforced under the address sanitizer.
  /// What it says on stderr goes into ChildEnd::said, at most kMostSaid bytes, and it leaves no core file.
  bool is_silent = false;

  static constexpr std::size_t kMostSaid = 1 << 16;
};

/// How a child ended.
struct ChildEnd {
  std::string text;             ///< what it handed back; incomplete if it did not end well
  std::string said;             ///< on stderr, if it was to be silent
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
  explicit Child(const std::function<std::string()>& compute, const ChildLimits& limits = {});
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
  void read_said();

  pid_t pid_ = -1;
  int descriptor_ = -1;
  int said_ = -1;  ///< a file in memory that takes the child's stderr; -1 for none
  ChildEnd end_;
};

}  // namespace p9mmu::model
