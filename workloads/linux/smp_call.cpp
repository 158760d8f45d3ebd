#include "workloads/linux/smp_call.h"

#include "cpus/operations.h"
#include "mmu/check.h"
#include "workloads/linux/quiescent_round.h"

namespace p9mmu::workloads {
namespace {

using cpus::Cause;
using cpus::Routine;

// What lines are called where schedules are compared; those of mms are their PIDs, locks have names of their
// own.
std::uint64_t queue_name(CpuId target) {
  return (std::uint64_t{1} << 40) + target.value();
}
std::uint64_t call_name(CpuId sender, CpuId target) {
  return (std::uint64_t{2} << 40) + (std::uint64_t{sender.value()} << 16) + target.value();
}

/// csd_lock, filling the call, and llist_add to the target's queue; says whether the queue was empty.
struct QueueCall {
  static constexpr const char* kName = "queue a call";
  SmpCall* smp;
  CpuId target;
  CallSingleData* call;
  const RemoteFunction* function;

  Time issue(Cpu& cpu) const {
    smp->note_line_write();
    const interconnect::LineTransfers& lines = cpu.system().lines();
    const Time filled = lines.write(call->line.line, cpu.id(), cpu.now());
    const Time linked = filled + smp->parameters().smp_call_per_target;
    const Time queued = lines.write(smp->target(target).queue, cpu.id(), linked);
    const Time atomic = cpu.system().parameters().instructions.larx_stcx;
    cpu.charge(Cause::memory, filled - cpu.now() + (queued - linked) + atomic);
    cpu.charge(Cause::compute, smp->parameters().smp_call_per_target);
    return queued + atomic;
  }
  bool effect(Cpu& cpu) const {
    cpu.system().touch({cpus::SharedKind::line, queue_name(target)}, cpus::Touch::write);
    call->locked = true;
    call->function = function;
    CallQueue& queue = smp->queue(target);
    queue.push_back(call);
    return queue.size() == 1;
  }
};

/// hwsync; store the message; hwsync; store host_ipi; hwsync; send the interrupt.
struct SendInterrupt {
  static constexpr const char* kName = "msgsnd";
  SmpCall* smp;
  CpuId target;
  Time pending{};

  Time issue(Cpu& cpu) {
    smp->note_line_write();
    System& system = cpu.system();
    const interconnect::LineTransfers& lines = system.lines();
    const Time sync = system.parameters().instructions.hwsync;
    CallTarget& there = smp->target(target);
    const Time message = lines.write(there.message, cpu.id(), cpu.now() + sync);
    const Time host_ipi = lines.write(there.host_ipi, cpu.id(), message + sync);
    const interconnect::IpiSent sent = system.ipi().send(cpu.id(), target, host_ipi + sync);
    system.counters().hwsync_count += 3;
    ++system.counters().ipis_sent;
    cpu.charge(Cause::barrier, 3 * sync);
    cpu.charge(Cause::memory, host_ipi - cpu.now() - 2 * sync);
    cpu.charge(Cause::ipi_send, sent.sender_free - host_ipi - sync);
    pending = sent.pending;
    return sent.sender_free;
  }
  void effect(Cpu& cpu) const {
    cpu.system().touch({cpus::SharedKind::message, target.value()}, cpus::Touch::signal);
    if (cpu.observer() != nullptr) {
      cpu.observer()->call_sent(cpu.id(), target);
    }
    cpu.system().cpu(target).interrupt_arrives(pending);
  }
};

/// Loop 3 for calls that have been released already: a load of each, a few in one operation. An interrupt is
/// taken after them, which delays it by no more than sending one interrupt does. Its effect is how many they
/// were.
struct SeeReleased {
  static constexpr const char* kName = "see calls released";
  static constexpr std::size_t kMost = 4;
  mmu::IdVector<CpuId, CallSingleData>* calls;
  const std::vector<CpuId>* targets;
  std::size_t first;
  std::size_t count = 0;

  Time issue(Cpu& cpu) {
    Time now = cpu.now();
    for (count = 0; count < kMost && first + count < targets->size(); ++count) {
      CallSingleData& call = (*calls)[(*targets)[first + count]];
      if (call.locked) {
        break;
      }
      cpu.system().touch({cpus::SharedKind::line, call.line.line.name}, cpus::Touch::await);
      now = cpu.system().lines().read(call.line.line, cpu.id(), now);
    }
    cpu.charge(Cause::memory, now - cpu.now());
    return now;
  }
  [[nodiscard]] std::size_t effect(Cpu&) const { return count; }
};

/// The first half of the handler and its first call: clear host_ipi, take the message word and the queue, run
/// the function, release the call; a function that is more than time runs after this step. What is queued
/// from its issue on needs an interrupt of its own.
struct TakeQueue {
  static constexpr const char* kName = "take the queue";
  SmpCall* smp;
  CallQueue* taken;

  Time issue(Cpu& cpu) const {
    smp->note_line_write();
    System& system = cpu.system();
    const interconnect::LineTransfers& lines = system.lines();
    const cpus::InstructionParameters& cost = system.parameters().instructions;
    CallTarget& own = smp->target(cpu.id());
    system.touch({cpus::SharedKind::line, queue_name(cpu.id())}, cpus::Touch::write);
    taken->swap(smp->queue(cpu.id()));
    const Time begin = cpu.now() + cost.lwsync;
    const Time cleared = lines.write(own.host_ipi, cpu.id(), begin) + cost.hwsync;
    const Time message = lines.write(own.message, cpu.id(), cleared) + cost.larx_stcx;
    const Time queue = lines.write(own.queue, cpu.id(), message) + cost.larx_stcx;
    ++system.counters().hwsync_count;
    cpu.charge(Cause::barrier, cost.lwsync + cost.hwsync);
    cpu.charge(Cause::memory, queue - begin - cost.hwsync);
    return runs_first() ? run_call(cpu, *taken->front(), queue) : queue;
  }
  /// How many calls it has run.
  [[nodiscard]] std::size_t effect(Cpu& cpu) const {
    if (!runs_first()) {
      return 0;
    }
    release(cpu, *taken->front());
    return 1;
  }
  [[nodiscard]] bool runs_first() const {
    return !taken->empty() && taken->front()->function->work == nullptr;
  }

  static Time run_call(Cpu& cpu, CallSingleData& call, Time begin) {
    const Time ran = begin + call.function->cost;
    const Time released = cpu.system().lines().write(call.line.line, cpu.id(), ran);
    cpu.charge(Cause::compute, ran - begin);
    cpu.charge(Cause::memory, released - ran);
    return released;
  }
  static void release(Cpu& cpu, CallSingleData& call) {
    cpu.system().touch({cpus::SharedKind::line, call.line.line.name}, cpus::Touch::signal);
    call.locked = false;
    cpus::wake_watchers(call.line, cpu);
  }
};

/// One more call of the queue, or what is left of one when its work is done.
struct RunCall {
  static constexpr const char* kName = "run a call";
  CallSingleData* call;
  Time issue(Cpu& cpu) const { return TakeQueue::run_call(cpu, *call, cpu.now()); }
  void effect(Cpu& cpu) const { TakeQueue::release(cpu, *call); }
};

}  // namespace

SmpCall::SmpCall(System& system, const KernelParameters& parameters)
    : system_(system),
      parameters_(parameters),
      targets_(system.cpus()),
      queues_(system.cpus()),
      taken_(system.cpus()),
      lists_(system.cpus()) {
  for (std::uint32_t i = 0; i < system.cpus(); ++i) {
    calls_.push_back(nullptr);
  }
  system.set_interrupt_handler(*this);
  quiescent_ = std::make_unique<QuiescentRounds>(*this);
  system.set_deferred_charges(quiescent_.get());
}

SmpCall::~SmpCall() {
  system_.set_deferred_charges(nullptr);
}

mmu::IdVector<CpuId, CallSingleData>& SmpCall::calls_of(CpuId sender) {
  std::unique_ptr<mmu::IdVector<CpuId, CallSingleData>>& calls = calls_[sender];
  if (!calls) {
    calls = std::make_unique<mmu::IdVector<CpuId, CallSingleData>>(system_.cpus());
    for (std::uint32_t target = 0; target < system_.cpus(); ++target) {
      (*calls)[CpuId(target)].line.line.name = call_name(sender, CpuId(target));
    }
  }
  return *calls;
}

const TargetList& SmpCall::targets_of(const CpuMask& mask, CpuId self) {
  TargetList& list = lists_[self];
  if (list.mask != &mask || list.version != mask.version()) {
    list.mask = &mask;
    list.version = mask.version();
    list.serial = ++last_serial_;
    list.targets.clear();
    for (const CpuId cpu : mask.cpus()) {
      if (cpu != self) {
        list.targets.push_back(cpu);
      }
    }
  }
  return list;
}

Task<void> SmpCall::smp_call_function_many(Cpu& cpu, const CpuMask& mask, const RemoteFunction& function) {
  // A CPU that sets its bit while the round is under way has nothing to wait for; the list is the mask's as
  // it is.
  const TargetList& list = targets_of(mask, cpu.id());
  if (list.targets.empty()) {
    co_return;
  }
  // With one target the kernel keeps the call on its stack; the steps are the same.
  const Routine routine(cpu,
                        list.targets.size() == 1 ? "smp_call_function_single" : "smp_call_function_many");
  ++system_.counters().ipi_rounds;
  const Time begin = cpu.now();
  // With an interrupt due, its handler would come first, and things may be different afterwards.
  if (!cpu.interrupt_due() && quiescent_->possible(cpu, list, function)) {
    co_await cpu.execute(QuiescentRound{quiescent_.get(), &list, &function});
  } else {
    const std::vector<CpuId> fixed = list.targets;
    co_await call_one_by_one(cpu, fixed, function);
  }
  system_.ipi_round_times().add(cpu.now() - begin);
}

Task<void> SmpCall::call_one_by_one(Cpu& cpu, const std::vector<CpuId>& targets,
                                    const RemoteFunction& function) {
  mmu::IdVector<CpuId, CallSingleData>& calls = calls_of(cpu.id());
  std::vector<CpuId> to_interrupt;
  {
    const Routine routine(cpu, "llist_add_batch");
    for (const CpuId target : targets) {
      CallSingleData& call = calls[target];
      if (call.locked) {
        co_await cpu.await_signal(call.line, Cause::ipi_wait, [&call] { return !call.locked; });
      }
      if (co_await cpu.execute(QueueCall{this, target, &call, &function})) {
        to_interrupt.push_back(target);
      }
    }
  }
  {
    const Routine routine(cpu, "smp_muxed_ipi_message_pass");
    for (const CpuId target : to_interrupt) {
      co_await cpu.execute(SendInterrupt{this, target});
    }
  }
  const Routine routine(cpu, "csd_lock_wait");
  for (std::size_t i = 0; i < targets.size();) {
    CallSingleData& call = calls[targets[i]];
    const std::size_t first = i;
    if (call.locked) {
      co_await cpu.await_signal(call.line, Cause::ipi_wait, [&call] { return !call.locked; });
      ++i;
    } else {
      i += co_await cpu.execute(SeeReleased{&calls, &targets, i});
    }
    if (cpu.observer() != nullptr) {
      for (std::size_t seen = first; seen < i; ++seen) {
        cpu.observer()->call_seen_done(cpu.id(), targets[seen]);
      }
    }
  }
}

Task<void> SmpCall::handle(Cpu& cpu) {
  const Routine routine(cpu, "flush_smp_call_function_queue");
  CallQueue& taken = taken_[cpu.id()];
  taken.clear();
  for (std::size_t i = co_await cpu.execute(TakeQueue{this, &taken}); i < taken.size(); ++i) {
    if (RemoteWork* const work = taken[i]->function->work) {
      co_await work->run(cpu);
    }
    co_await cpu.execute(RunCall{taken[i]});
  }
}

}  // namespace p9mmu::workloads
