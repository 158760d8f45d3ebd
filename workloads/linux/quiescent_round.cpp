#include "workloads/linux/quiescent_round.h"

#include <algorithm>

namespace p9mmu::workloads {
namespace {

using cpus::Cause;

}  // namespace

/// What the legs of one round have in common: the sender, its costs, and the charges that add up.
struct QuiescentRounds::Leg {
  QuiescentRounds& rounds;
  System& system;
  const interconnect::LineTransfers& lines;
  const cpus::InstructionParameters& cost;
  interconnect::IpiDelivery& ipi;
  const CpuId sender;
  const Time per_target;
  const Time function;
  const Time entry;
  const Time exit;

  // The sender's charges.
  Time queue_memory;
  Time send_memory;
  Time ipi_send;
  Time wait_memory;
  Time ipi_wait;

  /// The target is woken by an interrupt pending at `pending`, and its handler runs; `memory` are its line
  /// transfers if they are known, and the lines themselves otherwise. Returns when the call is released.
  template <typename Transfers>
  Time target_side(CpuId target, Time pending, Transfers transfers) {
    cpus::IdleCpu& idle = system.idle_cpu(target);
    const cpus::Woken woken = wake_from(idle, system.stop_states(), pending);
    Spent& spent = rounds.spent_[target];
    if (woken.slept > Time()) {
      ++system.counters().wakes[static_cast<std::size_t>(idle.period.state)];
    }
    const Time begin = woken.at + entry + cost.lwsync;
    Time memory;
    const Time released = transfers(begin, memory);
    ++spent.legs;
    spent.slept += woken.slept;
    spent.waking += woken.waking;
    spent.memory += memory;
    spent.function += function;
    system.stop_states().enter(idle, released + exit, Time::never());
    return released;
  }

  /// Loop 1 of smp_call_function_many for one target.
  Time queue(CallTarget& there, CallSingleData& call, Time now) {
    const Time filled = lines.write(call.line.line, sender, now);
    const Time linked = filled + per_target;
    const Time queued = lines.write(there.queue, sender, linked) + cost.larx_stcx;
    queue_memory += queued - now - per_target;
    return queued;
  }

  /// Loop 2, and the target's side of it.
  Time send(CpuId target, CallTarget& there, CallSingleData& call, Time now, Time& released) {
    const Time message = lines.write(there.message, sender, now + cost.hwsync);
    const Time host_ipi = lines.write(there.host_ipi, sender, message + cost.hwsync);
    const interconnect::IpiSent sent = ipi.send(sender, target, host_ipi + cost.hwsync);
    send_memory += host_ipi - now - 2 * cost.hwsync;
    ipi_send += sent.sender_free - host_ipi - cost.hwsync;
    released = target_side(target, sent.pending, [&](Time begin, Time& memory) {
      const Time cleared = lines.write(there.host_ipi, target, begin) + cost.hwsync;
      const Time taken = lines.write(there.message, target, cleared) + cost.larx_stcx;
      const Time queue = lines.write(there.queue, target, taken) + cost.larx_stcx;
      const Time done = lines.write(call.line.line, target, queue + function);
      memory = done - begin - cost.hwsync - function;
      return done;
    });
    return sent.sender_free;
  }

  /// Loop 3.
  Time wait(CpuId target, CallSingleData& call, Time now, Time released) {
    if (released > now) {
      const Time seen = released + lines.transfer(target, sender);
      call.line.line.reader = sender.value();
      ipi_wait += seen - now;
      return seen;
    }
    const Time seen = lines.read(call.line.line, sender, now);
    wait_memory += seen - now;
    return seen;
  }

  /// The same three for a target whose lines are all as the last round of this sender has left them, so that
  /// every access is one transfer over `distance`.
  [[nodiscard]] Time queue_settled(Time distance, Time now) const {
    return now + 2 * distance + per_target + cost.larx_stcx;
  }
  Time send_settled(CpuId target, Time distance, Time now, Time& released) {
    const Time ready = now + 3 * cost.hwsync + 2 * distance;
    const interconnect::IpiSent sent = ipi.send(sender, target, ready);
    send_memory += 2 * distance;
    ipi_send += sent.sender_free - ready;
    released = target_side(target, sent.pending, [&](Time begin, Time& memory) {
      memory = 4 * distance + 2 * cost.larx_stcx;
      return begin + memory + cost.hwsync + function;
    });
    return sent.sender_free;
  }
  Time wait_settled(Time distance, Time now, Time released) {
    const Time seen = std::max(now, released) + distance;
    (released > now ? ipi_wait : wait_memory) += seen - now;
    return seen;
  }
};

QuiescentRounds::QuiescentRounds(SmpCall& smp)
    : smp_(smp),
      system_(smp.system()),
      spent_(system_.cpus()),
      distance_(system_.cpus()),
      idle_path_(system_.paths().child(cpus::PathId(0), "cpuidle_enter_state")),
      handler_path_(system_.paths().child(cpus::PathId(0), smp.name())),
      function_path_(system_.paths().child(handler_path_, "flush_smp_call_function_queue")) {
  released_.reserve(system_.cpus());
}

bool QuiescentRounds::possible(const Cpu& cpu, const std::vector<CpuId>& targets,
                               const RemoteFunction& function) const {
  const cpus::InstructionParameters& cost = system_.parameters().instructions;
  const Time dearest = system_.lines().dearest();
  const interconnect::IpiSent sent = system_.ipi().send(cpu.id(), targets.front(), Time());
  const Time leg = 5 * dearest + cost.larx_stcx + 3 * cost.hwsync + smp_.parameters().smp_call_per_target +
                   sent.sender_free;
  const Time last = sent.pending + system_.stop_states().longest_wake() + smp_.entry() +
                    system_.ipi().accept() + smp_.exit() + cost.lwsync + cost.hwsync + 2 * cost.larx_stcx +
                    function.cost + 5 * dearest;
  const Time bound = cpu.now() + static_cast<std::int64_t>(targets.size()) * leg + 2 * last;
  if (!system_.scheduler().undisturbed_until(bound)) {
    return false;
  }
  return system_.busy_cpus() == 1 || std::all_of(targets.begin(), targets.end(), [this](CpuId target) {
           return system_.cpu(target).quiescent();
         });
}

Time QuiescentRounds::run(Cpu& cpu, const std::vector<CpuId>& targets, const RemoteFunction& function) {
  mmu::IdVector<CpuId, CallSingleData>& calls = smp_.calls_of(cpu.id());
  if (distance_from_ != cpu.id()) {
    distance_from_ = cpu.id();
    for (std::uint32_t i = 0; i < system_.cpus(); ++i) {
      distance_[i] = system_.lines().transfer(cpu.id(), CpuId(i));
    }
  }
  Leg leg{*this,
          system_,
          system_.lines(),
          system_.parameters().instructions,
          system_.ipi(),
          cpu.id(),
          smp_.parameters().smp_call_per_target,
          function.cost,
          smp_.entry() + system_.ipi().accept(),
          smp_.exit(),
          {},
          {},
          {},
          {},
          {}};
  const std::uint32_t self = cpu.id().value();
  const Time begin = cpu.now();
  Time now = begin;
  bool settled = true;
  for (const CpuId target : targets) {
    const CallTarget& there = smp_.target(target);
    const interconnect::Line& call = calls[target].line.line;
    const std::uint32_t owner = target.value();
    settled &= (call.owner == owner) & (call.reader == self) & (there.queue.owner == owner) &
               (there.message.owner == owner) & (there.host_ipi.owner == owner) & (call.busy_until <= begin) &
               (there.queue.busy_until <= begin) & (there.message.busy_until <= begin) &
               (there.host_ipi.busy_until <= begin);
    now = leg.queue_settled(distance_[owner], now);
  }
  const auto count = static_cast<std::int64_t>(targets.size());
  released_.resize(targets.size());
  if (settled) {
    leg.queue_memory = now - begin - count * leg.per_target;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      now = leg.send_settled(targets[i], distance_[targets[i].value()], now, released_[i]);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      now = leg.wait_settled(distance_[targets[i].value()], now, released_[i]);
    }
  } else {
    now = begin;
    for (const CpuId target : targets) {
      now = leg.queue(smp_.target(target), calls[target], now);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      now = leg.send(targets[i], smp_.target(targets[i]), calls[targets[i]], now, released_[i]);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      now = leg.wait(targets[i], calls[targets[i]], now, released_[i]);
    }
  }
  cpus::Counters& counters = system_.counters();
  counters.ipis_sent += count;
  counters.ipis_handled += count;
  counters.hwsync_count += 4 * count;
  cpus::Account& account = cpu.account();
  cpus::CallPaths& paths = system_.paths();
  const cpus::PathId queueing = paths.child(cpu.path(), "llist_add_batch");
  const cpus::PathId sending = paths.child(cpu.path(), "smp_muxed_ipi_message_pass");
  const cpus::PathId waiting = paths.child(cpu.path(), "csd_lock_wait");
  account.charge(queueing, Cause::memory, leg.queue_memory);
  account.charge(queueing, Cause::compute, count * leg.per_target);
  account.charge(sending, Cause::barrier, count * 3 * leg.cost.hwsync);
  account.charge(sending, Cause::memory, leg.send_memory);
  account.charge(sending, Cause::ipi_send, leg.ipi_send);
  account.charge(waiting, Cause::memory, leg.wait_memory);
  account.charge(waiting, Cause::ipi_wait, leg.ipi_wait);
  return now;
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
  account.charge_summed(function_path_, Cause::compute, spent.function);
  // The way out of the last interrupt may reach past the moment for which the account is read.
  account.charge(handler_path_, Cause::interrupt, smp_.exit());
  spent = Spent();
}

}  // namespace p9mmu::workloads
