#include "workloads/linux/vma.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "mmu/error.h"
#include "workloads/linux/huge_split.h"

namespace p9mmu::workloads {

Range checked_range(const Mm& mm, const char* call, EffectiveAddress start, std::uint64_t length) {
  const std::uint64_t page = mmu::bytes(mm.base_page());
  if (start.value() % page != 0 || length == 0 || length > Mm::kTaskSize ||
      start.value() > Mm::kTaskSize - length) {
    std::ostringstream text;
    text << call << " at 0x" << std::hex << start.value()
         << ": expected an address aligned to the base page and a length inside the address space";
    throw mmu::UserError(text.str());
  }
  return Range{start.value(), start.value() + ((length + page - 1) & ~(page - 1))};
}

Task<void> split_vma(Kernel& kernel, Cpu& cpu, Mm& mm, std::uint64_t address) {
  const Vma* const found = mm.find_vma(EffectiveAddress(address));
  if (found == nullptr || found->start == address) {
    co_return;
  }
  const Vma whole = *found;
  co_await vma_adjust_trans_huge(kernel, cpu, mm, EffectiveAddress(address));
  Vma lower = whole;
  lower.end = address;
  Vma upper = whole;
  upper.start = address;
  upper.offset = whole.offset + (address - whole.start);
  mm.vmas.insert_or_assign(lower.start, lower);
  mm.vmas.insert_or_assign(upper.start, upper);
}

Task<void> isolate_vmas(Kernel& kernel, Cpu& cpu, Mm& mm, Range range) {
  co_await split_vma(kernel, cpu, mm, range.start);
  co_await split_vma(kernel, cpu, mm, range.end);
}

void merge_vmas(Mm& mm, Range range) {
  auto vma = mm.vmas.lower_bound(range.start);
  if (vma != mm.vmas.begin()) {
    --vma;
  }
  while (vma != mm.vmas.end() && vma->second.start <= range.end) {
    const auto next = std::next(vma);
    Vma& lower = vma->second;
    const bool continues = next != mm.vmas.end() && next->second.start == lower.end &&
                           next->second.offset == lower.offset + (lower.end - lower.start);
    if (continues && next->second.readable == lower.readable && next->second.writable == lower.writable) {
      lower.end = next->second.end;
      mm.vmas.erase(next);
    } else {
      vma = next;
    }
  }
}

std::vector<Range> mapped_in(const Mm& mm, Range range) {
  std::vector<Range> mapped;
  auto vma = mm.vmas.upper_bound(range.start);
  if (vma != mm.vmas.begin()) {
    --vma;
  }
  for (; vma != mm.vmas.end() && vma->second.start < range.end; ++vma) {
    const Range part{std::max(range.start, vma->second.start), std::min(range.end, vma->second.end)};
    if (part.start < part.end) {
      mapped.push_back(part);
    }
  }
  return mapped;
}

}  // namespace p9mmu::workloads
