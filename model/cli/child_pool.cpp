#include "model/cli/child_pool.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "model/cli/child.h"
#include "model/cli/isolated_run.h"
#include "model/cli/terminal_line.h"

namespace p9mmu::model {
namespace {

class Pool {
 public:
  Pool(const std::vector<std::function<std::string()>>& jobs, unsigned at_once, int err)
      : jobs_(jobs), at_once_(std::max(1U, at_once)), line_(err) {}

  std::vector<std::string> run() {
    while (ended_ < jobs_.size()) {
      while (children_.size() < jobs_.size() && children_.size() - ended_ < at_once_) {
        children_.push_back(std::make_unique<Child>(jobs_[children_.size()]));
      }
      wait();
      tell();
    }
    std::vector<std::string> texts;
    for (const std::unique_ptr<Child>& child : children_) {
      texts.push_back(child->end().text);
    }
    return texts;
  }

 private:
  void wait() {
    std::vector<pollfd> descriptors;
    for (const std::unique_ptr<Child>& child : children_) {
      descriptors.push_back({child->descriptor(), POLLIN, 0});  // poll passes over those below 0
    }
    constexpr int kTickMs = 500;
    if (::poll(descriptors.data(), descriptors.size(), kTickMs) <= 0) {
      return;
    }
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (descriptors[i].revents != 0) {
        children_[i]->read_some();
        if (children_[i]->ended()) {
          check(i);
          ++ended_;
        }
      }
    }
  }

  void check(std::size_t job) {
    const ChildEnd& end = children_[job]->end();
    if (!end.exited || end.status != 0) {
      throw RunFailed("job " + std::to_string(job + 1) + " of " + std::to_string(jobs_.size()) +
                      (end.exited ? " ended with status " : " was killed by signal ") +
                      std::to_string(end.status));
    }
  }

  void tell() {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_).count();
    if (line_.is_seen() && seconds >= 2) {
      line_.tell("p9mmu: " + std::to_string(seconds) + " s; " + std::to_string(ended_) + " of " +
                 std::to_string(jobs_.size()) + " done");
    }
  }

  const std::vector<std::function<std::string()>>& jobs_;
  unsigned at_once_;
  TerminalLine line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Child>> children_;  ///< of the first jobs, as far as started
  std::size_t ended_ = 0;
};

}  // namespace

std::vector<std::string> run_jobs(const std::vector<std::function<std::string()>>& jobs, unsigned at_once,
                                  int err) {
  return Pool(jobs, at_once, err).run();
}

}  // namespace p9mmu::model
