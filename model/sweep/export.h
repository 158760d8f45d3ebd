// A sweep's results as CSV or JSON, for programs that would rather not ask SQLite. Functions of what is in
// the database; nothing about the computer that ran it is in them.
#pragma once

#include <string>

namespace p9mmu::model {

/// One row for each result of each point of each plan, or for the point if it has none: where it stands on
/// the axes, what came out, every counter. `plan` is a plan's name; "" for all of them. Throws mmu::UserError
/// if the file is no sweep's database or has no such plan.
[[nodiscard]] std::string results_to_csv(const std::string& database, const std::string& plan);

/// The same as one document, "p9mmu.sweep-results/1" (docs/sweep-database.md), with the whole results and the
/// machines.
[[nodiscard]] std::string results_to_json(const std::string& database, const std::string& plan);

}  // namespace p9mmu::model
