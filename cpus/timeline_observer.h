// Somebody who is shown what every CPU does, when, and what one CPU's doing brings about on another: a trace,
// a waveform. It changes nothing: the figures are the same with and without one. Nobody is asked where there
// is none, so that seeing nothing costs nothing. Operands of invalidations are
// cpus/invalidation_observer.h's.
#pragma once

#include <string>

#include "cpus/accounts.h"
#include "interconnect/ids.h"
#include "interconnect/time.h"
#include "interconnect/tlbie_broadcast.h"

namespace p9mmu::cpus {

/// Calls come in the order in which things are computed: what they tell of may lie ahead, and a wait is told
/// of twice, when it begins and, as charges, when it is over. Each CPU's charges follow one another without
/// gap or overlap, but for what a round of interrupts computed in place leaves out.
class TimelineObserver {
 public:
  using CpuId = interconnect::CpuId;

  virtual ~TimelineObserver() = default;

  /// Whether anything in between must be shown step by step, so that it may not be computed in place.
  [[nodiscard]] virtual bool wants_steps(Time begin, Time end) const = 0;

  /// A phase that is measured begins.
  virtual void phase_begins(const std::string& name, Time at) = 0;
  /// `cpu` calls a routine.
  virtual void routine_called(CpuId cpu, PathId path, Time at) = 0;
  /// `cpu` spends from `begin` on `span` in that routine for that cause.
  virtual void charged(CpuId cpu, PathId path, Cause cause, Time begin, Time span) = 0;
  /// `cpu` begins to wait or to run a program, in all likelihood for that cause.
  virtual void waits(CpuId cpu, Cause cause, Time since) = 0;
  virtual void goes_idle(CpuId cpu, Time since) = 0;

  /// An interrupt is pending for `cpu` from then on, where none was.
  virtual void interrupt_pending(CpuId cpu, Time pending) = 0;
  /// `cpu` leaves what it does, in that routine, for the handler of the interrupt that is pending.
  virtual void interrupt_taken(CpuId cpu, PathId interrupted, Time at) = 0;
  /// The handler is done.
  virtual void interrupt_left(CpuId cpu, Time at) = 0;
  /// `from` has sent an interrupt for a call to `to`; its charges for that came before.
  virtual void call_sent(CpuId from, CpuId to) = 0;
  /// `from` has seen that its call to `to` is done; its charges for that came before.
  virtual void call_seen_done(CpuId from, CpuId to) = 0;

  /// A tlbie is broadcast; the charge of `cpu` for it follows.
  virtual void tlbie_broadcast(CpuId cpu, Time at, const interconnect::TlbieIssued& issued) = 0;
  /// `core` will have served the tlbie just told of at `done`, and have taken `serving` for it.
  virtual void tlbie_snooped(interconnect::CoreId core, Time done, Time serving) = 0;
  /// A ptesync that waits for all tlbies of `cpu` in all cores, or only orders its own; its charge follows.
  virtual void ptesync(CpuId cpu, Time at, Time done, bool waits_for_cores) = 0;
};

}  // namespace p9mmu::cpus
