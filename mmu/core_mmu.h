// One SMT4 core's MMU: the ERATs of its two load/store slice pairs, the TLB and the walk caches that its
// threads share, and what each invalidation takes out of them. It has no clock: a translation says where it
// hit and which memory references a walk made, an invalidation is applied when it is called, and whoever
// knows time charges for the one and decides about the other.
//
// Which thread uses which slice pair is not published; here threads 0 and 1 use the first, 2 and 3 the
// second, and with two threads or fewer each has its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mmu/access.h"
#include "mmu/address.h"
#include "mmu/invalidate.h"
#include "mmu/mapping.h"
#include "mmu/parameters.h"
#include "mmu/real_memory.h"
#include "mmu/snoop_filter.h"
#include "mmu/translation_cache.h"
#include "mmu/walk.h"
#include "mmu/walk_cache.h"

namespace p9mmu::mmu {

/// Where a translation was found.
enum class TranslationSource : std::uint8_t { real_mode, erat, tlb, walk };

struct Translation {
  Fault fault;  ///< Interrupt::none when the access may go on
  RealAddress address;
  PageSize size = PageSize::k4K;  ///< of the translation as it is cached
  TranslationSource source = TranslationSource::walk;
  Attribute attribute = Attribute::normal;
  /// What the walk read (and with RcUpdate::hardware wrote), in order; empty for a hit. Valid until the
  /// core's next translation.
  std::span<const WalkReference> references;

  [[nodiscard]] bool ok() const { return !fault.raised(); }
};

/// The answer when a cache holds it.
[[nodiscard]] inline Translation translation_of(const Mapping& mapping, EffectiveAddress ea,
                                                TranslationSource source) {
  Translation result;
  result.address = mapping.address_of(ea);
  result.size = mapping.size;
  result.source = source;
  result.attribute = mapping.attribute;
  return result;
}

/// What happened in one core since it was made.
struct MmuCounters {
  std::uint64_t erat_hits = 0;
  std::uint64_t tlb_hits = 0;
  std::uint64_t walks = 0;
  std::uint64_t walk_references = 0;
  std::uint64_t faults = 0;
  std::uint64_t invalidations = 0;  ///< tlbie and tlbiel that passed the snoop filter
};

class CoreMmu {
 public:
  /// `threads` of the core, at most 4. Throws UserError when a parameter makes no MMU.
  CoreMmu(const MmuParameters& parameters, unsigned threads);

  /// Translates one access of `thread`: ERAT, TLB, walk, filling on the way back. `memory` is written only
  /// where R or C is set by hardware.
  Translation translate(unsigned thread, Access access, const Context& context, EffectiveAddress ea,
                        RealMemory& memory);

  /// A snooped broadcast. A form that is not valid does nothing.
  void tlbie(const TlbInvalidate& what) {
    if (may_reach(what)) {
      apply(what, std::nullopt);
    }
  }
  /// An invalidation in this core alone: TLB and walk cache for all threads, ERATs only of `thread`'s slice
  /// pair; with any scope but a page, one congruence class of the TLB a time.
  void tlbiel(unsigned thread, const TlbInvalidate& what) {
    if (may_reach(what)) {
      apply(what, thread);
    }
  }
  /// slbia in radix mode: entries of `thread`'s ERATs. IH=3 those of PIDs other than 0, IH=6 those of guests,
  /// IH=7 all; any other hint concerns the SLB only, which radix does not use.
  void slbia(unsigned thread, unsigned ih);

  /// The TLB makes room, as any other translation might make it: what it holds for `ea` goes, ERATs keep
  /// theirs.
  void displace(const Context& context, EffectiveAddress ea);

  /// Whether anything of this LPID and PID may be cached here; a wrong yes is possible, a wrong no is not.
  [[nodiscard]] bool may_hold(Lpid lpid, Pid pid) const { return filter_.may_hold(owner_of(lpid, pid)); }
  /// Whether anything of this LPID may be cached here.
  [[nodiscard]] bool may_hold(Lpid lpid) const { return filter_.may_hold(lpid); }
  /// Whether the snoop filter lets the invalidation pass.
  [[nodiscard]] bool may_reach(const TlbInvalidate& what) const {
    if (what.scope == InvalidateScope::everything) {
      return filter_.holds_anything();
    }
    const bool one_process = what.process_scoped && what.scope != InvalidateScope::lpid;
    return one_process ? may_hold(what.lpid, what.pid) : may_hold(what.lpid);
  }

  /// Another size in which this core holds a translation of the address of that owner's tree, if there is
  /// one: two sizes for one address are what software must never bring about.
  [[nodiscard]] std::optional<PageSize> other_size(Owner owner, EffectiveAddress ea, PageSize size) const;

  [[nodiscard]] const MmuCounters& counters() const { return counters_; }
  [[nodiscard]] const TranslationCache& tlb() const { return tlb_; }
  [[nodiscard]] const WalkCache& walk_cache() const { return walks_; }
  [[nodiscard]] const TranslationCache& erat(unsigned thread, bool instruction) const {
    return instruction ? erats_[pair_of(thread)].instruction : erats_[pair_of(thread)].data;
  }

 private:
  struct SlicePair {
    TranslationCache instruction;
    TranslationCache data;
  };

  [[nodiscard]] unsigned pair_of(unsigned thread) const { return thread >> pair_shift_; }
  /// One access on its way through the caches.
  struct Request {
    TranslationCache& erat;
    const Context& context;
    RealMemory& memory;
    EffectiveAddress ea;
    std::uint64_t address;  ///< the part of `ea` that a tree translates
    Owner owner;
    Access access;
    Demand demand;
    bool guest_real;
  };

  /// What is cached for LPID 0 is the hypervisor's: a guest of that number has no tables.
  [[nodiscard]] static bool has_tables(const Context& context) {
    return context.hypervisor || context.lpidr != Lpid(0);
  }
  /// What `translate` does when the ERAT does not give the answer.
  [[gnu::noinline]] Translation translate_slowly(TranslationCache& erat, Access access,
                                                 const Context& context, EffectiveAddress ea,
                                                 RealMemory& memory);
  Translation segment_interrupt(Access access, EffectiveAddress ea);
  Translation look_up(const Request& request);
  /// `in_erat`, `in_tlb`: there is an entry, but one that does not permit the access.
  Translation walk(const Request& request, bool in_erat, bool in_tlb);
  void fill_erat(const Request& request, const Mapping& mapping, bool in_erat);
  void apply(const TlbInvalidate& what, std::optional<unsigned> only_thread);

  MmuParameters parameters_;
  unsigned pair_shift_;  ///< of a thread's number: what its slice pair's is
  TlbIndexer indexer_;
  std::vector<SlicePair> erats_;
  TranslationCache tlb_;
  WalkCache walks_;
  SnoopFilter filter_;
  WalkTrace trace_;
  MmuCounters counters_;
};

inline Translation CoreMmu::translate(unsigned thread, Access access, const Context& context,
                                      EffectiveAddress ea, RealMemory& memory) {
  SlicePair& pair = erats_[pair_of(thread)];
  TranslationCache& erat = access == Access::fetch ? pair.instruction : pair.data;
  if (relocated(context, access) && in_quadrant(context, ea) && has_tables(context)) [[likely]] {
    const Mapping* mapping = erat.find(owner_in_quadrant(context, ea), tree_address(ea), false);
    if (mapping != nullptr && mapping->permits(context, access)) [[likely]] {
      ++counters_.erat_hits;
      return translation_of(*mapping, ea, TranslationSource::erat);
    }
  }
  return translate_slowly(erat, access, context, ea, memory);
}

}  // namespace p9mmu::mmu
