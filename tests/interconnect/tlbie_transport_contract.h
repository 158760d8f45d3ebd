// What every TlbieTransport promises, whatever its timing: what passes may stand in a machine for POWER9's
// broadcast. Figures of one implementation are not here.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "interconnect/tlbie_broadcast.h"
#include "tests/support/random.h"
#include "tests/support/time_printing.h"

namespace p9mmu::interconnect::testing {

/// A seeded sequence of tlbies, barriers and pauses by all CPUs, in global time order, each answer checked.
inline void check_tlbie_transport(TlbieTransport& transport, const Topology& topology, std::uint32_t seed) {
  constexpr Time kEmpty = nanoseconds(123);
  CAPTURE(seed);
  p9mmu::testing::Random random(seed);
  std::multimap<Time, CpuId> next;
  for (std::uint32_t cpu = 0; cpu < topology.cpus(); ++cpu) {
    next.emplace(nanoseconds(random.below(500)), CpuId(cpu));
  }
  std::vector<Time> own_completed(topology.cpus());  // the last of its tlbies
  std::vector<bool> tlbsynced(topology.cpus());
  std::vector<Time> core_done(topology.cores());
  std::vector<Time> core_served(topology.cores());
  for (int step = 0; step < 2000; ++step) {
    const auto [now, cpu] = *next.begin();
    next.erase(next.begin());
    CAPTURE(step, now, cpu.value());
    Time free = now;
    switch (random.below(4)) {
      case 0:
      case 1: {
        const TlbieIssued issued = transport.tlbie(cpu, now);
        REQUIRE(issued.issuer_free >= now);
        Time last;
        for (std::uint32_t core = 0; core < topology.cores(); ++core) {
          const Time done = transport.core_done(CoreId(core));
          REQUIRE(done > now);
          REQUIRE(done >= core_done[core]);  // a core completes in the order of issue
          core_done[core] = done;
          last = std::max(last, done);
          REQUIRE(transport.core_served(CoreId(core)) > core_served[core]);
          core_served[core] = transport.core_served(CoreId(core));
        }
        REQUIRE(issued.completed == last);
        REQUIRE(issued.issuer_free >= transport.core_done(topology.core_of(cpu)));
        own_completed[cpu.value()] = issued.completed;
        free = issued.issuer_free;
        break;
      }
      case 2:
        transport.tlbsync(cpu, now);
        tlbsynced[cpu.value()] = true;
        break;
      default: {
        const Time done = transport.ptesync(cpu, now, kEmpty);
        REQUIRE(done >= now + kEmpty);
        if (tlbsynced[cpu.value()]) {
          REQUIRE(done >= own_completed[cpu.value()]);
        } else {
          REQUIRE(done == now + kEmpty);
        }
        tlbsynced[cpu.value()] = false;
        free = done;
      }
    }
    next.emplace(free + nanoseconds(random.below(3) == 0 ? random.below(2000) : 0), cpu);
  }
}

}  // namespace p9mmu::interconnect::testing
