#include "cpus/observed_fabric.h"

namespace p9mmu::cpus {

ObservedFabric::ObservedFabric(interconnect::TlbieTransport& fabric, const interconnect::Topology& topology,
                               TimelineObserver& observer)
    : fabric_(fabric),
      topology_(topology),
      observer_(observer),
      served_(topology.cores()),
      tlbsync_(topology.cpus()) {}

interconnect::TlbieIssued ObservedFabric::tlbie(CpuId cpu, Time now) {
  for (std::uint32_t core = 0; core < topology_.cores(); ++core) {
    served_[core] = fabric_.core_served(CoreId(core));
  }
  const interconnect::TlbieIssued issued = fabric_.tlbie(cpu, now);
  observer_.tlbie_broadcast(cpu, now, issued);
  for (std::uint32_t core = 0; core < topology_.cores(); ++core) {
    const Time serving = fabric_.core_served(CoreId(core)) - served_[core];
    if (serving > Time()) {  // a fabric may spare cores
      observer_.tlbie_snooped(CoreId(core), fabric_.core_done(CoreId(core)), serving);
    }
  }
  return issued;
}

void ObservedFabric::tlbsync(CpuId cpu, Time now) {
  tlbsync_[cpu.value()] = true;
  fabric_.tlbsync(cpu, now);
}

Time ObservedFabric::ptesync(CpuId cpu, Time now, Time empty) {
  const Time done = fabric_.ptesync(cpu, now, empty);
  observer_.ptesync(cpu, now, done, tlbsync_[cpu.value()]);
  tlbsync_[cpu.value()] = false;
  return done;
}

}  // namespace p9mmu::cpus
