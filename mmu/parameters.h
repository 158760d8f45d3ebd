// The geometry and the unpublished habits of one core's translation caches, as a machine file can set them.
// `describe` lists every parameter once, for the file reader, `p9mmu params` and the result document. Times
// are not here: what a walk or a snoop costs is declared in cpus/ and interconnect/.
#pragma once

#include <cstdint>

#include "mmu/address.h"

namespace p9mmu::mmu {

/// Which entry makes room for another: the one used longest ago; the oldest; the oldest that was not used
/// since it was last passed over; any.
enum class Replacement : std::uint8_t { lru, round_robin, second_chance, random };
/// How a page number selects a congruence class of the TLB.
enum class TlbIndex : std::uint8_t { modulo, folded };
/// What happens when R or C has to be set.
enum class RcUpdate : std::uint8_t { interrupt, hardware };

struct MmuParameters {
  std::uint32_t ierat_entries = 64;  ///< per thread's load/store slice pair
  std::uint32_t derat_entries = 64;  ///< per thread's load/store slice pair
  std::uint32_t tlb_sets = 128;
  std::uint32_t tlb_ways = 4;
  std::uint32_t pwc_entries = 128;           ///< per level of the page-walk cache; 0 for none
  std::uint32_t table_entry_cache = 32;      ///< cached partition and process table entries, each
  PageSize erat_page_limit = PageSize::k1G;  ///< an ERAT entry covers at most this
  Replacement replacement = Replacement::second_chance;
  std::uint32_t replacement_seed = 1;
  TlbIndex tlb_index = TlbIndex::modulo;
  RcUpdate rc_update = RcUpdate::interrupt;
};

template <typename Visitor>
void describe(MmuParameters& p, Visitor&& visit) {
  visit.count("mmu.ierat_entries", p.ierat_entries, "entries of an instruction ERAT");
  visit.count("mmu.derat_entries", p.derat_entries, "entries of a data ERAT");
  visit.count("mmu.tlb_sets", p.tlb_sets, "congruence classes of the TLB in radix mode");
  visit.count("mmu.tlb_ways", p.tlb_ways, "entries of a congruence class");
  visit.count("mmu.pwc_entries", p.pwc_entries, "entries of each level of the page-walk cache");
  visit.count("mmu.table_entry_cache", p.table_entry_cache,
              "cached partition table entries, and as many process table entries");
  visit.choice("mmu.erat_page_limit", p.erat_page_limit, {"4K", "64K", "2M", "1G"},
               "the largest page that one ERAT entry covers; larger ones take several");
  visit.choice("mmu.replacement", p.replacement, {"lru", "round-robin", "second-chance", "random"},
               "which entry of a translation cache makes room");
  visit.count("mmu.replacement_seed", p.replacement_seed, "seed of random replacement");
  visit.choice("mmu.tlb_index", p.tlb_index, {"modulo", "folded"},
               "how a page number selects a congruence class");
  visit.choice("mmu.rc_update", p.rc_update, {"interrupt", "hardware"},
               "whether setting R or C is left to the operating system or done by the walk");
}

}  // namespace p9mmu::mmu
