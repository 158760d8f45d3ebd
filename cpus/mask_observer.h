// Somebody who must know when a hardware thread leaves a section with interrupts off: a kernel's RCU, whose
// readers are such sections. It is told and changes nothing of the CPU.
#pragma once

#include "interconnect/ids.h"

namespace p9mmu::cpus {

class MaskObserver {
 public:
  virtual ~MaskObserver() = default;
  /// `cpu` had its interrupts disabled until now.
  virtual void interrupts_enabled(interconnect::CpuId cpu) = 0;
};

}  // namespace p9mmu::cpus
