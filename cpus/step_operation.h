// An operation that is one step: what issuing it costs, and an effect when it is done. What the steps are is
// cpus/operations.h's.
#pragma once

#include <coroutine>
#include <type_traits>

#include "cpus/cpu.h"

namespace p9mmu::cpus {

/// A step that no other CPU can see: `kPrivate`.
template <typename Step>
concept PrivateStep = requires {
  requires Step::kPrivate;
};
/// A step that an explorer may have to hold back: `possible(cpu)`.
template <typename Step>
concept ConditionalStep = requires(const Step& step, Cpu& cpu) {
  step.possible(cpu);
};
/// A step that takes several turns under an explorer: `explore(cpu)` is one of them, true for the last.
template <typename Step>
concept StagedStep = requires(Step& step, Cpu& cpu) {
  step.explore(cpu);
};

/// A step as an operation. `Step` has `Time issue(Cpu&)`, which charges and says when it is done, and
/// `effect(Cpu&)`.
template <typename Step>
class [[nodiscard]] StepOperation final : public Operation {
 public:
  StepOperation(Cpu& cpu, Step step) : cpu_(cpu), step_(step) {}

  bool await_ready() {
    if (cpu_.interrupt_due() || cpu_.attended()) [[unlikely]] {
      if (cpu_.explored()) {
        return explored_at_once();
      }
      if (cpu_.interrupt_due() || !PrivateStep<Step>) {
        return false;
      }
    }
    cpu_.begin_operation();
    done_ = step_.issue(cpu_);
    return cpu_.try_advance(done_);
  }
  void await_suspend(std::coroutine_handle<> self) {
    awaiting = self;
    if (cpu_.explored()) [[unlikely]] {
      cpu_.offer(*this);
    } else if (done_ == Time::never()) {
      cpu_.start_delayed(*this);
    } else {
      cpu_.complete_at(*this, done_);
    }
  }
  auto await_resume() { return step_.effect(cpu_); }

  void start(Cpu& cpu) override {
    if (cpu.explored()) [[unlikely]] {
      start_explored(cpu);
      return;
    }
    cpu.begin_operation();
    cpu.complete_at(*this, step_.issue(cpu));
  }
  [[nodiscard]] const char* name() const override {
    if constexpr (requires { Step::kName; }) {
      return Step::kName;
    }
    return "step";
  }
  [[nodiscard]] bool possible(Cpu& cpu) const override {
    if constexpr (ConditionalStep<Step>) {
      return step_.possible(cpu) || cpu.omits(name());
    }
    return true;
  }

 private:
  /// What nobody can see needs no turn of its own; nor does a handler's step, which is part of taking the
  /// interrupt.
  bool explored_at_once() {
    if (!PrivateStep<Step> && !cpu_.in_handler()) {
      return false;
    }
    cpu_.begin_operation();
    step_.issue(cpu_);
    return true;
  }
  void start_explored(Cpu& cpu) {
    cpu.begin_operation();
    if constexpr (StagedStep<Step>) {
      if (!step_.explore(cpu)) {
        cpu.offer(*this);
        return;
      }
    } else if constexpr (std::is_void_v<decltype(step_.effect(cpu))>) {
      if (!cpu.omits(name())) {
        step_.issue(cpu);
      }
    } else {
      step_.issue(cpu);
    }
    cpu.finish_offered(*this);
  }

  Cpu& cpu_;
  Step step_;
  Time done_ = Time::never();
};

template <typename Step>
auto Cpu::execute(Step step) {
  return StepOperation<Step>(*this, step);
}

}  // namespace p9mmu::cpus
