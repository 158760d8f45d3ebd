// The geometry of one core's translation caches, as a machine file can set it. `describe` lists every
// parameter once, for the file reader, `p9mmu params` and the result document.
#pragma once

#include <cstdint>

namespace p9mmu::mmu {

struct MmuParameters {
  std::uint32_t ierat_entries = 64;  ///< per thread's load/store slice pair
  std::uint32_t derat_entries = 64;  ///< per thread's load/store slice pair
  std::uint32_t tlb_sets = 128;
  std::uint32_t tlb_ways = 4;
  std::uint32_t pwc_entries = 128;  ///< per level of the page-walk cache
};

template <typename Visitor>
void describe(MmuParameters& p, Visitor&& visit) {
  visit.count("mmu.ierat_entries", p.ierat_entries, "entries of an instruction ERAT");
  visit.count("mmu.derat_entries", p.derat_entries, "entries of a data ERAT");
  visit.count("mmu.tlb_sets", p.tlb_sets, "congruence classes of the TLB in radix mode");
  visit.count("mmu.tlb_ways", p.tlb_ways, "entries of a congruence class");
  visit.count("mmu.pwc_entries", p.pwc_entries, "entries of each level of the page-walk cache");
}

}  // namespace p9mmu::mmu
