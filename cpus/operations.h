// The vocabulary of kernel routines: what a hardware thread can be asked to do. Simple operations are steps:
// what issuing costs, and an effect when they are done. Those that wait for somebody else are classes of
// their own at the end. Costs come from the machine's parameters; what a routine does between operations
// takes no time.
#pragma once

#include <algorithm>
#include <coroutine>
#include <utility>

#include "cpus/cpu.h"
#include "cpus/spin_lock.h"
#include "cpus/system.h"

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

namespace steps {

/// Takes `span` for `cause` and does nothing that others see.
struct Spend {
  Time span;
  Cause cause;
  Time issue(Cpu& cpu) const {
    cpu.charge(cause, span);
    return cpu.now() + span;
  }
  void effect(Cpu&) const {}
};

struct Hwsync {
  Time issue(Cpu& cpu) const {
    ++cpu.system().counters().hwsync_count;
    const Time span = cpu.system().parameters().instructions.hwsync;
    cpu.charge(Cause::barrier, span);
    return cpu.now() + span;
  }
  void effect(Cpu&) const {}
};

/// larx, change, stcx. on a line that this core has to get first.
struct ReadModifyWrite {
  interconnect::Line* line;
  Time issue(Cpu& cpu) const {
    const System& system = cpu.system();
    const Time got = system.lines().write(*line, cpu.id(), cpu.now());
    const Time atomic = system.parameters().instructions.larx_stcx;
    cpu.charge(Cause::memory, got - cpu.now() + atomic);
    return got + atomic;
  }
  void effect(Cpu&) const {}
};

/// A store that those who watch the line see when it is done.
struct Store {
  WatchedLine* line;
  Time issue(Cpu& cpu) const {
    const Time done = cpu.system().lines().write(line->line, cpu.id(), cpu.now());
    cpu.charge(Cause::memory, done - cpu.now());
    return done;
  }
  void effect(Cpu& cpu) const { wake_watchers(*line, cpu); }
};

struct Load {
  interconnect::Line* line;
  Time issue(Cpu& cpu) const {
    const Time done = cpu.system().lines().read(*line, cpu.id(), cpu.now());
    cpu.charge(Cause::memory, done - cpu.now());
    return done;
  }
  void effect(Cpu&) const {}
};

struct Ptesync {
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().ptesync_count;
    const Time done = system.fabric().ptesync(cpu.id(), cpu.now(), system.parameters().instructions.ptesync);
    cpu.charge(Cause::barrier, done - cpu.now());
    return done;
  }
  void effect(Cpu&) const {}
};

/// eieio; tlbsync; ptesync: the end of every sequence of tlbies. The wait is the ptesync's.
struct TlbieBarrier {
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().tlbsync_count;
    const Time ordered = cpu.now() + system.parameters().instructions.eieio;
    system.fabric().tlbsync(cpu.id(), ordered);
    ++system.counters().ptesync_count;
    const Time done = system.fabric().ptesync(cpu.id(), ordered, system.parameters().instructions.ptesync);
    cpu.charge(Cause::barrier, done - cpu.now());
    return done;
  }
  void effect(Cpu&) const {}
};

/// One broadcast tlbie: the thread goes on when its own core has acknowledged it.
struct Tlbie {
  const mmu::TlbInvalidate* operands;
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().tlbie_count;
    const interconnect::TlbieIssued issued = system.fabric().tlbie(cpu.id(), cpu.now());
    system.broadcast(*operands, cpu.now());
    cpu.charge(Cause::tlbie, issued.issuer_free - cpu.now());
    return issued.issuer_free;
  }
  void effect(Cpu&) const {}
};

/// tlbiel of so many sets of the own core's TLB, from the one that the operands name.
struct Tlbiel {
  const mmu::TlbInvalidate* operands;
  std::uint32_t sets;
  Time issue(Cpu& cpu) const {
    cpu.system().counters().tlbiel_count += sets;
    const Time span = sets * cpu.system().parameters().instructions.tlbiel;
    cpu.charge(Cause::tlbie, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const;
};

struct Slbia {
  Time issue(Cpu& cpu) const {
    const Time span = cpu.system().parameters().instructions.slbia;
    cpu.charge(Cause::tlbie, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const;
};

/// A load, store or fetch at an effective address, through the core's translation caches.
struct Access {
  mmu::Access kind;
  const mmu::Context* context;
  mmu::EffectiveAddress address;
  mmu::Translation result{};
  Time issue(Cpu& cpu);
  [[nodiscard]] mmu::Translation effect(Cpu&) const { return result; }
};

struct SoftMask {
  bool masked;
  Time issue(Cpu& cpu) const {
    const Time span = cpu.system().lines().hit();
    cpu.charge(Cause::compute, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const { cpu.set_soft_mask(masked); }
};

}  // namespace steps

inline auto Cpu::compute(Time span) {
  return execute(steps::Spend{span, Cause::compute});
}
inline auto Cpu::hwsync() {
  return execute(steps::Hwsync{});
}
inline auto Cpu::lwsync() {
  return execute(steps::Spend{system_.parameters().instructions.lwsync, Cause::barrier});
}
inline auto Cpu::isync() {
  return execute(steps::Spend{system_.parameters().instructions.isync, Cause::barrier});
}
/// larx, change, stcx. on memory that nobody contends for.
inline auto Cpu::atomic_update() {
  return execute(
      steps::Spend{system_.parameters().instructions.larx_stcx + system_.lines().hit(), Cause::memory});
}
inline auto Cpu::read_modify_write(interconnect::Line& line) {
  return execute(steps::ReadModifyWrite{&line});
}
inline auto Cpu::store(WatchedLine& line) {
  return execute(steps::Store{&line});
}
inline auto Cpu::load(interconnect::Line& line) {
  return execute(steps::Load{&line});
}
inline auto Cpu::ptesync() {
  return execute(steps::Ptesync{});
}
/// `operands` must outlive the operation: keep it in a named variable.
inline auto Cpu::tlbie(const mmu::TlbInvalidate& operands) {
  return execute(steps::Tlbie{&operands});
}
inline auto Cpu::eieio_tlbsync_ptesync() {
  return execute(steps::TlbieBarrier{});
}
inline auto Cpu::tlbiel(const mmu::TlbInvalidate& operands, std::uint32_t sets) {
  return execute(steps::Tlbiel{&operands, sets});
}
inline auto Cpu::slbia() {
  return execute(steps::Slbia{});
}
inline auto Cpu::local_irq_disable() {
  return execute(steps::SoftMask{true});
}
inline auto Cpu::local_irq_enable() {
  return execute(steps::SoftMask{false});
}
/// `context` must outlive the operation.
inline auto Cpu::access(mmu::Access kind, const mmu::Context& context, mmu::EffectiveAddress address) {
  return execute(steps::Access{kind, &context, address});
}

/// What the operations that wait have in common: they are started like any other and end in `finish_wait`.
class WaitingOperation : public Operation {
 public:
  explicit WaitingOperation(Cpu& cpu) : cpu_(cpu) {}
  [[nodiscard]] static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    awaiting = self;
    if (cpu_.interrupt_due()) {
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
  WaitUntil(Cpu& cpu, WatchedLine& line, Cause cause, Predicate predicate)
      : WaitingOperation(cpu), line_(line), cause_(cause), predicate_(predicate) {}

  bool await_ready() {
    if (cpu_.interrupt_due() || !predicate_()) {
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
  void start(Cpu& cpu) override {
    if (predicate_()) {
      cpu.begin_operation();
      cpu.complete_at(*this, load());
    } else {
      watch(line_, cpu);
      cpu.wait_in(*this, Time::never());
    }
  }
  void charge_wait(Cpu& cpu, Time since, Time until) override { cpu.charge(cause_, until - since); }
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
  Time done_ = Time::never();
};

template <typename Predicate>
auto Cpu::wait_until(WatchedLine& line, Cause cause, Predicate predicate) {
  return WaitUntil<Predicate>(*this, line, cause, predicate);
}

/// Takes a spin lock: a larx/stcx. pair and lwsync when it is free, otherwise after it has been released.
class [[nodiscard]] AcquireLock final : public WaitingOperation {
 public:
  AcquireLock(Cpu& cpu, SpinLock& lock) : WaitingOperation(cpu), lock_(lock) {}
  bool await_ready() {
    if (cpu_.interrupt_due() || lock_.held()) {
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
  void start(Cpu& cpu) override;
  void charge_wait(Cpu& cpu, Time since, Time until) override { cpu.charge(Cause::lock, until - since); }
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
