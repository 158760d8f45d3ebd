#include "workloads/linux/madvise.h"

#include "workloads/linux/memory.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/mmu_gather.h"

namespace p9mmu::workloads {

using cpus::Routine;

namespace {

Task<void> zap_page_range(Kernel& kernel, Cpu& cpu, Mm& mm, Range vma) {
  const Routine routine(cpu, "zap_page_range");
  MmuGather gather(kernel, mm, false);
  co_await gather.begin(cpu);
  co_await unmap_page_range(kernel, cpu, mm, gather, vma);
  co_await gather.finish(cpu);
}

}  // namespace

Task<void> sys_madvise_dontneed(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start,
                                std::uint64_t length) {
  const Range range = checked_range(mm, "madvise", start, length);
  const Routine call(cpu, "sys_madvise");
  co_await cpu.compute(kernel.parameters().syscall);
  co_await down_read(cpu, mm.mmap_lock);
  const std::vector<Range> vmas = mapped_in(mm, range);
  for (const Range& vma : vmas) {
    co_await zap_page_range(kernel, cpu, mm, vma);
  }
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace p9mmu::workloads
