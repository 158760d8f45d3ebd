// A spin lock in a line of its own. Whoever finds it held spins on the line; when it is released, the waiters
// look again in the order in which the line reaches them.
#pragma once

#include "cpus/watched_line.h"

namespace p9mmu::cpus {

struct SpinLock {
  WatchedLine line;
  std::uint32_t holder = interconnect::kNobody;

  [[nodiscard]] bool held() const { return holder != interconnect::kNobody; }
};

}  // namespace p9mmu::cpus
