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

}  // namespace p9mmu::workloads
