#include "workloads/linux/exit.h"

#include <string>

#include "mmu/error.h"
#include "workloads/linux/memory.h"
#include "workloads/linux/mmu_gather.h"
#include "workloads/linux/table_operations.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

void check_is_last(Kernel& kernel, const Cpu& cpu, const Mm& mm) {
  for (std::uint32_t id = 0; id < kernel.system().cpus(); ++id) {
    const Cpu& other = kernel.system().cpu(CpuId(id));
    if (other.id() != cpu.id() && other.current() != nullptr && other.current()->pid == mm.pid()) {
      throw mmu::UserError("exit: CPU " + std::to_string(id) + " still runs a thread of this address space");
    }
  }
}

Task<void> exit_mmap(Kernel& kernel, Cpu& cpu, Mm& mm) {
  const Routine routine(cpu, "exit_mmap");
  // arch_exit_mmap: no CPU finds the tree through the process table again; what is cached of the entry goes
  // with the flush at the end.
  co_await store_entry(cpu, kernel.process_table_entry(mm), RadixEntry{0});
  const std::vector<Range> vmas = mapped_in(mm, Range{0, Mm::kTaskSize});
  if (vmas.empty()) {
    co_return;
  }
  MmuGather gather(kernel, mm, true);
  co_await gather.begin(cpu);
  {
    const Routine inner(cpu, "unmap_vmas");
    for (const Range& vma : vmas) {
      co_await unmap_page_range(kernel, cpu, mm, gather, vma);
    }
  }
  co_await free_pgtables(kernel, cpu, mm, gather, vmas, Range{0, Mm::kTaskSize});
  co_await gather.finish(cpu);
  mm.vmas.clear();
}

}  // namespace

Task<void> exit_mm(Kernel& kernel, Cpu& cpu, Mm& mm) {
  const Routine routine(cpu, "do_exit");
  check_is_last(kernel, cpu, mm);
  co_await cpu.compute(kernel.parameters().syscall);
  cpu.current()->pid.reset();
  co_await exit_mmap(kernel, cpu, mm);
  mm.exited = true;
  std::erase(mm.anon_vma->mms, &mm);
  mm.pages().free_table(mm.pgd(), mmu::table_bytes(mmu::kRootBits));
}

}  // namespace p9mmu::workloads
