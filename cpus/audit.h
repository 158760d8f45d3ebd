// Who looks on while a machine runs and knows which memory is in use: told of every access to memory and of
// every table entry that a walk reads, by hardware or by a routine. It judges, and changes nothing. A System
// without one runs unobserved.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/access.h"
#include "mmu/address.h"
#include "mmu/mapping.h"
#include "mmu/radix_entry.h"

namespace p9mmu::cpus {

class Cpu;

/// Where a cached translation came from.
struct TranslationOrigin {
  mmu::RealAddress leaf_address;
  std::uint64_t read_at = 0;  ///< the auditor's count of events when the leaf was read
};

/// An access that has got as far as memory.
struct AuditedAccess {
  mmu::Access kind = mmu::Access::load;
  mmu::Owner owner;
  mmu::EffectiveAddress address;
  mmu::RealAddress real_address;
  mmu::PageSize size = mmu::PageSize::k4K;
  std::optional<TranslationOrigin> origin;  ///< none where time decides: the auditor looks it up
};

class Audit {
 public:
  virtual ~Audit() = default;

  /// Counts events; later ones have greater numbers.
  [[nodiscard]] virtual std::uint64_t now() const = 0;
  virtual void accessed(const Cpu& cpu, const AuditedAccess& access) = 0;
  /// A walk reads the table entry at `entry`.
  virtual void table_read(const Cpu& cpu, mmu::RealAddress entry, bool by_hardware) = 0;
  /// A software walker uses what it read at `entry` as a leaf.
  virtual void leaf_used(mmu::RealAddress entry, mmu::RadixEntry value) = 0;
  /// A lockless walker has taken a reference on the page for good, having found it at `entry`.
  virtual void reference_taken(mmu::RealAddress page, mmu::RealAddress entry) = 0;
  /// The page is being split or collapsed from now on, so that nobody may take a reference; or no longer.
  virtual void page_unstable(mmu::RealAddress page, bool unstable) = 0;
  /// A table entry changes, as software sees it.
  virtual void table_stored(mmu::RealAddress entry) = 0;
  /// Where time decides: a walk of that core has filled its caches with this translation; `access` comes
  /// next.
  virtual void filled(const Cpu& cpu, const AuditedAccess& access, mmu::RealAddress leaf) = 0;
  /// One core holds, or could use at once, translations of two sizes for `address`.
  virtual void two_sizes(const Cpu& cpu, mmu::EffectiveAddress address, mmu::PageSize one,
                         mmu::PageSize other) = 0;
};

}  // namespace p9mmu::cpus
