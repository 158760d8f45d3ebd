// mmap_lock and anon_vma's lock: a reader-writer semaphore in one line. Waiters spin, as the kernel's do
// while the owner runs; they never sleep here, and readers and writers are not queued fairly.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/mm.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using cpus::Task;

Task<void> down_write(Cpu& cpu, RwSemaphore& lock);
Task<void> up_write(Cpu& cpu, RwSemaphore& lock);
/// The writer becomes a reader, so that others may read from now on.
Task<void> downgrade_write(Cpu& cpu, RwSemaphore& lock);
Task<void> down_read(Cpu& cpu, RwSemaphore& lock);
Task<void> up_read(Cpu& cpu, RwSemaphore& lock);

}  // namespace p9mmu::workloads
