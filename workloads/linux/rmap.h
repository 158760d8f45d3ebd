// rmap: where a page may be mapped. A page knows its place in its anonymous mapping, the anon_vma the address
// spaces that have inherited it, and each of them its VMAs. What is mapped there is for the walker to see.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/linux/mm.h"

namespace p9mmu::workloads {

/// A part of a VMA in which bytes [index, index + length) of an anonymous mapping lie.
struct MayBeMapped {
  Mm* mm;
  EffectiveAddress start;
  std::uint64_t index;  ///< of `start`
  std::uint64_t length;
};

/// In the order of the address spaces and their addresses; with the anon_vma's lock held.
[[nodiscard]] std::vector<MayBeMapped> rmap_walk(const AnonVma& anon, std::uint64_t index,
                                                 std::uint64_t length);

}  // namespace p9mmu::workloads
