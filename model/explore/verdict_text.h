// Verdicts as text, JSON and a trace file: pure functions of what the exploration gave.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/explore/verdict.h"

namespace p9mmu::model::explore {

/// What was explored, as the user named it.
struct Asked {
  std::string script;
  std::string kernel;
  std::string walker;
  std::string machine;
  std::uint64_t seed = 1;
  std::map<std::string, std::string> options;  ///< of the script, as given
  std::vector<std::string> left_out;           ///< "routine:operation"
  std::vector<std::uint32_t> cpus;             ///< that take part
  std::string command;                         ///< that explores the same again
};

/// A sentence on the verdict, then a counterexample's steps as a table.
[[nodiscard]] std::string to_text(const Asked& asked, const Verdict& verdict);
/// The steps of one schedule as a table, and what they broke.
[[nodiscard]] std::string steps_to_text(const Counterexample& executed);
/// Schema p9mmu.explore/1: docs/exploration.md.
[[nodiscard]] nlohmann::ordered_json to_json(const Asked& asked, const Verdict& verdict);
/// The counterexample in Chrome's trace event format: a track for each actor, a step a microsecond.
[[nodiscard]] nlohmann::ordered_json to_trace(const Counterexample& executed);
/// "freed page used": what the first broken rule is called.
[[nodiscard]] std::string rule_name(const workloads::AuditFinding& finding);
/// One sentence: who did what, and who had made it wrong.
[[nodiscard]] std::string to_sentence(const workloads::AuditFinding& finding);
/// "12,345".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace p9mmu::model::explore
