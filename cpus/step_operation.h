// An operation that is one step: what issuing it costs, and an effect when it is done. What the steps are is
// cpus/operations.h's.
#pragma once

#include <coroutine>

#include "cpus/cpu.h"

namespace p9mmu::cpus {

/// A step as an operation. `Step` has `Time issue(Cpu&)`, which charges and says when it is done, and
/// `effect(Cpu&)`.
template <typename Step>
class [[nodiscard]] StepOperation final : public Operation {
 public:
  StepOperation(Cpu& cpu, Step step) : cpu_(cpu), step_(step) {}

  bool await_ready() {
    if (cpu_.interrupt_due()) [[unlikely]] {
      return false;
    }
    cpu_.begin_operation();
    done_ = step_.issue(cpu_);
    return cpu_.try_advance(done_);
  }
  void await_suspend(std::coroutine_handle<> self) {
    awaiting = self;
    if (done_ == Time::never()) {
      cpu_.interrupt_before(*this);
    } else {
      cpu_.complete_at(*this, done_);
    }
  }
  auto await_resume() { return step_.effect(cpu_); }

  void start(Cpu& cpu) override {
    cpu.begin_operation();
    cpu.complete_at(*this, step_.issue(cpu));
  }

 private:
  Cpu& cpu_;
  Step step_;
  Time done_ = Time::never();
};

template <typename Step>
auto Cpu::execute(Step step) {
  return StepOperation<Step>(*this, step);
}

}  // namespace p9mmu::cpus
