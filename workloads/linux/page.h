// struct page: what the kernel counts of each page and what several CPUs change at once, and the operations
// that change it. References keep a page from being freed, mappings say how many entries lead to it; a count
// of 0 references is what speculative takers (get_user_pages_fast) refuse, whether the page is free or frozen
// for a split. Flags for the page cache, swap and writeback are not modelled.
#pragma once

#include <cstdint>
#include <memory>

#include "cpus/operations.h"
#include "mmu/address.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using interconnect::Time;
using mmu::PageSize;
using mmu::RealAddress;

struct Page {
  std::int32_t refcount = 0;  ///< of a tail of a compound page meaningless: its head's counts
  std::int32_t mapcount = 0;  ///< entries that map it; of a compound head the PMDs that do
  bool compound = false;      ///< the head of a huge page that has not been split into pages of their own
  std::uint64_t index = 0;    ///< where in its anonymous mapping it belongs, in bytes
  /// The base pages of a huge page, made when somebody first looks at one: the tails, or after a split pages.
  std::unique_ptr<Page[]> pieces;
  PageSize piece_size = PageSize::k64K;
};

class PageAllocator;

/// What the operations below have in common: an atomic on a struct page that this core holds.
struct PageOperation {
  PageAllocator* pages;
  RealAddress page;

  static Time issue(Cpu& cpu) {
    const Time span = cpu.system().parameters().instructions.larx_stcx + cpu.system().lines().hit();
    cpu.charge(cpus::Cause::memory, span);
    return cpu.now() + span;
  }
  /// Tells who explores that the page's counts are changed.
  void touch(Cpu& cpu) const;
};

/// get_page, page_ref_add: by somebody who knows that there is a reference already.
struct PageRefAdd : PageOperation {
  static constexpr const char* kName = "get_page";
  std::int32_t count = 1;
  void effect(Cpu& cpu) const;
};

/// page_cache_add_speculative: a reference, unless there is none yet. Its effect is whether it got one.
struct PageTryGet : PageOperation {
  static constexpr const char* kName = "try to get the page";
  [[nodiscard]] bool effect(Cpu& cpu) const;
};

/// put_page: gives one reference back, and with the last the page. Its effect is whether that was the last.
struct PagePut : PageOperation {
  static constexpr const char* kName = "put_page";
  bool effect(Cpu& cpu) const;
};

/// The same for a page of a batch, where one parameter is the cost of all that goes with it.
struct PagePutInBatch {
  static constexpr const char* kName = "put_page";
  PageAllocator* pages;
  RealAddress page;
  Time span;
  Time issue(Cpu& cpu) const {
    cpu.charge(cpus::Cause::compute, span);
    return cpu.now() + span;
  }
  bool effect(Cpu& cpu) const { return PagePut{{pages, page}}.effect(cpu); }
};

/// page_add_anon_rmap with 1, page_remove_rmap with -1: `size` is the size of the entry, 2M for a PMD that
/// maps a compound page, the base page's for a PTE.
struct PageMapAdd : PageOperation {
  static constexpr const char* kName = "change the mapcount";
  PageSize size = PageSize::k2M;
  std::int32_t count = 1;
  void effect(Cpu& cpu) const;
};

/// What __split_huge_pmd_locked does to the counts: one mapping by a PMD fewer, one by a PTE of every base
/// page more. Nobody compares the counts of single pages meanwhile.
struct PageSplitMap : PageOperation {
  static constexpr const char* kName = "split the mapcount";
  PageSize base_page = PageSize::k64K;
  void effect(Cpu& cpu) const;
};

/// page_remove_rmap and put_page of every base page of a compound page, for one mapping; somebody holds
/// another reference.
struct PageUnmapPieces : PageOperation {
  static constexpr const char* kName = "unmap the base pages";
  PageSize base_page = PageSize::k64K;
  void effect(Cpu& cpu) const;
};

/// page_ref_freeze: takes all references if they are as many as expected and nothing maps the page, so that
/// nobody can get another. Its effect is whether it did.
struct PageRefFreeze : PageOperation {
  static constexpr const char* kName = "page_ref_freeze";
  std::int32_t expected = 1;
  [[nodiscard]] bool effect(Cpu& cpu) const;
};

/// __split_huge_page: the frozen compound page becomes base pages, each with one reference.
struct PageSplit : PageOperation {
  static constexpr const char* kName = "split the page";
  PageSize base_page = PageSize::k64K;
  void effect(Cpu& cpu) const;
};

/// page_count and page_mapcount as they are at that moment.
struct PageCounts {
  std::int32_t references;
  std::int32_t total_mapcount;
  std::int32_t greatest_mapcount;
};
struct PageReadCounts : PageOperation {
  static constexpr const char* kName = "read the counts";
  [[nodiscard]] PageCounts effect(Cpu& cpu) const;
};

/// Tells the auditor, if there is one, that from now on a reference on the page would be on what is about to
/// become another page; or no longer.
void tell_unstable(Cpu& cpu, RealAddress page, bool unstable);

inline auto page_ref_add(Cpu& cpu, PageAllocator& pages, RealAddress page, std::int32_t count = 1) {
  return cpu.execute(PageRefAdd{{&pages, page}, count});
}
inline auto page_try_get(Cpu& cpu, PageAllocator& pages, RealAddress page) {
  return cpu.execute(PageTryGet{{&pages, page}});
}
inline auto put_page(Cpu& cpu, PageAllocator& pages, RealAddress page) {
  return cpu.execute(PagePut{{&pages, page}});
}
inline auto page_counts(Cpu& cpu, PageAllocator& pages, RealAddress page) {
  return cpu.execute(PageReadCounts{{&pages, page}});
}
inline auto page_add_rmap(Cpu& cpu, PageAllocator& pages, RealAddress page, PageSize size) {
  return cpu.execute(PageMapAdd{{&pages, page}, size, 1});
}
inline auto page_remove_rmap(Cpu& cpu, PageAllocator& pages, RealAddress page, PageSize size) {
  return cpu.execute(PageMapAdd{{&pages, page}, size, -1});
}

}  // namespace p9mmu::workloads
