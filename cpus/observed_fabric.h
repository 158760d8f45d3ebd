// A tlbie transport that shows an observer what passes through another one. It carries nothing itself and
// changes no time; a machine without observer has none.
#pragma once

#include "cpus/timeline_observer.h"
#include "interconnect/tlbie_broadcast.h"
#include "interconnect/topology.h"

namespace p9mmu::cpus {

class ObservedFabric final : public interconnect::TlbieTransport {
 public:
  using CpuId = interconnect::CpuId;
  using CoreId = interconnect::CoreId;

  ObservedFabric(interconnect::TlbieTransport& fabric, const interconnect::Topology& topology,
                 TimelineObserver& observer);

  interconnect::TlbieIssued tlbie(CpuId cpu, Time now) override;
  void tlbsync(CpuId cpu, Time now) override;
  Time ptesync(CpuId cpu, Time now, Time empty) override;
  [[nodiscard]] Time core_done(CoreId core) const override { return fabric_.core_done(core); }
  [[nodiscard]] Time core_served(CoreId core) const override { return fabric_.core_served(core); }

 private:
  interconnect::TlbieTransport& fabric_;
  const interconnect::Topology& topology_;
  TimelineObserver& observer_;
  std::vector<Time> served_;   ///< scratch, by core: before the tlbie
  std::vector<bool> tlbsync_;  ///< by CPU: its next ptesync waits for the cores
};

}  // namespace p9mmu::cpus
