#include "workloads/linux/mmu_gather.h"

#include <algorithm>

namespace p9mmu::workloads {

using cpus::Routine;

Task<void> MmuGather::begin(Cpu& cpu) {
  co_await cpu.execute(TlbFlushPending{&mm_, 1});
}

Task<void> MmuGather::change_page_size(Cpu& cpu, PageSize size) {
  if (size_known_ && size_ != size && !fullmm_ && (!nothing_held() || end_ > start_)) {
    co_await flush_mmu(cpu);
  }
  size_ = size;
  size_known_ = true;
}

void MmuGather::extend(std::uint64_t start, std::uint64_t end) {
  start_ = std::min(start_, start);
  end_ = std::max(end_, end);
}

Task<void> MmuGather::remove_table(Cpu& cpu, std::uint64_t address, RemovedTable table) {
  extend(address, address + mmu::bytes(mm_.base_page()));
  freed_tables_ = true;
  tables_.push_back(table);
  if (tables_.size() >= table_capacity(mm_.base_page())) {
    co_await flush_tables(cpu);
  }
}

Task<void> MmuGather::flush_mmu_tlbonly(Cpu& cpu) {
  if (end_ <= start_) {
    co_return;
  }
  const Routine routine(cpu, "radix__tlb_flush");
  ++cpu.system().counters().batch_flushes;
  const TlbFlush& flush = kernel_.flush();
  if (fullmm_) {
    co_await flush.radix__flush_all_mm(cpu, mm_, true);
  } else {
    co_await flush.radix__flush_tlb_range_psize(cpu, mm_, start_, end_, size_, freed_tables_);
  }
  start_ = ~std::uint64_t{0};
  end_ = 0;
  freed_tables_ = false;
}

/// tlb_table_flush.
Task<void> MmuGather::flush_tables(Cpu& cpu) {
  if (tables_.empty()) {
    co_return;
  }
  co_await flush_mmu_tlbonly(cpu);
  const Routine routine(cpu, "tlb_remove_table_free");
  const std::int64_t count = static_cast<std::int64_t>(tables_.size());
  co_await cpu.compute(count * kernel_.parameters().free_table);
  co_await cpu.execute(CallRcu{&kernel_.rcu(), &tables_});
}

Task<void> MmuGather::free_pages(Cpu& cpu) {
  const Routine routine(cpu, "free_pages_and_swap_cache");
  PageAllocator& pages = kernel_.pages();
  for (const RealAddress page : pages_) {
    if (pages.is_zero_page(page)) {
      continue;  // mappings of it hold no reference
    }
    co_await cpu.execute(PagePutInBatch{&pages, page, kernel_.parameters().free_huge_page});
  }
  pages_.clear();
}

Task<void> MmuGather::flush_mmu(Cpu& cpu) {
  const Routine routine(cpu, "tlb_flush_mmu");
  co_await flush_mmu_tlbonly(cpu);
  co_await flush_tables(cpu);
  co_await free_pages(cpu);
}

Task<void> MmuGather::finish(Cpu& cpu) {
  const Routine routine(cpu, "tlb_finish_mmu");
  const std::int32_t pending = co_await cpu.execute(TlbFlushPending{&mm_, 0});
  if (pending > 1) {
    // Somebody else has cleared entries in the same mm and may not have flushed them yet.
    fullmm_ = true;
    start_ = 0;
    end_ = Mm::kTaskSize;
  }
  co_await flush_mmu(cpu);
  co_await cpu.execute(TlbFlushPending{&mm_, -1});
}

}  // namespace p9mmu::workloads
