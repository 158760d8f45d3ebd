#include "workloads/linux/mmu_gather.h"

#include <algorithm>

namespace p9mmu::workloads {

using cpus::Routine;

Task<void> MmuGather::change_page_size(Cpu& cpu, PageSize size) {
  if (size_known_ && size_ != size && (!pages_.empty() || end_ > start_)) {
    co_await flush_mmu(cpu);
  }
  size_ = size;
  size_known_ = true;
}

void MmuGather::extend(std::uint64_t start, std::uint64_t end) {
  start_ = std::min(start_, start);
  end_ = std::max(end_, end);
}

void MmuGather::remove_table(RealAddress table, std::uint64_t bytes) {
  freed_tables_ = true;
  tables_.push_back(HeldTable{table, bytes});
}

Task<void> MmuGather::flush_tlbs(Cpu& cpu) {
  const Routine routine(cpu, "radix__tlb_flush");
  ++cpu.system().counters().batch_flushes;
  if (fullmm_) {
    co_await flush_.radix__flush_all_mm(cpu, mm_, true);
  } else {
    co_await flush_.radix__flush_tlb_range_psize(cpu, mm_, start_, end_, size_, freed_tables_);
  }
  start_ = ~std::uint64_t{0};
  end_ = 0;
  freed_tables_ = false;
}

Task<void> MmuGather::free_held(Cpu& cpu) {
  const Routine routine(cpu, "free_pages_and_swap_cache");
  cpus::Counters& counters = cpu.system().counters();
  std::int64_t huge = 0;
  for (const HeldPage& held : pages_) {
    mm_.pages().free_page(held.page, held.size);
    huge += held.size == PageSize::k2M ? 1 : 0;
  }
  counters.huge_pages_freed += huge;
  for (const HeldTable& held : tables_) {
    mm_.pages().free_table(held.table, held.bytes);
  }
  counters.page_tables_freed += static_cast<std::int64_t>(tables_.size());
  const Time pages = static_cast<std::int64_t>(pages_.size()) * parameters_.free_huge_page;
  const Time tables = static_cast<std::int64_t>(tables_.size()) * parameters_.free_table;
  pages_.clear();
  tables_.clear();
  co_await cpu.compute(pages + tables);
}

Task<void> MmuGather::flush_mmu(Cpu& cpu) {
  const Routine routine(cpu, "tlb_flush_mmu");
  if (end_ > start_) {
    co_await flush_tlbs(cpu);
  }
  co_await free_held(cpu);
}

Task<void> MmuGather::finish(Cpu& cpu) {
  const Routine routine(cpu, "tlb_finish_mmu");
  co_await flush_mmu(cpu);
}

}  // namespace p9mmu::workloads
