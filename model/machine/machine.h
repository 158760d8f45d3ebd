// A machine with every parameter resolved: the rooms' structures filled in, and beside them the list from
// which reports say what was in force and where it came from. Not where files are read (machine_file.h) nor
// where SystemC modules are built.
#pragma once

#include <string>
#include <vector>

#include "cpus/parameters.h"
#include "interconnect/parameters.h"
#include "mmu/parameters.h"
#include "workloads/linux/parameters.h"

namespace p9mmu::model {

/// What the rooms need to know, each in its own structure.
struct MachineParameters {
  interconnect::InterconnectParameters interconnect;
  cpus::CpuParameters cpus;
  mmu::MmuParameters mmu;
  workloads::KernelParameters kernel;
};

/// One parameter as it stands after inheritance and --set.
struct ResolvedParameter {
  std::string name;           ///< dotted, as in a machine file: "fabric.tlbie.issue"
  std::string value_text;     ///< as written: "370 ns"
  double value_number = 0;    ///< in `unit`; of a choice its index, of a flag 0 or 1
  std::string unit;           ///< "ps", "Hz", or "" for counts, ratios, choices and flags
  std::string range;          ///< "350 ns to 440 ns"; of a choice its words
  std::string provenance;     ///< measured, documented, derived, assumed, calibrated; or "set"
  std::string source;         ///< where the value is published, or how it follows
  std::string calibrated_on;  ///< "munmap/ipi": the phase and kernel whose published total chose it; or ""
  std::string replaced;       ///< the value that --set or an inheriting machine replaced; or ""
  std::string meaning;        ///< one clause, from the room that owns the parameter
};

/// `resolved` has every parameter once, in the order in which the rooms describe them.
struct Machine {
  std::string name;
  MachineParameters parameters;
  std::vector<ResolvedParameter> resolved;
};

}  // namespace p9mmu::model
