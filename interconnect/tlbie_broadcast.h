// The broadcast of tlbie and tlbsync, as plain computation: told the time, it answers when each step is done.
// It knows nothing of what is invalidated, only when every core has taken part; the effect on a core's caches
// is the listener's. Structure after patents of that generation and the A2O core's snoop engine: a tlbie
// holds its thread until the own core has acknowledged it, every core serves snoops one at a time, the number
// in flight is bounded, tlbsync is broadcast again until all cores have completed.
#pragma once

#include <cstdint>
#include <vector>

#include "interconnect/ids.h"
#include "interconnect/parameters.h"
#include "interconnect/time.h"
#include "interconnect/topology.h"

namespace p9mmu::interconnect {

/// What became of one tlbie.
struct TlbieIssued {
  Time issuer_free;  ///< the own core has acknowledged: the issuing thread goes on
  Time completed;    ///< the last core has completed
};

/// What a hardware thread needs of a tlbie broadcast, whatever fabric carries it. The contract: calls come in
/// global time order; no thread is free, and no core done, before the call's `now`; a core completes tlbies
/// in the order in which they were issued.
class TlbieTransport {
 public:
  virtual ~TlbieTransport() = default;

  /// A tlbie by `cpu` at `now`; each core's completion is left in `core_done`.
  virtual TlbieIssued tlbie(CpuId cpu, Time now) = 0;

  /// Notes that the next ptesync of `cpu` waits for all its tlbies in all cores.
  virtual void tlbsync(CpuId cpu, Time now) = 0;

  /// When a ptesync that `cpu` issues at `now` is done; `empty` is its cost with nothing to wait for. Without
  /// a tlbsync before it, it waits for no other core (Power ISA 3.0B, Book III 5.9.3.3).
  virtual Time ptesync(CpuId cpu, Time now, Time empty) = 0;

  /// When that core completes the last tlbie that it has been sent.
  [[nodiscard]] virtual Time core_done(CoreId core) const = 0;
  /// How long that core has served snoops, all told.
  [[nodiscard]] virtual Time core_served(CoreId core) const = 0;
};

/// POWER9's: every core of the machine snoops every tlbie.
class TlbieBroadcast final : public TlbieTransport {
 public:
  TlbieBroadcast(const TlbieParameters& parameters, const Topology& topology);

  TlbieIssued tlbie(CpuId cpu, Time now) override;
  void tlbsync(CpuId cpu, Time now) override;
  Time ptesync(CpuId cpu, Time now, Time empty) override;
  [[nodiscard]] Time core_done(CoreId core) const override { return busy_until_[core.value()]; }
  [[nodiscard]] Time core_served(CoreId core) const override;

 private:
  /// The moment at which a master that wants to begin at `now` may do so.
  Time admit(Time now);

  TlbieParameters parameters_;
  const Topology& topology_;
  std::vector<Time> busy_until_;      ///< by core
  std::vector<Time> last_completed_;  ///< by CPU: its last tlbie, in every core
  std::vector<Time> tlbsync_at_;      ///< by CPU: a tlbsync not yet waited for, or never
  std::vector<Time> in_flight_;       ///< completion of tlbies under way, unordered, few
  std::int64_t snoops_ = 0;           ///< every core serves every tlbie
};

}  // namespace p9mmu::interconnect
