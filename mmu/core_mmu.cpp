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

Translation hit(const Mapping& mapping, EffectiveAddress ea, TranslationSource source) {
  Translation result;
  result.address = mapping.address_of(ea);
  result.size = mapping.size;
  result.source = source;
  result.attribute = mapping.attribute;
  return result;
}

}  // namespace

CoreMmu::CoreMmu(const MmuParameters& parameters, unsigned threads)
    : parameters_(checked(parameters)),
      threads_(threads),
      indexer_(parameters.tlb_index, parameters.tlb_sets),
      tlb_(parameters.tlb_sets, parameters.tlb_ways, parameters),
      walks_(parameters) {
  P9MMU_CHECK(threads >= 1 && threads <= kMostThreads, "threads " << threads);
  for (unsigned pair = 0; pair < std::min(threads, 2U); ++pair) {
    erats_.push_back(SlicePair{TranslationCache(1, parameters.ierat_entries, parameters),
                               TranslationCache(1, parameters.derat_entries, parameters)});
  }
}

/// ERAT, then TLB, then the walk. An entry that does not permit the access counts as a miss: tables may have
/// gained rights since it was made, and the walk decides.
inline Translation CoreMmu::look_up(const Request& request) {
  const Mapping* mapping = request.erat.find(request.owner, request.address, request.guest_real);
  if (mapping != nullptr && mapping->permits(request.context, request.access)) [[likely]] {
    ++counters_.erat_hits;
    return hit(*mapping, request.ea, TranslationSource::erat);
  }
  return look_up_in_tlb(request, mapping != nullptr);
}

Translation CoreMmu::translate(unsigned thread, Access access, const Context& context, EffectiveAddress ea,
                               RealMemory& memory) {
  SlicePair& pair = erats_[pair_of(thread)];
  TranslationCache& erat = access == Access::fetch ? pair.instruction : pair.data;
  if (relocated(context, access)) [[likely]] {
    const std::optional<Owner> owner = quadrant_owner(context, ea);
    if (!owner.has_value()) [[unlikely]] {
      return segment_interrupt(access, ea);
    }
    const Request request{erat, context, memory, ea, tree_address(ea), *owner, access, false};
    if (!context.hypervisor && context.lpidr == Lpid(0)) [[unlikely]] {
      return walk(request, true, true);  // the walk refuses; what is cached for LPID 0 is the hypervisor's
    }
    return look_up(request);
  }
  if (!context.hypervisor) {
    const Owner owner = owner_of(context.lpidr, Pid(0));
    return look_up(Request{erat, context, memory, ea, ea.value() & kGuestRealMask, owner, access, true});
  }
  Translation result;
  result.address = hypervisor_real_address(context, ea);
  result.source = TranslationSource::real_mode;
  return result;
}

Translation CoreMmu::segment_interrupt(Access access, EffectiveAddress ea) {
  ++counters_.faults;
  Walk refused;
  refused.segment = true;
  Translation result;
  result.fault = make_fault(refused, access, ea);
  return result;
}

Translation CoreMmu::look_up_in_tlb(const Request& request, bool in_erat) {
  const Mapping* mapping = tlb_.find(request.owner, request.address, request.guest_real);
  if (mapping == nullptr || !mapping->permits(request.context, request.access)) {
    return walk(request, in_erat, mapping != nullptr);
  }
  ++counters_.tlb_hits;
  fill_erat(request, *mapping, in_erat);
  return hit(*mapping, request.ea, TranslationSource::tlb);
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
    tlb_.insert(request.owner, found.mapping, indexer_.set_of(found.mapping, request.owner), in_tlb, filter_);
    fill_erat(request, found.mapping, in_erat);
  } else {
    ++counters_.faults;
    result.fault = make_fault(found, request.access, request.ea);
  }
  result.references = trace_.references();
  ++counters_.walks;
  counters_.walk_references += result.references.size();
  return result;
}

/// An ERAT entry covers at most the parameter's page size; of a larger page it holds the part in use.
void CoreMmu::fill_erat(const Request& request, const Mapping& mapping, bool in_erat) {
  if (mapping.size <= parameters_.erat_page_limit) {
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
