#include "workloads/linux/quiescent_round.h"

#include <algorithm>

namespace p9mmu::workloads {

using cpus::Cause;

struct QuiescentRounds::Leg {
  QuiescentRounds& rounds;
  System& system;
  const interconnect::LineTransfers& lines;
  const cpus::StopStates& states;
  interconnect::IpiDelivery& ipi;
  const CpuId sender;
  const Time hwsync;
  const Time lwsync;
  const Time larx_stcx;
  const Time per_target;
  const Time function;
  const Time entry;
  const Time exit;

  // The sender's charges, summed over the legs.
  Time queue_memory{};
  Time send_memory{};
  Time ipi_send{};
  Time wait_memory{};
  Time ipi_wait{};
  std::array<std::int64_t, cpus::kStopStates> wakes{};

  /// The target is woken by an interrupt pending at `pending` and runs its handler, whose accesses to lines
  /// take what `transfers(begin)` says. Returns when the call is released.
  template <typename Transfers>
  Time target_side(cpus::IdleCpu& idle, Spent& spent, Time pending, Transfers transfers) {
    const cpus::StopState state = idle.period.state;
    const cpus::Woken woken = wake_from(idle, states, pending);
    wakes[static_cast<std::size_t>(state)] += woken.slept > Time() ? 1 : 0;
    const Time begin = woken.at + entry + lwsync;
    const Time memory = transfers(begin);
    const Time released = begin + memory + hwsync + function;
    ++spent.legs;
    spent.slept += woken.slept;
    spent.waking += woken.waking;
    spent.memory += memory;
    states.enter(idle, released + exit, Time::never());
    return released;
  }

  /// Loop 1 of smp_call_function_many for one target.
  Time queue(CallTarget& there, CallSingleData& call, Time now) {
    const Time filled = lines.write(call.line.line, sender, now);
    const Time linked = filled + per_target;
    const Time queued = lines.write(there.queue, sender, linked) + larx_stcx;
    queue_memory += queued - now - per_target;
    return queued;
  }

  /// Loop 2, and the target's side of it.
  Time send(CpuId target, CallTarget& there, CallSingleData& call, Time now, Time& released) {
    const Time message = lines.write(there.message, sender, now + hwsync);
    const Time host_ipi = lines.write(there.host_ipi, sender, message + hwsync);
    const interconnect::IpiSent sent = ipi.send(sender, target, host_ipi + hwsync);
    send_memory += host_ipi - now - 2 * hwsync;
    ipi_send += sent.sender_free - host_ipi - hwsync;
    released = target_side(system.idle_cpu(target), rounds.spent_[target], sent.pending, [&](Time begin) {
      const Time cleared = lines.write(there.host_ipi, target, begin) + hwsync;
      const Time taken = lines.write(there.message, target, cleared) + larx_stcx;
      const Time queue = lines.write(there.queue, target, taken) + larx_stcx;
      return lines.write(call.line.line, target, queue + function) - begin - hwsync - function;
    });
    return sent.sender_free;
  }

  /// Loop 3.
  Time wait(CpuId target, CallSingleData& call, Time now, Time released) {
    const Time seen = std::max(now, released) + lines.transfer(target, sender);
    call.line.line.reader = sender.value();
    (released > now ? ipi_wait : wait_memory) += seen - now;
    return seen;
  }
};

QuiescentRounds::QuiescentRounds(SmpCall& smp)
    : smp_(smp),
      system_(smp.system()),
      spent_(system_.cpus()),
      idle_path_(system_.paths().child(cpus::PathId(0), "cpuidle_enter_state")),
      handler_path_(system_.paths().child(cpus::PathId(0), smp.name())),
      function_path_(system_.paths().child(handler_path_, "flush_smp_call_function_queue")) {}

bool QuiescentRounds::possible(const Cpu& cpu, const TargetList& list, const RemoteFunction& function) const {
  if (function.work != nullptr) {
    return false;
  }
  const cpus::InstructionParameters& cost = system_.parameters().instructions;
  const Time dearest = system_.lines().dearest();
  const interconnect::IpiSent sent = system_.ipi().send(cpu.id(), list.targets.front(), Time());
  const Time leg = 5 * dearest + cost.larx_stcx + 3 * cost.hwsync + smp_.parameters().smp_call_per_target +
                   sent.sender_free;
  const Time last = sent.pending + system_.stop_states().longest_wake() + smp_.entry() +
                    system_.ipi().accept() + smp_.exit() + cost.lwsync + cost.hwsync + 2 * cost.larx_stcx +
                    function.cost + 5 * dearest;
  const Time bound = cpu.now() + static_cast<std::int64_t>(list.targets.size()) * leg + 2 * last;
  if (!system_.scheduler().undisturbed_until(bound)) {
    return false;
  }
  if (cpu.observer() != nullptr && cpu.observer()->wants_steps(cpu.now(), bound)) {
    return false;
  }
  if (system_.parameters().random_delay > Time()) {
    return false;  // each target's handler waits in its own way
  }
  return system_.busy_cpus() == 1 ||
         std::all_of(list.targets.begin(), list.targets.end(),
                     [this](CpuId target) { return system_.cpu(target).quiescent(); });
}

Time QuiescentRounds::run(Cpu& cpu, const TargetList& list, const RemoteFunction& function) {
  if (function.cost != function_) {
    for (std::uint32_t i = 0; i < system_.cpus(); ++i) {
      settle(CpuId(i));
    }
    function_ = function.cost;
  }
  const cpus::InstructionParameters& cost = system_.parameters().instructions;
  const Leg leg{*this,           system_,
                system_.lines(), system_.stop_states(),
                system_.ipi(),   cpu.id(),
                cost.hwsync,     cost.lwsync,
                cost.larx_stcx,  smp_.parameters().smp_call_per_target,
                function.cost,   smp_.entry() + system_.ipi().accept(),
                smp_.exit()};
  released_.resize(list.targets.size());
  const bool settled = settled_list_ == list.serial && settled_writes_ == smp_.line_writes();
  Time done = cpu.now();
  const Leg round = settled ? run_settled(leg, list.targets, done) : run_first(leg, list, done);
  charge_sender(cpu, round, static_cast<std::int64_t>(list.targets.size()));
  return done;
}

QuiescentRounds::Leg QuiescentRounds::run_first(Leg leg, const TargetList& list, Time& over) {
  Time now = over;
  const std::vector<CpuId>& targets = list.targets;
  mmu::IdVector<CpuId, CallSingleData>& calls = smp_.calls_of(leg.sender);
  for (const CpuId target : targets) {
    now = leg.queue(smp_.target(target), calls[target], now);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    now = leg.send(targets[i], smp_.target(targets[i]), calls[targets[i]], now, released_[i]);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    now = leg.wait(targets[i], calls[targets[i]], now, released_[i]);
  }
  // From now on the target owns every line of its leg, and the sender has read the call's.
  settled_list_ = list.serial;
  settled_writes_ = smp_.line_writes();
  settled_.clear();
  for (const CpuId target : targets) {
    const interconnect::IpiSent sent = leg.ipi.send(leg.sender, target, Time());
    settled_.push_back(SettledLeg{leg.lines.transfer(leg.sender, target), sent.sender_free, sent.pending});
  }
  over = now;
  return leg;
}

// The hottest loop of all. The leg is a copy and the arrays are bare pointers, so that the compiler sees that
// the stores into them change neither.
QuiescentRounds::Leg QuiescentRounds::run_settled(Leg leg, const std::vector<CpuId>& targets, Time& over) {
  const std::size_t count = targets.size();
  const CpuId* const target = targets.data();
  const SettledLeg* const settled = settled_.data();
  Time* const released = released_.data();
  cpus::IdleCpu* const idle = &system_.idle_cpu(CpuId(0));
  Spent* const spent = &spent_[CpuId(0)];
  const Time syncs = 3 * leg.hwsync;
  const Time atomics = 2 * leg.larx_stcx;
  Time distances;
  for (std::size_t i = 0; i < count; ++i) {
    distances += settled[i].distance;
  }
  leg.send_memory = 2 * distances;
  leg.queue_memory = 2 * distances + static_cast<std::int64_t>(count) * leg.larx_stcx;
  Time now = over + leg.queue_memory + static_cast<std::int64_t>(count) * leg.per_target;
  for (std::size_t i = 0; i < count; ++i) {
    const Time memory = 2 * settled[i].distance;
    const Time ready = now + syncs + memory;
    leg.ipi_send += settled[i].issue;
    now = ready + settled[i].issue;
    const std::uint32_t cpu = target[i].value();
    released[i] = leg.target_side(idle[cpu], spent[cpu], ready + settled[i].delivery,
                                  [&](Time) { return 2 * memory + atomics; });
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Time seen = std::max(now, released[i]) + settled[i].distance;
    (released[i] > now ? leg.ipi_wait : leg.wait_memory) += seen - now;
    now = seen;
  }
  over = now;
  return leg;
}

void QuiescentRounds::charge_sender(Cpu& cpu, const Leg& leg, std::int64_t targets) {
  cpus::Counters& counters = system_.counters();
  counters.ipis_sent += targets;
  counters.ipis_handled += targets;
  counters.hwsync_count += 4 * targets;
  for (std::size_t i = 0; i < cpus::kStopStates; ++i) {
    counters.wakes[i] += leg.wakes[i];
  }
  cpus::Account& account = cpu.account();
  cpus::CallPaths& paths = system_.paths();
  const cpus::PathId queueing = paths.child(cpu.path(), "llist_add_batch");
  const cpus::PathId sending = paths.child(cpu.path(), "smp_muxed_ipi_message_pass");
  const cpus::PathId waiting = paths.child(cpu.path(), "csd_lock_wait");
  account.charge(queueing, Cause::memory, leg.queue_memory);
  account.charge(queueing, Cause::compute, targets * leg.per_target);
  account.charge(sending, Cause::barrier, targets * 3 * leg.hwsync);
  account.charge(sending, Cause::memory, leg.send_memory);
  account.charge(sending, Cause::ipi_send, leg.ipi_send);
  account.charge(waiting, Cause::memory, leg.wait_memory);
  account.charge(waiting, Cause::ipi_wait, leg.ipi_wait);
}

void QuiescentRounds::settle(CpuId id) {
  Spent& spent = spent_[id];
  if (spent.legs == 0) {
    return;
  }
  const cpus::InstructionParameters& cost = system_.parameters().instructions;
  cpus::Account& account = system_.cpu(id).account();
  const Time entry = smp_.entry() + system_.ipi().accept();
  account.settle();
  account.charge_summed(idle_path_, Cause::idle, spent.slept);
  account.charge_summed(idle_path_, Cause::idle_wake, spent.waking);
  account.charge_summed(handler_path_, Cause::interrupt, spent.legs * entry + (spent.legs - 1) * smp_.exit());
  account.charge_summed(function_path_, Cause::barrier, spent.legs * (cost.lwsync + cost.hwsync));
  account.charge_summed(function_path_, Cause::memory, spent.memory);
  account.charge_summed(function_path_, Cause::compute, spent.legs * function_);
  // The way out of the last interrupt may reach past the moment for which the account is read.
  account.charge(handler_path_, Cause::interrupt, smp_.exit());
  spent = Spent();
}

}  // namespace p9mmu::workloads
