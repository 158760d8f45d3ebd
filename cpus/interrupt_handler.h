// What the kernel does when an interrupt from another CPU is taken. The hardware thread brings it to the
// vector; the rest is a routine of the kernel, which runs with interrupts off.
#pragma once

#include "cpus/task.h"
#include "interconnect/time.h"

namespace p9mmu::cpus {

class Cpu;

class InterruptHandler {
 public:
  virtual ~InterruptHandler() = default;
  /// From the vector to the handler's first access to memory that others see.
  [[nodiscard]] virtual interconnect::Time entry() const = 0;
  /// From the handler's end to the interrupted instruction.
  [[nodiscard]] virtual interconnect::Time exit() const = 0;
  [[nodiscard]] virtual const char* name() const = 0;
  virtual Task<void> handle(Cpu& cpu) = 0;
};

}  // namespace p9mmu::cpus
