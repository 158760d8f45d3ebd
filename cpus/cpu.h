// One hardware thread, as kernel routines see it and without SystemC: its time, its software threads,
// interrupts and their soft mask, idling. The operations themselves stand in cpus/operations.h; the SystemC
// module around it, which only brings its appointments, is cpus/modules.h. Not here: what an interrupt's
// handler does, which is the kernel's.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cpus/accounts.h"
#include "cpus/idle.h"
#include "cpus/operation.h"
#include "cpus/scheduler.h"
#include "cpus/task.h"
#include "cpus/timeline_observer.h"
#include "cpus/watched_line.h"
#include "mmu/address.h"
#include "mmu/core_mmu.h"

namespace p9mmu::cpus {

class System;

/// Where idle time and waking are accounted.
inline constexpr const char* kIdleRoutine = "cpuidle_enter_state";

/// A software thread: a coroutine bound to a CPU. It runs until it sleeps, joins another or ends; there are
/// no time slices.
struct SoftwareThread {
  std::string name;
  Task<void> body;
  std::coroutine_handle<> resume;  ///< where it goes on
  std::optional<mmu::Pid> pid;     ///< of the address space that it runs in; none, if only in the kernel's
  mmu::Lpid lpid{};                ///< of the guest that it runs in as a vCPU; 0 for none
  bool finished = false;
  std::vector<SoftwareThread*> joiners;
  class Cpu* cpu = nullptr;
};

class Cpu {
 public:
  Cpu(System& system, CpuId id);
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  [[nodiscard]] CpuId id() const { return id_; }
  [[nodiscard]] System& system() const { return system_; }
  /// The local time: when the last operation was done.
  [[nodiscard]] Time now() const { return now_; }

  // --- Software threads ---
  /// Puts a thread behind those that wait for this CPU, at `at`.
  void make_ready(SoftwareThread& thread, Time at);
  /// The running thread sleeps until `at`, or until `make_ready` if that is never.
  void block(std::coroutine_handle<> resume, Time at);
  [[nodiscard]] SoftwareThread* current() const { return current_; }
  [[nodiscard]] Trampoline& trampoline() { return trampoline_; }

  // --- Accounting ---
  void charge(Cause cause, Time span) {
    if (observer_ != nullptr) [[unlikely]] {
      observer_->charged(id_, path_, cause, account_.charged_until(), span);
    }
    account_.charge(path_, cause, span);
  }
  [[nodiscard]] Account& account() { return account_; }
  [[nodiscard]] PathId path() const { return path_; }
  void set_path(PathId path) { path_ = path; }
  /// The charges by slot until `moment`, with what a waiting CPU has waited so far.
  [[nodiscard]] std::vector<Time> account_view(Time moment);

  // --- Operations: cpus/operations.h says what each is ---
  template <typename Step>
  auto execute(Step step);
  auto compute(Time span);
  auto hwsync();
  auto lwsync();
  auto isync();
  auto atomic_update();
  auto read_modify_write(interconnect::Line& line);
  auto store(WatchedLine& line);
  auto load(interconnect::Line& line);
  auto ptesync();
  auto tlbie(const mmu::TlbInvalidate& operands);
  auto eieio_tlbsync_ptesync();
  auto tlbiel(const mmu::TlbInvalidate& operands, std::uint32_t sets);
  auto slbia();
  template <typename Predicate>
  auto wait_until(WatchedLine& line, Cause cause, Predicate predicate);
  /// The same where `predicate`, once true, stays so until this CPU goes on.
  template <typename Predicate>
  auto await_signal(WatchedLine& line, Cause cause, Predicate predicate);
  auto spin_lock(struct SpinLock& lock);
  auto spin_unlock(struct SpinLock& lock);
  auto local_irq_disable();
  auto local_irq_enable();
  auto user_compute(Time span);
  auto run_guest();
  auto sleep_for(Time span);
  auto join(SoftwareThread& thread);
  auto access(mmu::Access kind, const mmu::Context& context, mmu::EffectiveAddress address);

  // --- For operations ---
  /// The charges of the operations before are final; call before the first charge of an operation.
  void begin_operation() { account_.settle(); }
  [[nodiscard]] bool interrupt_due() const { return interrupt_due_ <= now_; }
  /// Each operation that others can see waits for the explorer to choose its CPU.
  [[nodiscard]] bool explored() const { return explored_; }
  /// Under an explorer, or delayed at random: operations do not simply follow each other.
  [[nodiscard]] bool attended() const { return explored_ || delayed_; }
  [[nodiscard]] bool in_handler() const { return in_handler_; }
  /// Under an explorer: whether an operation of that name is to be left out here.
  [[nodiscard]] bool omits(const char* operation) const;
  /// Under an explorer: `operation` is carried out when this CPU is chosen.
  void offer(Operation& operation);
  /// Under an explorer: `operation` has been carried out.
  void finish_offered(Operation& operation);
  /// Begins an operation that was issued at `now()` and takes until `done`; true if the caller may go on at
  /// once.
  bool try_advance(Time done);
  /// Parks the awaiting coroutine of `operation` until `done`.
  void complete_at(Operation& operation, Time done);
  /// An interrupt comes first: `operation` is started after its handler.
  void interrupt_before(Operation& operation);
  /// Under stress: `operation` is started a random time from now, or after an interrupt that is due.
  void start_delayed(Operation& operation);
  /// Waits, interruptibly, until `until` (never: until `wake_waiting`); `Operation::resumed` is called then.
  void wait_in(Operation& operation, Time until);
  /// Goes on with the awaiting coroutine of `operation`, from within `Operation::resumed`, at `now()`.
  void finish_wait(Operation& operation);
  /// A line that this CPU waits for reaches it at `at`.
  void wake_waiting(Time at);

  // --- Interrupts ---
  void set_soft_mask(bool masked);
  [[nodiscard]] bool soft_masked() const { return masked_; }
  /// An interrupt from another CPU is presented at `pending`.
  void interrupt_arrives(Time pending);

  // --- Idling ---
  /// Idle, interrupts on, nothing pending, no appointment: a round of interrupts may be computed in place.
  [[nodiscard]] bool quiescent() const { return quiescent_; }

  // --- For the scheduler ---
  /// The appointment has come.
  void dispatch(Time now);

  // --- For the explorer ---
  void set_explored() { explored_ = true; }
  /// One in eight operations that others can see waits a random time up to `most` from now on; the same seed,
  /// the same times.
  void set_random_delay(Time most, std::uint64_t seed);
  /// The operation that it would carry out next; null while it has none to choose.
  [[nodiscard]] Operation* offered() const { return due_ == Due::start_operation ? operation_ : nullptr; }
  /// An interrupt has come and may be taken.
  [[nodiscard]] bool can_take_interrupt() const {
    return interrupt_pending_ != Time::never() && !masked_ && !in_handler_;
  }
  /// Takes it: the whole handler, on top of whatever the CPU does.
  void take_interrupt();
  /// Whether a software thread is bound to this CPU and has not ended.
  [[nodiscard]] bool has_thread() const { return current_ != nullptr; }

  // --- For observers ---
  void set_observer(TimelineObserver* observer) { observer_ = observer; }
  [[nodiscard]] TimelineObserver* observer() const { return observer_; }

 private:
  enum class Doing : std::uint8_t { running, waiting, idle };
  enum class Due : std::uint8_t { nothing, resume, start_operation, interrupt, handler, wait_over, wake };

  void appoint(Due due, Time at);
  void run(std::coroutine_handle<> coroutine);
  void after_run();
  void finish_handler();
  void schedule_wait(Time until);
  void finish_thread();
  void next_thread();
  void enter_idle();
  void idle_interrupt();
  /// Takes the pending interrupt at `now()`, after `leaving` a guest.
  void begin_interrupt(Time leaving);
  void start_handler();
  void update_interrupt_due();
  void update_quiescent();
  void charge_waited(Time until);
  void release_timers();

  System& system_;
  TimelineObserver* observer_ = nullptr;
  const CpuId id_;
  Time now_;
  Account account_;
  PathId path_{0};
  Trampoline trampoline_;

  Doing doing_ = Doing::idle;
  Due due_ = Due::nothing;
  Time due_at_ = Time::never();
  Operation* operation_ = nullptr;  ///< parked, waiting, or to be started
  std::coroutine_handle<> resume_;
  Time waiting_since_;

  SoftwareThread* current_ = nullptr;
  std::deque<SoftwareThread*> ready_;
  struct Timer {
    Time at;
    SoftwareThread* thread;
  };
  std::vector<Timer> timers_;  ///< sleeping threads, soonest first

  bool masked_ = false;
  Time interrupt_pending_ = Time::never();
  Time interrupt_due_ = Time::never();  ///< pending and not masked
  Task<void> handler_;
  bool in_handler_ = false;
  Operation* interrupted_operation_ = nullptr;  ///< what the handler runs on top of; none on top of idling
  PathId interrupted_path_{0};

  bool quiescent_ = true;
  bool explored_ = false;
  bool delayed_ = false;
  Time most_delay_;
  std::uint64_t random_state_ = 0;
  IdleCpu& idle_;
};

/// The routine that the CPU is in, for its account: `const Routine routine(cpu, "zap_huge_pmd");`
class Routine {
 public:
  Routine(Cpu& cpu, const char* name);
  ~Routine() { cpu_.set_path(caller_); }
  Routine(const Routine&) = delete;
  Routine& operator=(const Routine&) = delete;

 private:
  Cpu& cpu_;
  PathId caller_;
};

}  // namespace p9mmu::cpus
