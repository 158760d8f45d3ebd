#include "model/cli/interrupt_watch.h"

namespace p9mmu::model {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;

void on_interrupt(int) {
  interrupt_seen = 1;
}

}  // namespace

InterruptWatch::InterruptWatch(std::vector<int> others) {
  interrupt_seen = 0;
  others.push_back(SIGINT);
  sigset_t block;
  sigemptyset(&block);
  for (const int signal : others) {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    Old old = {signal, {}};
    sigaction(signal, &action, &old.action);
    old_.push_back(old);
    sigaddset(&block, signal);
  }
  sigprocmask(SIG_BLOCK, &block, &old_mask_);
  inside_poll_ = old_mask_;
  for (const int signal : others) {
    sigdelset(&inside_poll_, signal);
  }
}

InterruptWatch::~InterruptWatch() {
  for (const Old& old : old_) {
    sigaction(old.signal, &old.action, nullptr);
  }
  sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

void InterruptWatch::poll(std::vector<pollfd>& descriptors, const timespec* longest) const {
  if (::ppoll(descriptors.data(), descriptors.size(), longest, &inside_poll_) < 0) {
    for (pollfd& descriptor : descriptors) {
      descriptor.revents = 0;
    }
  }
}

bool InterruptWatch::seen() {
  return interrupt_seen != 0;
}

void InterruptWatch::note() {
  interrupt_seen = 1;
}

}  // namespace p9mmu::model
