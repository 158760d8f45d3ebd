// What an exploration says of a scenario: that all its interleavings are safe, and how many they are, or the
// shortest way to the first rule that is broken. A counterexample holds only the steps without which it would
// not have come about.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/explore/search.h"

namespace p9mmu::model::explore {

struct Counterexample {
  workloads::AuditFinding finding;
  Schedule schedule;
  std::vector<StepDescription> steps;
};

struct Verdict {
  SearchResult search;
  std::uint64_t unsafe = 0;  ///< interleavings in which a rule is broken
  std::optional<Counterexample> counterexample;
  [[nodiscard]] bool safe() const { return !counterexample.has_value(); }
};

/// Told now and then how far it is; false ends the search, whose result then is incomplete.
using Looking = std::function<bool(const SearchResult& so_far)>;

/// Tries every interleaving within the limits. `looking` may be null.
[[nodiscard]] Verdict explore(const Scenario& scenario, Reduction reduction, SearchLimits limits,
                              const Looking& looking);

/// Executes one schedule, in words; what is left out at its end is not executed. Throws mmu::UserError if an
/// actor in it cannot take a step when its turn comes.
[[nodiscard]] Counterexample replay(const Scenario& scenario, const Schedule& schedule);

/// "0*3,1,7": actors in turn, with how many steps each takes.
[[nodiscard]] std::string to_text(const Schedule& schedule);
/// Throws mmu::UserError for a text that is no schedule.
[[nodiscard]] Schedule parse_schedule(const std::string& text);

}  // namespace p9mmu::model::explore
