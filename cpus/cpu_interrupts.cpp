// A hardware thread's interrupts: pending, masked, taken, left. The rest of it is in cpus/cpu.cpp.
#include <algorithm>
#include <utility>

#include "cpus/cpu.h"
#include "cpus/system.h"
#include "mmu/check.h"

namespace p9mmu::cpus {

void Cpu::update_interrupt_due() {
  if (explored_) {
    return;
  }
  interrupt_due_ = masked_ || in_handler_ ? Time::never() : interrupt_pending_;
}

void Cpu::set_soft_mask(bool masked) {
  if (masked_ && !masked && interrupt_pending_ <= now_) {
    ++system_.counters().interrupts_replayed;
  }
  const bool left = masked_ && !masked;
  masked_ = masked;
  update_interrupt_due();
  if (left && system_.mask_observer() != nullptr) {
    system_.mask_observer()->interrupts_enabled(id_);
  }
}

void Cpu::interrupt_arrives(Time pending) {
  if (interrupt_pending_ != Time::never()) {
    return;  // what is pending already will see this one's message too
  }
  interrupt_pending_ = pending;
  if (observer_ != nullptr) {
    observer_->interrupt_pending(id_, pending);
  }
  if (explored_) {
    return;  // the explorer chooses when it is taken
  }
  update_interrupt_due();
  if (interrupt_due_ == Time::never()) {
    return;
  }
  if (doing_ == Doing::idle) {
    if (due_ != Due::wake || pending < due_at_) {
      idle_interrupt();
    }
  } else if (doing_ == Doing::waiting && (due_ == Due::nothing || pending < due_at_)) {
    appoint(Due::interrupt, std::max(pending, now_));
  }
}

void Cpu::idle_interrupt() {
  system_.settle_deferred(id_);
  const Woken woken = wake_from(idle_, system_.stop_states(), interrupt_pending_);
  if (woken.slept > Time()) {
    ++system_.counters().wakes[static_cast<std::size_t>(idle_.period.state)];
    charge(Cause::idle, woken.slept);
    charge(Cause::idle_wake, woken.waking);
  }
  now_ = woken.at;
  begin_interrupt(Time());
}

void Cpu::begin_interrupt(Time leaving) {
  InterruptHandler& handler = system_.interrupt_handler();
  interrupt_pending_ = Time::never();
  in_handler_ = true;
  update_interrupt_due();
  ++system_.counters().ipis_handled;
  interrupted_operation_ = std::exchange(operation_, nullptr);
  if (doing_ != Doing::idle) {
    ++system_.counters().interrupts_while_busy;
  }
  doing_ = Doing::running;
  interrupted_path_ = path_;
  if (leaving > Time()) {
    charge(Cause::guest_exit, leaving);
    now_ += leaving;
  }
  if (observer_ != nullptr) {
    observer_->interrupt_taken(id_, path_, now_);
  }
  path_ = system_.paths().child(PathId(0), handler.name());
  const Time entry = handler.entry() + system_.ipi().accept();
  charge(Cause::interrupt, entry);
  appoint(Due::handler, now_ + entry);
}

void Cpu::take_interrupt() {
  P9MMU_CHECK(can_take_interrupt(), "CPU " << id_.value() << " takes no interrupt now");
  InterruptHandler& handler = system_.interrupt_handler();
  interrupt_pending_ = Time::never();
  ++system_.counters().ipis_handled;
  const PathId path = std::exchange(path_, system_.paths().child(PathId(0), handler.name()));
  in_handler_ = true;
  system_.set_running(id_);
  Task<void> routine = handler.handle(*this);
  routine.root(trampoline_);
  routine.handle().resume();
  while (trampoline_.next) {
    std::exchange(trampoline_.next, {}).resume();
  }
  P9MMU_CHECK(routine.done(), "the handler of CPU " << id_.value() << " waits");
  routine.result();
  in_handler_ = false;
  path_ = path;
}

void Cpu::start_handler() {
  account_.settle();
  handler_ = system_.interrupt_handler().handle(*this);
  handler_.root(trampoline_);
  run(handler_.handle());
}

void Cpu::finish_handler() {
  handler_.result();
  handler_ = Task<void>();
  account_.settle();
  const Time exit = system_.interrupt_handler().exit();
  charge(Cause::interrupt, exit);
  now_ += exit;
  if (observer_ != nullptr) {
    observer_->interrupt_left(id_, now_);
  }
  in_handler_ = false;
  update_interrupt_due();
  path_ = interrupted_path_;
  operation_ = std::exchange(interrupted_operation_, nullptr);
  if (operation_ == nullptr) {
    enter_idle();
  } else if (interrupt_due()) {
    begin_interrupt(Time());
  } else {
    doing_ = Doing::running;
    appoint(Due::start_operation, now_);
  }
}

}  // namespace p9mmu::cpus
