// A run as a whole: what was asked, on what, and what came out. Every output format is a pure function of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/machine/machine.h"
#include "model/report/result.h"

namespace p9mmu::model::report {

struct RunDocument {
  std::string program_version;
  Machine machine;
  std::string script;                          ///< path, as the user gave it
  std::map<std::string, std::string> options;  ///< as given; those in force are in the results
  std::uint64_t seed = 1;
  std::string command;               ///< that gives the same, but for its format
  std::vector<PhaseResult> results;  ///< in the order of the kernels, within a kernel as they ended
  std::vector<Audited> audits;       ///< of audited runs, in the order of the kernels
  std::vector<std::string> missing;  ///< kernels that an interrupt kept from finishing
};

}  // namespace p9mmu::model::report
