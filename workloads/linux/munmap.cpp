#include "workloads/linux/munmap.h"

#include <iterator>
#include <vector>

#include "workloads/linux/memory.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/mmu_gather.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

/// Takes the VMAs of a range, in which they lie wholly, out of the mm.
std::vector<Range> detach_vmas(Mm& mm, Range range) {
  std::vector<Range> detached = mapped_in(mm, range);
  for (const Range& vma : detached) {
    mm.vmas.erase(vma.start);
  }
  return detached;
}

/// `ranges` were mapped from `start` on; no other mapping lies between them.
Task<void> unmap_region(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t start,
                        const std::vector<Range>& ranges) {
  const Routine routine(cpu, "unmap_region");
  MmuGather gather(kernel, mm, false);
  co_await gather.begin(cpu);
  {
    const Routine inner(cpu, "unmap_vmas");
    for (const Range& range : ranges) {
      co_await unmap_page_range(kernel, cpu, mm, gather, range);
    }
  }
  // Tables are freed as far as no other mapping needs them.
  const auto after = mm.vmas.lower_bound(start);
  const Range bounds{after == mm.vmas.begin() ? 0 : std::prev(after)->second.end,
                     after == mm.vmas.end() ? Mm::kTaskSize : after->second.start};
  co_await free_pgtables(kernel, cpu, mm, gather, ranges, bounds);
  co_await gather.finish(cpu);
}

}  // namespace

Task<void> do_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, Range range) {
  const Routine routine(cpu, "__do_munmap");
  co_await isolate_vmas(kernel, cpu, mm, range);
  const std::vector<Range> ranges = detach_vmas(mm, range);
  co_await unmap_region(kernel, cpu, mm, range.start, ranges);
}

Task<void> sys_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length) {
  const Range range = checked_range(mm, "munmap", start, length);
  const Routine call(cpu, "sys_munmap");
  co_await cpu.compute(kernel.parameters().syscall);
  const Routine outer(cpu, "__vm_munmap");
  co_await down_write(cpu, mm.mmap_lock);
  const Routine routine(cpu, "__do_munmap");
  co_await isolate_vmas(kernel, cpu, mm, range);
  const std::vector<Range> ranges = detach_vmas(mm, range);
  co_await downgrade_write(cpu, mm.mmap_lock);
  co_await unmap_region(kernel, cpu, mm, range.start, ranges);
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace p9mmu::workloads
