#include "mmu/core_mmu.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>

#include "mmu/check.h"
#include "mmu/error.h"
#include "mmu/walk_engine.h"

namespace p9mmu::mmu {
namespace {

constexpr unsigned kMostThreads = 4;
constexpr std::uint64_t kGuestRealMask = 0x0FFFFFFFFFFFFFFF;

void check_entries(const char* name, std::uint64_t entries, std::uint64_t least) {
  constexpr std::uint64_t kMost = TagStore<Mapping>::kMostEntries;
  if (entries < least || entries > kMost) {
    throw UserError(std::string(name) + ": " + std::to_string(entries) + " entries; expected " +
                    std::to_string(least) + " to " + std::to_string(kMost));
  }
}

const MmuParameters& checked(const MmuParameters& p) {
  check_entries("mmu.ierat_entries", p.ierat_entries, 1);
  check_entries("mmu.derat_entries", p.derat_entries, 1);
  check_entries("mmu.tlb_sets x mmu.tlb_ways", std::uint64_t{p.tlb_sets} * p.tlb_ways, 1);
  check_entries("mmu.pwc_entries", p.pwc_entries, 0);
  check_entries("mmu.table_entry_cache", p.table_entry_cache, 0);
  if (!std::has_single_bit(p.tlb_sets)) {
    throw UserError("mmu.tlb_sets: " + std::to_string(p.tlb_sets) + "; expected a power of two, such as " +
                    std::to_string(std::bit_floor(p.tlb_sets)));
  }
  return p;
}

}  // namespace

CoreMmu::CoreMmu(const MmuParameters& parameters, unsigned threads)
    : parameters_(checked(parameters)),
      pair_shift_(threads > 2 ? 1 : 0),
      indexer_(parameters.tlb_index, parameters.tlb_sets),
      tlb_(parameters.tlb_sets, parameters.tlb_ways, parameters),
      walks_(parameters) {
  P9MMU_CHECK(threads >= 1 && threads <= kMostThreads, "threads " << threads);
  for (unsigned pair = 0; pair < std::min(threads, 2U); ++pair) {
    erats_.push_back(SlicePair{TranslationCache(1, parameters.ierat_entries, parameters),
                               TranslationCache(1, parameters.derat_entries, parameters)});
  }
}

/// An ERAT entry covers at most the parameter's page size; of a larger page it holds the part in use.
inline void CoreMmu::fill_erat(const Request& request, const Mapping& mapping, bool in_erat) {
  if (mapping.size <= parameters_.erat_page_limit) [[likely]] {
    request.erat.insert(request.owner, mapping, 0, in_erat, filter_);
    return;
  }
  Mapping part = mapping;
  part.size = parameters_.erat_page_limit;
  const std::uint64_t offset = (request.address - mapping.page) & ~(bytes(part.size) - 1);
  part.page += offset;
  part.guest_page += offset;
  part.real_page += offset;
  request.erat.insert(request.owner, part, 0, in_erat, filter_);
}

Translation CoreMmu::walk(const Request& request, bool in_erat, bool in_tlb) {
  trace_.clear();
  CachedWalks policy(walks_, filter_);
  WalkEngine<CachedWalks> engine(request.memory, policy, trace_,
                                 WalkChecks{request.access, parameters_.rc_update});
  const Lpid lpid = lpid_of(request.owner);
  const Walk& found = request.guest_real ? engine.translate_guest_real(request.context.ptcr, lpid,
                                                                       GuestRealAddress(request.address))
                                         : engine.translate(request.context, request.ea, request.owner);
  Translation result;
  if (found.ok()) {
    engine.apply_updates(request.memory);
    result.address = found.address;
    result.size = found.mapping.size;
    result.attribute = found.mapping.attribute;
    const std::uint32_t set = indexer_.set_of(found.mapping, request.owner);
    fill_erat(request, tlb_.insert(request.owner, found.mapping, set, in_tlb, filter_), in_erat);
  } else {
    ++counters_.faults;
    result.fault = make_fault(found, request.access, request.ea);
  }
  result.references = trace_.references();
  ++counters_.walks;
  counters_.walk_references += result.references.size();
  return result;
}

/// ERAT, then TLB, then the walk. An entry that does not permit the access counts as a miss: tables may have
/// gained rights since it was made, and the walk decides.
inline Translation CoreMmu::look_up(const Request& request) {
  const Mapping* in_erat = nullptr;
  const Mapping* in_tlb = nullptr;
  if (has_tables(request.context)) [[likely]] {  // otherwise the walk refuses
    in_erat = request.erat.find(request.owner, request.address, request.guest_real);
    if (in_erat != nullptr && in_erat->permits(request.demand)) {
      ++counters_.erat_hits;
      return translation_of(*in_erat, request.ea, TranslationSource::erat);
    }
    in_tlb = tlb_.find(request.owner, request.address, request.guest_real);
    if (in_tlb != nullptr && in_tlb->permits(request.demand)) {
      ++counters_.tlb_hits;
      fill_erat(request, *in_tlb, in_erat != nullptr);
      return translation_of(*in_tlb, request.ea, TranslationSource::tlb);
    }
  }
  return walk(request, in_erat != nullptr, in_tlb != nullptr);
}

Translation CoreMmu::translate_slowly(TranslationCache& erat, Access access, const Context& context,
                                      EffectiveAddress ea, RealMemory& memory) {
  const bool relocation = relocated(context, access);
  if (relocation && !in_quadrant(context, ea)) {
    return segment_interrupt(access, ea);
  }
  if (!relocation && context.hypervisor) {
    Translation result;
    result.address = hypervisor_real_address(context, ea);
    result.source = TranslationSource::real_mode;
    return result;
  }
  const Owner owner = relocation ? owner_in_quadrant(context, ea) : owner_of(context.lpidr, Pid(0));
  const std::uint64_t address = relocation ? tree_address(ea) : ea.value() & kGuestRealMask;
  const Demand demand = Mapping::demand_of(context, access);
  const Request request{erat, context, memory, ea, address, owner, access, demand, !relocation};
  return look_up(request);
}

Translation CoreMmu::segment_interrupt(Access access, EffectiveAddress ea) {
  ++counters_.faults;
  Walk refused;
  refused.segment = true;
  Translation result;
  result.fault = make_fault(refused, access, ea);
  return result;
}

void CoreMmu::apply(const TlbInvalidate& what, std::optional<unsigned> only_thread) {
  if (what.form() != InvalidateForm::valid) {
    return;
  }
  ++counters_.invalidations;
  const bool by_set = only_thread.has_value() && what.scope != InvalidateScope::page;
  const std::optional<std::uint32_t> set = by_set ? std::optional(what.set) : std::nullopt;
  if (what.radix && what.ric != InvalidateCaches::walk_cache) {
    tlb_.invalidate(what, indexer_, set, filter_);
    for (std::size_t pair = 0; pair < erats_.size(); ++pair) {
      if (!only_thread.has_value() || pair_of(*only_thread) == pair) {
        erats_[pair].data.invalidate(what, indexer_, set, filter_);
        erats_[pair].instruction.invalidate(what, indexer_, set, filter_);
      }
    }
  }
  walks_.invalidate(what, filter_);
}

void CoreMmu::displace(const Context& context, EffectiveAddress ea) {
  if (const std::optional<Owner> owner = quadrant_owner(context, ea)) {
    tlb_.displace(*owner, tree_address(ea), filter_);
  }
}

std::optional<PageSize> CoreMmu::other_size(Owner owner, EffectiveAddress ea, PageSize size) const {
  const std::uint64_t address = tree_address(ea);
  std::optional<PageSize> other = tlb_.other_size(owner, address, size);
  for (auto pair = erats_.begin(); pair != erats_.end() && !other; ++pair) {
    other = pair->data.other_size(owner, address, size);
    if (!other) {
      other = pair->instruction.other_size(owner, address, size);
    }
  }
  return other;
}

void CoreMmu::slbia(unsigned thread, unsigned ih) {
  using Creator = TranslationCache::Creator;
  constexpr unsigned kUser = 3;
  constexpr unsigned kGuest = 6;
  constexpr unsigned kAll = 7;
  if (ih != kUser && ih != kGuest && ih != kAll) {
    return;
  }
  const Creator creator = ih == kUser ? Creator::user : ih == kGuest ? Creator::guest : Creator::any;
  SlicePair& pair = erats_[pair_of(thread)];
  pair.data.invalidate_created_by(creator, filter_);
  pair.instruction.invalidate_created_by(creator, filter_);
}

}  // namespace p9mmu::mmu
