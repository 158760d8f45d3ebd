#include "workloads/linux/rmap.h"

#include <algorithm>

namespace p9mmu::workloads {

std::vector<MayBeMapped> rmap_walk(const AnonVma& anon, std::uint64_t index, std::uint64_t length) {
  std::vector<MayBeMapped> found;
  for (Mm* const mm : anon.mms) {
    for (const auto& [start, vma] : mm->vmas) {
      const std::uint64_t from = std::max(index, vma.offset);
      const std::uint64_t to = std::min(index + length, vma.offset + (vma.end - vma.start));
      if (from < to) {
        found.push_back(MayBeMapped{mm, EffectiveAddress(vma.start + (from - vma.offset)), from, to - from});
      }
    }
  }
  return found;
}

}  // namespace p9mmu::workloads
