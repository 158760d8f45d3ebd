#include "cpus/operation.h"

#include "mmu/check.h"

namespace p9mmu::cpus {

void Operation::charge_wait(Cpu&, interconnect::Time since, interconnect::Time until) {
  P9MMU_CHECK(false,
              "an operation that never waits waited from " << since.ps() << " to " << until.ps() << " ps");
}

void Operation::interrupted(Cpu&) {}

Cause Operation::waits_for() const {
  return Cause::compute;
}

void Operation::resumed(Cpu&) {
  P9MMU_CHECK(false, "an operation that never waits was resumed");
}

bool Operation::possible(Cpu&) const {
  return true;
}

interconnect::Time Operation::leaving_cost(Cpu&) const {
  return interconnect::Time();
}

}  // namespace p9mmu::cpus
