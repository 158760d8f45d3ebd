// Somebody who is shown every tlbie and tlbiel as it is issued: a comparison with what a real kernel did, a
// trace. It sees operands and changes nothing; what an invalidation does to a core is mmu/core_mmu.h's.
#pragma once

#include <cstdint>

#include "interconnect/ids.h"
#include "interconnect/time.h"
#include "mmu/invalidate.h"

namespace p9mmu::cpus {

class InvalidationObserver {
 public:
  virtual ~InvalidationObserver() = default;
  /// A broadcast that `cpu` begins at `now`.
  virtual void tlbie(interconnect::CpuId cpu, const mmu::TlbInvalidate& operands, interconnect::Time now) = 0;
  /// So many tlbiels of consecutive sets, from the one that `operands` name, the first at `now`.
  virtual void tlbiel(interconnect::CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets,
                      interconnect::Time now) = 0;
};

}  // namespace p9mmu::cpus
