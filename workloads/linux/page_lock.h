// PG_locked: lock_page, trylock_page, unlock_page. A page's lock keeps it from being split, reused or
// collapsed; waiters spin on a line here, where the kernel's sleep.
#pragma once

#include <cstdint>
#include <map>

#include "cpus/operations.h"
#include "workloads/linux/page_allocator.h"

namespace p9mmu::workloads {

using cpus::Task;

class PageLocks {
 public:
  explicit PageLocks(PageAllocator& pages) : pages_(pages) {}

  Task<void> lock_page(Cpu& cpu, RealAddress page);
  /// Whether it got the lock.
  Task<bool> trylock_page(Cpu& cpu, RealAddress page);
  Task<void> unlock_page(Cpu& cpu, RealAddress page);
  /// Waits until nobody holds the lock, and does not take it (wait_on_page_locked).
  Task<void> wait_on_page_locked(Cpu& cpu, RealAddress page);

  /// The locked page has just been split: each of its base pages is locked now.
  void lock_pieces(RealAddress page, PageSize base_page);

  [[nodiscard]] bool locked(RealAddress page) { return lock_of(page).held; }

 private:
  struct PageLock {
    cpus::WatchedLine line;
    bool held = false;
  };
  /// The lock of the page, or of the compound page that it belongs to.
  PageLock& lock_of(RealAddress page);

  PageAllocator& pages_;
  std::map<std::uint64_t, PageLock> locks_;  ///< by the page's address
};

}  // namespace p9mmu::workloads
