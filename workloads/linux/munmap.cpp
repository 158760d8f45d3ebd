#include "workloads/linux/munmap.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "mmu/error.h"
#include "workloads/linux/memory.h"
#include "workloads/linux/mmap_lock.h"
#include "workloads/linux/mmu_gather.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

[[noreturn]] void refuse(std::uint64_t address, const char* why) {
  std::ostringstream text;
  text << "munmap at 0x" << std::hex << address << ": " << why;
  throw mmu::UserError(text.str());
}

/// Splits the VMAs at the edges and takes out what lies between; host bookkeeping.
std::vector<Range> detach_vmas(Mm& mm, std::uint64_t start, std::uint64_t end) {
  std::vector<Range> detached;
  auto place = mm.vmas.upper_bound(start);
  if (place != mm.vmas.begin()) {
    --place;
  }
  while (place != mm.vmas.end() && place->second.start < end) {
    const Vma vma = place->second;
    if (vma.end <= start) {
      ++place;
      continue;
    }
    place = mm.vmas.erase(place);
    const Range cut{std::max(start, vma.start), std::min(end, vma.end)};
    if (vma.start < cut.start) {
      mm.vmas.emplace(vma.start, Vma{vma.start, cut.start, vma.offset, vma.writable});
    }
    if (cut.end < vma.end) {
      mm.vmas.emplace(cut.end, Vma{cut.end, vma.end, vma.offset + (cut.end - vma.start), vma.writable});
    }
    detached.push_back(cut);
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

Task<void> do_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t start, std::uint64_t end) {
  const Routine outer(cpu, "__vm_munmap");
  co_await down_write(cpu, mm.mmap_lock);
  const Routine routine(cpu, "__do_munmap");
  const std::vector<Range> ranges = detach_vmas(mm, start, end);
  co_await downgrade_write(cpu, mm.mmap_lock);
  co_await unmap_region(kernel, cpu, mm, start, ranges);
  co_await up_read(cpu, mm.mmap_lock);
}

}  // namespace

Task<void> sys_munmap(Kernel& kernel, Cpu& cpu, Mm& mm, EffectiveAddress start, std::uint64_t length) {
  const std::uint64_t page = mmu::bytes(mm.base_page());
  if (start.value() % page != 0 || length == 0 || length > Mm::kTaskSize ||
      start.value() > Mm::kTaskSize - length) {
    refuse(start.value(),
           "expected an address aligned to the base page and a length inside the address space");
  }
  const std::uint64_t end = start.value() + ((length + page - 1) & ~(page - 1));
  const Routine routine(cpu, "sys_munmap");
  co_await cpu.compute(kernel.parameters().syscall);
  co_await do_munmap(kernel, cpu, mm, start.value(), end);
}

}  // namespace p9mmu::workloads
