// While it lives, signals that ask the program to end are noted instead of deadly, and come only inside of a
// poll, so that what has been finished can be kept. One at a time.
#pragma once

#include <poll.h>
#include <time.h>

#include <csignal>
#include <vector>

namespace p9mmu::model {

class InterruptWatch {
 public:
  /// Watches SIGINT and the others named.
  explicit InterruptWatch(std::vector<int> others = {});
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// As poll(2); `longest` null waits for ever. When a signal ends it, no descriptor has anything to read.
  void poll(std::vector<pollfd>& descriptors, const timespec* longest) const;

  /// True once one of the signals has come.
  [[nodiscard]] static bool seen();
  /// As if one had come.
  static void note();

 private:
  struct Old {
    int signal;
    struct sigaction action;
  };

  std::vector<Old> old_;
  sigset_t old_mask_{};
  sigset_t inside_poll_{};
};

}  // namespace p9mmu::model
