#include "mmu/translation_cache.h"

#include <bit>

#include "mmu/check.h"

namespace p9mmu::mmu {
namespace {

bool same_page(std::uint64_t a, std::uint64_t b, PageSize size) {
  return ((a ^ b) >> shift(size)) == 0;
}

}  // namespace

TlbIndexer::TlbIndexer(TlbIndex kind, std::uint32_t sets)
    : kind_(kind), sets_(sets), set_bits_(static_cast<unsigned>(std::countr_zero(sets))) {
  P9MMU_CHECK(std::has_single_bit(sets), "sets " << sets);
}

void TranslationCache::set_probes() {
  auto probe = probes_.begin();
  for (std::size_t i = 0; i < kSizes; ++i) {
    if (by_size_[i] != 0) {
      *probe++ = Probe{kPageMask[i], key_of(0, static_cast<PageSize>(i), false)};
    }
  }
  *probe = Probe{};
}

void TranslationCache::count_in(const Mapping& mapping) {
  if (by_size_[static_cast<std::size_t>(mapping.size)]++ == 0) {
    set_probes();
  }
  fractured_ += mapping.size != mapping.process_size ? 1U : 0U;
}

void TranslationCache::count_out(const Mapping& mapping) {
  if (--by_size_[static_cast<std::size_t>(mapping.size)] == 0) {
    set_probes();
  }
  fractured_ -= mapping.size != mapping.process_size ? 1U : 0U;
}

void TranslationCache::erase(Store::Index at, SnoopFilter& filter) {
  count_out(store_[at]);
  store_.erase(at, filter);
}

const Mapping& TranslationCache::insert(Owner owner, const Mapping& mapping, std::uint32_t set, bool again,
                                        SnoopFilter& filter) {
  const std::uint64_t key = key_of(mapping.page, mapping.size, mapping.scope == Scope::partition);
  auto at = again ? store_.find(key, owner) : Store::kNone;
  if (at == Store::kNone) {
    at = store_.victim(set);
  }
  const bool replaces = store_.is_valid(at);
  const bool like_before =
      replaces && store_[at].size == mapping.size && store_[at].process_size == mapping.process_size;
  if (!like_before) {
    if (replaces) {
      count_out(store_[at]);
    }
    count_in(mapping);
  }
  store_.fill(at, key, owner, mapping, filter);
  return store_[at];
}

bool reaches(const TlbInvalidate& what, const Mapping& mapping) {
  // A process-scoped invalidation leaves guest real mode's entries alone, a partition-scoped one the
  // hypervisor's.
  if (mapping.scope == (what.process_scoped ? Scope::partition : Scope::process)) {
    return false;
  }
  if (what.scope != InvalidateScope::page) {
    return true;
  }
  const PageSize size = *what.page_size;
  const PageSize leaf = what.process_scoped ? mapping.process_size : mapping.partition_size;
  const std::uint64_t page = what.process_scoped ? mapping.page : mapping.guest_page;
  const bool right_size = what.ric == InvalidateCaches::tlb_cluster ? leaf < size : leaf == size;
  return right_size && same_page(page, what.page_address, size);
}

/// One page of one process: the common case, and where no larger leaf is cached in pieces a matter of one
/// look-up.
void TranslationCache::invalidate_page(const TlbInvalidate& what, SnoopFilter& filter) {
  const PageSize size = *what.page_size;
  if (by_size_[static_cast<std::size_t>(size)] != 0) {
    const std::uint64_t page = what.page_address & ~(bytes(size) - 1);
    const auto at = store_.find(key_of(page, size, false), owner_of(what.lpid, what.pid));
    if (at != Store::kNone && reaches(what, store_[at])) {
      erase(at, filter);
    }
  }
}

void TranslationCache::invalidate(const TlbInvalidate& what, const TlbIndexer& indexer,
                                  std::optional<std::uint32_t> only_set, SnoopFilter& filter) {
  if (store_.valid() == 0) {
    return;
  }
  if (what.scope == InvalidateScope::page && what.process_scoped && what.ric == InvalidateCaches::tlb &&
      fractured_ == 0) {
    invalidate_page(what, filter);
    return;
  }
  // Entries of a PID other than 0 are never guest real mode's, so that all of them go.
  const Owner owner = owner_of(what.lpid, what.pid);
  if (what.scope == InvalidateScope::pid && what.pid != Pid(0) && !only_set.has_value() &&
      store_.belongs_to(owner)) {
    store_.clear(filter);
    by_size_.fill(0);
    set_probes();
    fractured_ = 0;
    return;
  }
  const OwnerBits bits = what.owner_bits();
  const auto erase_if_reached = [&](Store::Index at) {
    if (reaches(what, store_[at])) {
      erase(at, filter);
    }
  };
  if (!only_set.has_value()) {
    store_.for_owners(bits, owner, erase_if_reached);
  } else if (store_.sets() > 1) {  // the TLB itself, where a page is in its class
    store_.for_class(*only_set, [&](Store::Index at) {
      if (agree(bits, store_.owner(at), owner)) {
        erase_if_reached(at);
      }
    });
  } else {
    store_.for_owners(bits, owner, [&](Store::Index at) {
      if (indexer.set_of(store_[at], store_.owner(at)) == *only_set) {
        erase_if_reached(at);
      }
    });
  }
}

void TranslationCache::displace(Owner owner, std::uint64_t address, SnoopFilter& filter) {
  for (std::size_t i = 0; i < kSizes; ++i) {
    const auto at = store_.find(key_of(address & kPageMask[i], static_cast<PageSize>(i), false), owner);
    if (at != Store::kNone) {
      erase(at, filter);
    }
  }
}

void TranslationCache::invalidate_created_by(Creator creator, SnoopFilter& filter) {
  store_.for_owners(OwnerBits::none, Owner(), [&](Store::Index at) {
    const Owner owner = store_.owner(at);
    const bool wanted = creator == Creator::any || (creator == Creator::user && pid_of(owner) != Pid(0)) ||
                        (creator == Creator::guest && lpid_of(owner) != Lpid(0));
    if (wanted) {
      erase(at, filter);
    }
  });
}

}  // namespace p9mmu::mmu
