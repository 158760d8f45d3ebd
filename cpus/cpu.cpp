#include "cpus/cpu.h"

#include <algorithm>
#include <utility>

#include "cpus/system.h"
#include "mmu/check.h"

namespace p9mmu::cpus {
Cpu::Cpu(System& system, CpuId id) : system_(system), id_(id), idle_(system.idle_cpu(id)) {
  path_ = system.paths().child(PathId(0), kIdleRoutine);
  system.stop_states().enter(idle_, now_, Time::never());
}

// --- Software threads ---

void Cpu::make_ready(SoftwareThread& thread, Time at) {
  ready_.push_back(&thread);
  const bool asleep = doing_ == Doing::idle;
  if (asleep && (due_ == Due::nothing || (due_ == Due::wake && at < due_at_))) {
    appoint(Due::wake, at);
  }
}

void Cpu::block(std::coroutine_handle<> resume, Time at) {
  P9MMU_CHECK(!masked_, "CPU " << id_.value() << " would sleep with interrupts disabled");
  current_->resume = resume;
  if (at != Time::never()) {
    const auto behind = std::upper_bound(timers_.begin(), timers_.end(), at,
                                         [](Time t, const Timer& timer) { return t < timer.at; });
    timers_.insert(behind, Timer{at, current_});
  }
  current_ = nullptr;
}

void Cpu::release_timers() {
  std::size_t expired = 0;
  while (expired < timers_.size() && timers_[expired].at <= now_) {
    ready_.push_back(timers_[expired].thread);
    ++expired;
  }
  timers_.erase(timers_.begin(), timers_.begin() + static_cast<std::ptrdiff_t>(expired));
}

void Cpu::next_thread() {
  release_timers();
  if (ready_.empty()) {
    enter_idle();
    return;
  }
  current_ = ready_.front();
  ready_.pop_front();
  doing_ = Doing::running;
  path_ = PathId(0);
  resume_ = current_->resume;
  appoint(Due::resume, now_);
}

void Cpu::finish_thread() {
  SoftwareThread& thread = *std::exchange(current_, nullptr);
  try {
    thread.body.result();
  } catch (...) {
    if (!system_.failure) {
      system_.failure = std::current_exception();
    }
  }
  thread.finished = true;
  set_soft_mask(false);
  for (SoftwareThread* joiner : thread.joiners) {
    joiner->cpu->make_ready(*joiner, now_);
  }
  thread.joiners.clear();
  next_thread();
}

// --- Accounting ---

void Cpu::charge_waited(Time until) {
  account_.settle();
  operation_->charge_wait(*this, waiting_since_, until);
  waiting_since_ = until;
}

std::vector<Time> Cpu::account_view(Time moment) {
  system_.settle_deferred(id_);
  if (doing_ == Doing::waiting && moment > waiting_since_) {
    charge_waited(moment);
  }
  std::vector<Time> view = account_.view(moment);
  if (account_.charged_until() < moment) {
    P9MMU_CHECK(doing_ == Doing::idle, "CPU " << id_.value() << " is charged until "
                                              << account_.charged_until().ps() << " of " << moment.ps()
                                              << " ps");
    const std::uint32_t slot = account_slot(path_, Cause::idle);
    view.resize(std::max<std::size_t>(view.size(), slot + 1));
    view[slot] += moment - account_.charged_until();
  }
  return view;
}

// --- For operations ---

bool Cpu::try_advance(Time done) {
  if (system_.scheduler().may_advance(id_, done)) {
    now_ = done;
    return true;
  }
  return false;
}

void Cpu::complete_at(Operation& operation, Time done) {
  resume_ = operation.awaiting;
  operation_ = nullptr;
  doing_ = Doing::running;
  appoint(Due::resume, done);
}

void Cpu::offer(Operation& operation) {
  operation_ = &operation;
  doing_ = Doing::running;
  appoint(Due::start_operation, now_);
}

bool Cpu::omits(const char* operation) const {
  return system_.exploration()->omits(*this, operation);
}

void Cpu::finish_offered(Operation& operation) {
  operation_ = nullptr;
  trampoline_.next = operation.awaiting;
}

void Cpu::set_random_delay(Time most, std::uint64_t seed) {
  delayed_ = most > Time();
  most_delay_ = most;
  random_state_ = seed;
}

void Cpu::start_delayed(Operation& operation) {
  if (interrupt_due()) {
    interrupt_before(operation);
    return;
  }
  // SplitMix64: one state per CPU, so that who runs first does not change what the others draw.
  std::uint64_t random = random_state_ += 0x9e3779b97f4a7c15U;
  random = (random ^ (random >> 30)) * 0xbf58476d1ce4e5b9U;
  random = (random ^ (random >> 27)) * 0x94d049bb133111ebU;
  random ^= random >> 31;
  // Few, and of those a quarter long: while one CPU waits, the others get through whole routines.
  constexpr std::uint64_t kOneIn = 8;
  const bool is_long = random / kOneIn % 4 == 0;
  const std::uint64_t most = static_cast<std::uint64_t>(most_delay_.ps()) >> (is_long ? 0 : 6);
  const Time delay(random % kOneIn == 0 ? static_cast<std::int64_t>(random / (4 * kOneIn) % (most + 1)) : 0);
  begin_operation();
  charge(Cause::compute, delay);
  operation_ = &operation;
  doing_ = Doing::running;
  appoint(Due::start_operation, now_ + delay);
}

void Cpu::interrupt_before(Operation& operation) {
  operation_ = &operation;
  account_.settle();
  begin_interrupt(Time());
}

void Cpu::schedule_wait(Time until) {
  if (interrupt_due_ < until) {
    appoint(Due::interrupt, std::max(interrupt_due_, now_));
  } else if (until != Time::never()) {
    appoint(Due::wait_over, until);
  } else {
    due_ = Due::nothing;
    update_quiescent();
  }
}

void Cpu::wait_in(Operation& operation, Time until) {
  operation_ = &operation;
  doing_ = Doing::waiting;
  waiting_since_ = now_;
  if (observer_ != nullptr) {
    observer_->waits(id_, operation.waits_for(), now_);
  }
  schedule_wait(until);
}

void Cpu::finish_wait(Operation& operation) {
  doing_ = Doing::running;
  operation_ = nullptr;
  trampoline_.next = operation.awaiting;
}

void Cpu::wake_waiting(Time at) {
  P9MMU_CHECK(doing_ == Doing::waiting, "CPU " << id_.value() << " does not wait");
  if (due_ == Due::interrupt && due_at_ <= at) {
    return;  // it leaves for the interrupt first, and looks again afterwards
  }
  appoint(Due::wait_over, at);
}

// --- Idling ---

void Cpu::enter_idle() {
  release_timers();
  if (!ready_.empty()) {
    next_thread();
    return;
  }
  doing_ = Doing::idle;
  path_ = system_.paths().child(PathId(0), kIdleRoutine);
  if (observer_ != nullptr) {
    observer_->goes_idle(id_, now_);
  }
  const Time timer = timers_.empty() ? Time::never() : timers_.front().at;
  system_.stop_states().enter(idle_, now_, timer);
  if (interrupt_due_ < timer) {
    idle_interrupt();
  } else if (timer != Time::never()) {
    appoint(Due::wake, timer);
  } else {
    update_quiescent();
  }
}

void Cpu::update_quiescent() {
  const bool quiescent = doing_ == Doing::idle && due_ == Due::nothing && ready_.empty();
  if (quiescent != quiescent_) {
    quiescent_ = quiescent;
    system_.note_quiescent(quiescent);
  }
}

// --- For the scheduler ---

void Cpu::appoint(Due due, Time at) {
  due_ = due;
  due_at_ = at;
  system_.scheduler().schedule(id_, at);
  update_quiescent();
}

void Cpu::run(std::coroutine_handle<> coroutine) {
  coroutine.resume();
  after_run();
}

void Cpu::after_run() {
  while (trampoline_.next) {
    std::exchange(trampoline_.next, {}).resume();
  }
  if (in_handler_) {
    if (handler_ && handler_.done()) {
      finish_handler();
    }
  } else if (current_ == nullptr) {
    if (doing_ == Doing::running) {
      next_thread();
    }
  } else if (current_->body.done()) {
    finish_thread();
  }
}

void Cpu::dispatch(Time now) {
  P9MMU_CHECK(now == due_at_, "CPU " << id_.value() << " is due at " << due_at_.ps() << ", not " << now.ps());
  const Due due = std::exchange(due_, Due::nothing);
  system_.set_running(id_);
  switch (due) {
    case Due::resume:
      now_ = now;
      run(resume_);
      break;
    case Due::start_operation:
      now_ = now;
      if (interrupt_due()) {
        begin_interrupt(Time());
      } else {
        system_.set_running(id_);
        operation_->start(*this);
        after_run();
      }
      break;
    case Due::interrupt:
      charge_waited(now);
      now_ = now;
      operation_->interrupted(*this);
      begin_interrupt(operation_->leaving_cost(*this));
      break;
    case Due::handler:
      now_ = now;
      start_handler();
      break;
    case Due::wait_over:
      charge_waited(now);
      now_ = now;
      operation_->resumed(*this);
      after_run();
      break;
    case Due::wake: {
      system_.settle_deferred(id_);
      const Woken woken = wake_from(idle_, system_.stop_states(), now);
      account_.settle();
      charge(Cause::idle, woken.slept);
      charge(Cause::idle_wake, woken.waking);
      now_ = woken.at;
      next_thread();
      break;
    }
    case Due::nothing:
      P9MMU_CHECK(false, "CPU " << id_.value() << " has nothing due");
  }
}

Routine::Routine(Cpu& cpu, const char* name) : cpu_(cpu), caller_(cpu.path()) {
  const PathId path = cpu.system().paths().child(caller_, name);
  cpu.set_path(path);
  if (TimelineObserver* const observer = cpu.observer()) {
    observer->routine_called(cpu.id(), path, cpu.now());
  }
}

}  // namespace p9mmu::cpus
