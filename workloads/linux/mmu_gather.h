// mmu_gather: pages and tables that a teardown takes out of an mm, given back only after the TLBs have been
// flushed. The batches have their real sizes: 8 pointers on the stack and then pages full of them, so that
// with 64K base pages a flush comes every 8,198 huge pages and with 4K ones every 9,698; tables fill a page
// of their own (include/asm-generic/tlb.h). The pages go back at once, the tables after a grace period.
#pragma once

#include <cstdint>
#include <vector>

#include "cpus/operations.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// How many pages a gather holds before it must flush (MMU_GATHER_BUNDLE, MAX_GATHER_BATCH,
/// MAX_GATHER_BATCH_COUNT).
[[nodiscard]] constexpr std::uint32_t gather_capacity(PageSize base_page) {
  constexpr std::uint32_t kBundle = 8;
  return base_page == PageSize::k64K ? kBundle + 8190 : kBundle + 19 * 510;
}

/// How many tables it holds (MAX_TABLE_BATCH): what a page has room for behind a header of 24 bytes.
[[nodiscard]] constexpr std::uint32_t table_capacity(PageSize base_page) {
  return static_cast<std::uint32_t>((mmu::bytes(base_page) - 24) / 8);
}

class MmuGather {
 public:
  MmuGather(Kernel& kernel, Mm& mm, bool fullmm) : kernel_(kernel), mm_(mm), fullmm_(fullmm) {}

  [[nodiscard]] bool fullmm() const { return fullmm_; }

  /// tlb_gather_mmu: from now on others that gather from this mm flush for this one too.
  Task<void> begin(Cpu& cpu);
  /// tlb_change_page_size: what is held of another size is flushed first.
  Task<void> change_page_size(Cpu& cpu, PageSize size);
  /// The range [start, end) of the present size has been cleared.
  void extend(std::uint64_t start, std::uint64_t end);
  /// tlb_remove_page_size; true if the batch is full now and `flush` is due.
  [[nodiscard]] bool remove_page(RealAddress page) {
    pages_.push_back(page);
    return pages_.size() >= gather_capacity(mm_.base_page());
  }
  /// pte_free_tlb, pmd_free_tlb, pud_free_tlb: a page-table page, of `address` and up, that nothing leads to
  /// any more. Flushes when the batch is full.
  Task<void> remove_table(Cpu& cpu, std::uint64_t address, RemovedTable table);
  /// tlb_flush_mmu_tlbonly: flush the TLBs if anything was cleared, and keep what is held.
  Task<void> flush_mmu_tlbonly(Cpu& cpu);
  /// tlb_flush_mmu: flush the TLBs, then give everything back.
  Task<void> flush_mmu(Cpu& cpu);
  /// tlb_finish_mmu: the same, for the whole mm if somebody else gathers from it too.
  Task<void> finish(Cpu& cpu);

  [[nodiscard]] bool nothing_held() const { return pages_.empty() && tables_.empty(); }

 private:
  Task<void> flush_tables(Cpu& cpu);
  Task<void> free_pages(Cpu& cpu);

  Kernel& kernel_;
  Mm& mm_;
  bool fullmm_;
  bool size_known_ = false;
  PageSize size_ = PageSize::k64K;
  std::uint64_t start_ = ~std::uint64_t{0};
  std::uint64_t end_ = 0;
  bool freed_tables_ = false;
  std::vector<RealAddress> pages_;
  std::vector<RemovedTable> tables_;
};

/// inc_tlb_flush_pending with 1, dec_tlb_flush_pending with -1; what it is afterwards. Its cost is the
/// calling routine's.
struct TlbFlushPending {
  static constexpr const char* kName = "tlb_flush_pending";
  Mm* mm;
  std::int32_t change;
  static Time issue(Cpu& cpu) { return cpu.now(); }
  std::int32_t effect(Cpu& cpu) const {
    const bool changes = change != 0;
    cpu.system().touch({cpus::SharedKind::line, mm->tlb_flush_pending_name()},
                       changes ? cpus::Touch::write : cpus::Touch::read);
    return mm->tlb_flush_pending += change;
  }
};

}  // namespace p9mmu::workloads
