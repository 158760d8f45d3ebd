// What of the interconnect can be set in a machine file: topology, line transfers, the tlbie broadcast, IPI
// delivery. Values, ranges and sources stand in the machine file; here are meaning and unit. `describe` lists
// every parameter once, for the file reader, `p9mmu params` and the result document.
#pragma once

#include <cstdint>

#include "interconnect/time.h"

namespace p9mmu::interconnect {

struct TopologyParameters {
  std::uint32_t chips = 1;
  std::uint32_t cores_per_chip = 1;
  std::uint32_t threads_per_core = 4;

  [[nodiscard]] std::uint32_t cores() const { return chips * cores_per_chip; }
  [[nodiscard]] std::uint32_t cpus() const { return cores() * threads_per_core; }
};

/// How long a load or store takes, by where the line is.
struct LineParameters {
  Time l1_hit;
  Time l2_hit;
  Time memory;
  Time same_chip;
  Time cross_chip;
  double scale = 1.0;
};

/// The broadcast of tlbie and tlbsync.
struct TlbieParameters {
  Time issue;
  Time snoop;
  Time system_scope;
  Time tlbsync_retry;
  std::uint32_t pace_threshold = 4;
  std::uint32_t stall_threshold = 6;
};

enum class IpiControllerKind : std::uint8_t { doorbell, xive };

struct IpiParameters {
  IpiControllerKind controller = IpiControllerKind::doorbell;
  Time msgsnd_issue;
  Time msgsnd_delivery;
  Time xive_trigger;
  Time xive_delivery;
  Time xive_accept;
};

struct InterconnectParameters {
  TopologyParameters topology;
  LineParameters line;
  TlbieParameters tlbie;
  IpiParameters ipi;
};

/// Calls one of the visitor's members (count, time, ratio, choice, flag, frequency) for each parameter.
template <typename Visitor>
void describe(InterconnectParameters& p, Visitor&& visit) {
  visit.count("topology.chips", p.topology.chips, "chips, one a socket, all linked to each other");
  visit.count("topology.cores_per_chip", p.topology.cores_per_chip, "SMT4 cores of a chip; two share an L2");
  visit.count("topology.threads_per_core", p.topology.threads_per_core, "hardware threads of a core");
  visit.time("fabric.line.l1_hit", p.line.l1_hit, "a load or store of a line that this core holds");
  visit.time("fabric.line.l2_hit", p.line.l2_hit, "a line that the other core of the pair holds");
  visit.time("fabric.line.memory", p.line.memory, "a line that no core holds");
  visit.time("fabric.line.same_chip", p.line.same_chip, "a line that another core of the chip holds");
  visit.time("fabric.line.cross_chip", p.line.cross_chip, "a line that a core of another chip holds");
  visit.ratio("fabric.line.scale", p.line.scale, "same_chip and cross_chip are multiplied by this");
  visit.time("fabric.tlbie.issue", p.tlbie.issue, "a tlbie, until its own core has acknowledged it");
  visit.time("fabric.tlbie.snoop", p.tlbie.snoop, "service of one snooped tlbie in one core");
  visit.time("fabric.tlbie.system_scope", p.tlbie.system_scope, "how much later other chips snoop a tlbie");
  visit.time("fabric.tlbie.tlbsync_retry", p.tlbie.tlbsync_retry,
             "one more broadcast of an unfinished tlbsync");
  visit.count("fabric.tlbie.pace_threshold", p.tlbie.pace_threshold,
              "tlbies in flight from which masters are paced");
  visit.count("fabric.tlbie.stall_threshold", p.tlbie.stall_threshold,
              "tlbies in flight at which masters stall");
  visit.choice("fabric.ipi.controller", p.ipi.controller, {"doorbell", "xive"}, "what delivers IPIs");
  visit.time("fabric.ipi.msgsnd_issue", p.ipi.msgsnd_issue, "msgsnd, for the sender");
  visit.time("fabric.ipi.msgsnd_delivery", p.ipi.msgsnd_delivery, "msgsnd, issue to pending at the target");
  visit.time("fabric.ipi.xive_trigger", p.ipi.xive_trigger,
             "the store to a XIVE trigger page, for the sender");
  visit.time("fabric.ipi.xive_delivery", p.ipi.xive_delivery, "XIVE, trigger to pending at the target");
  visit.time("fabric.ipi.xive_accept", p.ipi.xive_accept, "acknowledge and end of interrupt at the target");
}

}  // namespace p9mmu::interconnect
