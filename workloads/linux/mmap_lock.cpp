#include "workloads/linux/mmap_lock.h"

namespace p9mmu::workloads {

namespace {

using cpus::Cause;
using cpus::Routine;
using cpus::Touch;

/// Under an explorer: finding the lock free and taking it as one step, for a try that comes too late changes
/// nothing; and the other changes of the lock. Their effect is the routine's.
struct ChangeLock {
  static constexpr const char* kName = "mmap_lock";
  const RwSemaphore* lock;
  Touch touch;

  [[nodiscard]] bool possible(Cpu&) const {
    return touch == Touch::acquire          ? !lock->writer && lock->readers == 0
           : touch == Touch::acquire_shared ? !lock->writer
                                            : true;
  }
  interconnect::Time issue(Cpu& cpu) const {
    cpu.system().touch({cpus::SharedKind::lock, lock->line.line.name}, touch);
    return cpu.now();
  }
  void effect(Cpu&) const {}
};

}  // namespace

Task<void> down_write(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "down_write");
  const auto is_free = [&lock] { return !lock.writer && lock.readers == 0; };
  if (cpu.explored()) {
    co_await cpu.execute(ChangeLock{&lock, Touch::acquire});
  } else {
    do {
      co_await cpu.wait_until(lock.line, Cause::lock, is_free);
      co_await cpu.read_modify_write(lock.line.line);
    } while (!is_free());
  }
  lock.writer = true;
}

Task<void> up_write(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "up_write");
  if (cpu.explored()) {
    co_await cpu.execute(ChangeLock{&lock, Touch::release});
  } else {
    co_await cpu.read_modify_write(lock.line.line);
  }
  lock.writer = false;
  cpus::wake_watchers(lock.line, cpu);
}

Task<void> downgrade_write(Cpu& cpu, RwSemaphore& lock) {
  if (cpu.explored()) {
    co_await cpu.execute(ChangeLock{&lock, Touch::release});
    // It is a reader from here on.
    cpu.system().touch({cpus::SharedKind::lock, lock.line.line.name}, Touch::acquire_shared);
  } else {
    co_await cpu.read_modify_write(lock.line.line);
  }
  lock.writer = false;
  lock.readers = 1;
  cpus::wake_watchers(lock.line, cpu);
}

Task<void> down_read(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "down_read");
  const auto is_open = [&lock] { return !lock.writer; };
  if (cpu.explored()) {
    co_await cpu.execute(ChangeLock{&lock, Touch::acquire_shared});
  } else {
    do {
      co_await cpu.wait_until(lock.line, Cause::lock, is_open);
      co_await cpu.read_modify_write(lock.line.line);
    } while (!is_open());
  }
  ++lock.readers;
}

Task<void> up_read(Cpu& cpu, RwSemaphore& lock) {
  const Routine routine(cpu, "up_read");
  if (cpu.explored()) {
    co_await cpu.execute(ChangeLock{&lock, Touch::release_shared});
  } else {
    co_await cpu.read_modify_write(lock.line.line);
  }
  --lock.readers;
  cpus::wake_watchers(lock.line, cpu);
}

}  // namespace p9mmu::workloads
