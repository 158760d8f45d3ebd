#include "workloads/linux/page_lock.h"

#include "mmu/check.h"

namespace p9mmu::workloads {

using cpus::Cause;
using cpus::Routine;

PageLocks::PageLock& PageLocks::lock_of(RealAddress page) {
  const std::uint64_t address = pages_.head_address(page).value();
  PageLock& lock = locks_[address];
  lock.line.line.name = (std::uint64_t{1} << 54) + address;
  return lock;
}

Task<void> PageLocks::lock_page(Cpu& cpu, RealAddress page) {
  const Routine routine(cpu, "__lock_page");
  PageLock& lock = lock_of(page);
  const auto is_free = [&lock] { return !lock.held; };
  do {
    co_await cpu.wait_until(lock.line, Cause::lock, is_free);
    co_await cpu.read_modify_write(lock.line.line);
  } while (lock.held);
  lock.held = true;
}

Task<bool> PageLocks::trylock_page(Cpu& cpu, RealAddress page) {
  PageLock& lock = lock_of(page);
  co_await cpu.read_modify_write(lock.line.line);
  if (lock.held) {
    co_return false;
  }
  lock.held = true;
  co_return true;
}

Task<void> PageLocks::unlock_page(Cpu& cpu, RealAddress page) {
  PageLock& lock = lock_of(page);
  P9MMU_CHECK(lock.held, "page at " << page.value() << " is not locked");
  co_await cpu.read_modify_write(lock.line.line);
  lock.held = false;
  cpus::wake_watchers(lock.line, cpu);
}

Task<void> PageLocks::wait_on_page_locked(Cpu& cpu, RealAddress page) {
  const Routine routine(cpu, "put_and_wait_on_page_locked");
  PageLock& lock = lock_of(page);
  co_await cpu.wait_until(lock.line, Cause::lock, [&lock] { return !lock.held; });
}

void PageLocks::lock_pieces(RealAddress page, PageSize base_page) {
  for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M); at += mmu::bytes(base_page)) {
    lock_of(page + at).held = true;
  }
}

}  // namespace p9mmu::workloads
