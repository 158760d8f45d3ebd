#include "workloads/linux/mmap_lock.h"

namespace p9mmu::workloads {

using cpus::Cause;
using cpus::Routine;

Task<void> down_write(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "down_write");
  const auto is_free = [&lock] { return !lock.writer && lock.readers == 0; };
  do {
    co_await cpu.wait_until(lock.line, Cause::lock, is_free);
    co_await cpu.read_modify_write(lock.line.line);
  } while (!is_free());
  lock.writer = true;
}

Task<void> downgrade_write(Cpu& cpu, RwSemaphore& lock) {
  co_await cpu.read_modify_write(lock.line.line);
  lock.writer = false;
  lock.readers = 1;
  cpus::wake_watchers(lock.line, cpu);
}

Task<void> down_read(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "down_read");
  const auto is_open = [&lock] { return !lock.writer; };
  do {
    co_await cpu.wait_until(lock.line, Cause::lock, is_open);
    co_await cpu.read_modify_write(lock.line.line, cpus::Commutes::yes);
  } while (!is_open());
  ++lock.readers;
}

Task<void> up_read(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "up_read");
  co_await cpu.read_modify_write(lock.line.line, cpus::Commutes::yes);
  --lock.readers;
  cpus::wake_watchers(lock.line, cpu);
}

}  // namespace p9mmu::workloads
