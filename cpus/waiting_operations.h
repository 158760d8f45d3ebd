// Operations that wait for somebody else: for a line's new value, a lock, a timer, another thread's end; and
// a program's own code, which interrupts stop at once. Operations that know beforehand when they are done are
// in cpus/operations.h.
#pragma once

#include <coroutine>
#include <cstdint>

#include "cpus/cpu.h"
#include "cpus/spin_lock.h"
#include "cpus/step_operation.h"
#include "cpus/system.h"

namespace p9mmu::cpus {

/// What the operations that wait have in common: they are started like any other and end in `finish_wait`.
class WaitingOperation : public Operation {
 public:
  explicit WaitingOperation(Cpu& cpu) : cpu_(cpu) {}
  [[nodiscard]] static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    awaiting = self;
    if (cpu_.explored()) [[unlikely]] {
      cpu_.offer(*this);
    } else if (cpu_.interrupt_due()) {
      cpu_.interrupt_before(*this);
    } else {
      start(cpu_);
    }
  }
  void await_resume() {}

 protected:
  Cpu& cpu_;
};

/// Spins on a line, interruptibly if interrupts are on, until `predicate()` holds: a load if it holds
/// already, else until the line has come back from whoever made it true.
template <typename Predicate>
class [[nodiscard]] WaitUntil final : public WaitingOperation {
 public:
  /// `touch`: whether others compete for what is waited for, or can only bring it about.
  WaitUntil(Cpu& cpu, WatchedLine& line, Cause cause, Predicate predicate, Touch touch)
      : WaitingOperation(cpu), line_(line), cause_(cause), predicate_(predicate), touch_(touch) {}

  bool await_ready() {
    if (cpu_.explored() || cpu_.interrupt_due() || !predicate_()) {
      return false;
    }
    cpu_.begin_operation();
    done_ = load();
    return cpu_.try_advance(done_);
  }
  void await_suspend(std::coroutine_handle<> self) {
    if (done_ != Time::never()) {
      awaiting = self;
      cpu_.complete_at(*this, done_);
    } else {
      WaitingOperation::await_suspend(self);
    }
  }
  [[nodiscard]] const char* name() const override { return "wait"; }
  [[nodiscard]] bool possible(Cpu&) const override { return predicate_(); }
  void start(Cpu& cpu) override {
    if (cpu.explored()) [[unlikely]] {
      cpu.system().touch({SharedKind::line, line_.line.name}, touch_);
      cpu.finish_offered(*this);
    } else if (predicate_()) {
      cpu.begin_operation();
      cpu.complete_at(*this, load());
    } else {
      watch(line_, cpu);
      cpu.wait_in(*this, Time::never());
    }
  }
  void charge_wait(Cpu& cpu, Time since, Time until) override { cpu.charge(cause_, until - since); }
  [[nodiscard]] Cause waits_for() const override { return cause_; }
  void interrupted(Cpu& cpu) override { unwatch(line_, cpu); }
  void resumed(Cpu& cpu) override {
    if (predicate_()) {
      line_.line.reader = cpu.id().value();
      cpu.finish_wait(*this);
    } else {
      start(cpu);
    }
  }

 private:
  Time load() {
    const Time done = cpu_.system().lines().read(line_.line, cpu_.id(), cpu_.now());
    cpu_.charge(Cause::memory, done - cpu_.now());
    return done;
  }

  WatchedLine& line_;
  Cause cause_;
  Predicate predicate_;
  Touch touch_;
  Time done_ = Time::never();
};

template <typename Predicate>
auto Cpu::wait_until(WatchedLine& line, Cause cause, Predicate predicate) {
  return WaitUntil<Predicate>(*this, line, cause, predicate, Touch::read);
}
template <typename Predicate>
auto Cpu::await_signal(WatchedLine& line, Cause cause, Predicate predicate) {
  return WaitUntil<Predicate>(*this, line, cause, predicate, Touch::await);
}

/// Takes a spin lock: a larx/stcx. pair and lwsync when it is free, otherwise after it has been released.
class [[nodiscard]] AcquireLock final : public WaitingOperation {
 public:
  AcquireLock(Cpu& cpu, SpinLock& lock) : WaitingOperation(cpu), lock_(lock) {}
  bool await_ready() {
    if (cpu_.explored() || cpu_.interrupt_due() || lock_.held()) {
      return false;
    }
    done_ = take();
    return cpu_.try_advance(done_);
  }
  void await_suspend(std::coroutine_handle<> self) {
    awaiting = self;
    if (done_ != Time::never()) {
      cpu_.complete_at(*this, done_);
    } else {
      WaitingOperation::await_suspend(self);
    }
  }
  [[nodiscard]] const char* name() const override { return "lock"; }
  [[nodiscard]] bool possible(Cpu&) const override { return !lock_.held(); }
  void start(Cpu& cpu) override;
  void charge_wait(Cpu& cpu, Time since, Time until) override { cpu.charge(Cause::lock, until - since); }
  [[nodiscard]] Cause waits_for() const override { return Cause::lock; }
  void interrupted(Cpu& cpu) override { unwatch(lock_.line, cpu); }
  void resumed(Cpu& cpu) override { start(cpu); }

 private:
  /// Takes the free lock and charges for it; when it is done.
  Time take();

  SpinLock& lock_;
  Time done_ = Time::never();
};

inline auto Cpu::spin_lock(SpinLock& lock) {
  return AcquireLock(*this, lock);
}

namespace steps {

struct ReleaseLock {
  static constexpr const char* kName = "unlock";
  SpinLock* lock;
  Time issue(Cpu& cpu) const;
  void effect(Cpu& cpu) const {
    lock->holder = interconnect::kNobody;
    wake_watchers(lock->line, cpu);
  }
};

}  // namespace steps

inline auto Cpu::spin_unlock(SpinLock& lock) {
  return execute(steps::ReleaseLock{&lock});
}

/// Runs a program's own code for a while, or for ever: interrupts stop it at once, and snoops in its core
/// slow it.
class [[nodiscard]] UserCode final : public WaitingOperation {
 public:
  enum class Where : std::uint8_t { host, guest };
  /// `span` never: for ever.
  UserCode(Cpu& cpu, Time span, Where where) : WaitingOperation(cpu), left_(span), where_(where) {}

  [[nodiscard]] const char* name() const override { return "user code"; }
  void start(Cpu& cpu) override;
  void charge_wait(Cpu& cpu, Time since, Time until) override;
  void interrupted(Cpu& cpu) override;
  void resumed(Cpu& cpu) override;
  [[nodiscard]] Time leaving_cost(Cpu& cpu) const override;

 private:
  [[nodiscard]] Time snooped(Cpu& cpu) const;

  Time left_;
  Where where_;
  Time entering_;  ///< of the way back into the guest
  Time snooped_before_;
};

inline auto Cpu::user_compute(Time span) {
  return UserCode(*this, span, UserCode::Where::host);
}
inline auto Cpu::run_guest() {
  return UserCode(*this, Time::never(), UserCode::Where::guest);
}

/// Gives the CPU up until a timer, or until another thread has ended.
class [[nodiscard]] Sleep {
 public:
  Sleep(Cpu& cpu, Time until) : cpu_(cpu), until_(until) {}
  [[nodiscard]] static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) { cpu_.block(self, until_); }
  void await_resume() {}

 private:
  Cpu& cpu_;
  Time until_;
};

inline auto Cpu::sleep_for(Time span) {
  return Sleep(*this, now_ + span);
}

class [[nodiscard]] Join {
 public:
  Join(Cpu& cpu, SoftwareThread& thread) : cpu_(cpu), thread_(thread) {}
  [[nodiscard]] bool await_ready() const { return thread_.finished; }
  void await_suspend(std::coroutine_handle<> self) {
    thread_.joiners.push_back(cpu_.current());
    cpu_.block(self, Time::never());
  }
  void await_resume() {}

 private:
  Cpu& cpu_;
  SoftwareThread& thread_;
};

inline auto Cpu::join(SoftwareThread& thread) {
  return Join(*this, thread);
}

}  // namespace p9mmu::cpus
