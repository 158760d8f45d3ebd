// An operation: one step of a kernel routine that a hardware thread executes. It has an effect and a cost.
// The cost is computed when it is issued, in global order, from the machine's state at that moment; its
// effect happens when it is done, in global order too; interrupts are taken between operations. Operations
// that may have to wait for somebody else (a lock, a store, an interrupt) override `start`.
#pragma once

#include <coroutine>

#include "cpus/accounts.h"
#include "interconnect/time.h"

namespace p9mmu::cpus {

class Cpu;

class Operation {
 public:
  /// Issues the operation, or issues again what an interrupt left of it. Ends with a call of the CPU's
  /// `complete_at` or one of its waits.
  virtual void start(Cpu& cpu) = 0;
  /// Time has passed while it waited or ran interruptibly: charge `since` to `until`.
  virtual void charge_wait(Cpu& cpu, interconnect::Time since, interconnect::Time until);
  /// The CPU leaves it for an interrupt; `start` will be called afterwards.
  virtual void interrupted(Cpu& cpu);
  /// The appointment that it made while waiting has come.
  virtual void resumed(Cpu& cpu);
  /// What it is called where steps are listed.
  [[nodiscard]] virtual const char* name() const = 0;
  /// Under an explorer: whether it could be carried out now, were its CPU chosen.
  [[nodiscard]] virtual bool possible(Cpu& cpu) const;
  /// What a wait is charged for, as far as is known when it begins.
  [[nodiscard]] virtual Cause waits_for() const;
  /// What leaving it for an interrupt costs before the vector is reached (a guest exit).
  [[nodiscard]] virtual interconnect::Time leaving_cost(Cpu& cpu) const;

  std::coroutine_handle<> awaiting;

 protected:
  // Operations live in coroutine frames as temporaries; a trivial destructor keeps GCC 12 from destroying
  // them twice.
  ~Operation() = default;
};

}  // namespace p9mmu::cpus
