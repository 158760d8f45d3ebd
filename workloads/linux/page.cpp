#include "workloads/linux/page.h"

#include "mmu/check.h"
#include "workloads/linux/page_allocator.h"

namespace p9mmu::workloads {

void PageOperation::touch(Cpu& cpu) const {
  cpu.system().touch({cpus::SharedKind::page, pages->head_address(page).value()}, cpus::Touch::write);
}

void PageRefAdd::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  P9MMU_CHECK(head.refcount > 0, "page at " << page.value() << " has " << head.refcount << " references");
  head.refcount += count;
}

bool PageTryGet::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  if (head.refcount == 0) {
    return false;
  }
  ++head.refcount;
  return true;
}

bool PagePut::effect(Cpu& cpu) const {
  touch(cpu);
  const bool huge = pages->head(page).compound;
  const bool freed = pages->put(page);
  cpu.system().counters().huge_pages_freed += freed && huge ? 1 : 0;
  return freed;
}

void PageMapAdd::effect(Cpu& cpu) const {
  touch(cpu);
  Page& mapped = size == PageSize::k2M ? pages->head(page) : pages->page(page, size);
  mapped.mapcount += count;
  P9MMU_CHECK(mapped.mapcount >= 0,
              "page at " << page.value() << " is mapped " << mapped.mapcount << " times");
}

void PageSplitMap::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  P9MMU_CHECK(head.compound && head.mapcount > 0,
              "page at " << page.value() << " is mapped by " << head.mapcount << " PMDs");
  --head.mapcount;
  pages->for_each_piece(page, base_page, [](Page& piece) { ++piece.mapcount; });
}

void PageUnmapPieces::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  pages->for_each_piece(page, base_page, [&head](Page& piece) {
    --piece.mapcount;
    --head.refcount;
  });
  P9MMU_CHECK(head.refcount > 0, "page at " << page.value() << " has " << head.refcount << " references");
}

bool PageRefFreeze::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  if (head.refcount != expected || pages->total_mapcount(page) != 0) {
    return false;
  }
  head.refcount = 0;
  return true;
}

void PageSplit::effect(Cpu& cpu) const {
  touch(cpu);
  Page& head = pages->head(page);
  P9MMU_CHECK(head.compound && head.refcount == 0,
              "page at " << page.value() << " has " << head.refcount << " references");
  std::uint64_t index = head.index;
  pages->for_each_piece(page, base_page, [&](Page& piece) {
    piece.refcount = 1;
    piece.index = index;
    index += mmu::bytes(base_page);
  });
  head.compound = false;
}

PageCounts PageReadCounts::effect(Cpu& cpu) const {
  cpu.system().touch({cpus::SharedKind::page, pages->head_address(page).value()}, cpus::Touch::read);
  return PageCounts{pages->head(page).refcount, pages->total_mapcount(page), pages->greatest_mapcount(page)};
}

void tell_unstable(Cpu& cpu, RealAddress page, bool unstable) {
  if (cpus::Audit* const audit = cpu.system().audit(); audit != nullptr) [[unlikely]] {
    audit->page_unstable(page, unstable);
  }
}

}  // namespace p9mmu::workloads
