// What the parts of handle_mm_fault know of the fault that they handle (struct vm_fault): where, for what,
// and what its mapping allows.
#pragma once

#include "mmu/address.h"

namespace p9mmu::workloads {

struct FaultAt {
  mmu::EffectiveAddress address;  ///< of the base page
  bool write;
  bool may_be_huge;  ///< a huge page may be mapped here
  bool writable;     ///< the mapping may be written to
};

}  // namespace p9mmu::workloads
