// mmu_gather: pages and tables that a teardown takes out of an mm, given back only after the TLBs have been
// flushed. The batches have their real sizes: 8 pointers on the stack and then pages full of them, so that
// with 64K base pages a flush comes every 8,198 huge pages and with 4K ones every 9,698
// (include/asm-generic/tlb.h).
#pragma once

#include <cstdint>
#include <vector>

#include "cpus/operations.h"
#include "workloads/linux/mm.h"
#include "workloads/linux/parameters.h"
#include "workloads/linux/tlb_flush.h"

namespace p9mmu::workloads {

/// How many pages a gather holds before it must flush (MMU_GATHER_BUNDLE, MAX_GATHER_BATCH,
/// MAX_GATHER_BATCH_COUNT).
[[nodiscard]] constexpr std::uint32_t gather_capacity(PageSize base_page) {
  constexpr std::uint32_t kBundle = 8;
  return base_page == PageSize::k64K ? kBundle + 8190 : kBundle + 19 * 510;
}

class MmuGather {
 public:
  MmuGather(Mm& mm, const KernelParameters& parameters, const TlbFlush& flush, bool fullmm)
      : mm_(mm), parameters_(parameters), flush_(flush), fullmm_(fullmm) {}

  [[nodiscard]] bool fullmm() const { return fullmm_; }

  /// tlb_change_page_size: what is held of another size is flushed first.
  Task<void> change_page_size(Cpu& cpu, PageSize size);
  /// The range [start, end) of the present size has been cleared.
  void extend(std::uint64_t start, std::uint64_t end);
  /// tlb_remove_page_size; true if the batch is full now and `flush` is due.
  [[nodiscard]] bool remove_page(RealAddress page, PageSize size) {
    pages_.push_back(HeldPage{page, size});
    return pages_.size() >= gather_capacity(mm_.base_page());
  }
  /// A page-table page that nothing leads to any more; RCU keeps it until walkers are gone.
  void remove_table(RealAddress table, std::uint64_t bytes);
  /// tlb_flush_mmu: flush the TLBs, then give the pages back.
  Task<void> flush_mmu(Cpu& cpu);
  /// tlb_finish_mmu.
  Task<void> finish(Cpu& cpu);

  [[nodiscard]] bool nothing_held() const { return pages_.empty(); }

 private:
  struct HeldPage {
    RealAddress page;
    PageSize size;
  };
  struct HeldTable {
    RealAddress table;
    std::uint64_t bytes;
  };
  Task<void> flush_tlbs(Cpu& cpu);
  Task<void> free_held(Cpu& cpu);

  Mm& mm_;
  const KernelParameters& parameters_;
  const TlbFlush& flush_;
  bool fullmm_;
  bool size_known_ = false;
  PageSize size_ = PageSize::k64K;
  std::uint64_t start_ = ~std::uint64_t{0};
  std::uint64_t end_ = 0;
  bool freed_tables_ = false;
  std::vector<HeldPage> pages_;
  std::vector<HeldTable> tables_;
};

}  // namespace p9mmu::workloads
