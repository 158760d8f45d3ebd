// A sweep's database as experiments of a report, one for each plan that was run into it. It only reads; a
// sweep may be writing meanwhile.
#pragma once

#include <string>
#include <vector>

#include "model/report/page/experiment.h"

namespace p9mmu::model {

/// Plans by name. A plan's point that has not been run yet is missing. Of the machines that points ran on,
/// which differ in what the plan varies, only the first few are read. Throws mmu::UserError if the file is
/// not a sweep's database, or one that this program does not know.
[[nodiscard]] std::vector<report::page::Experiment> read_experiments(const std::string& path);

/// Whether a file that begins so is an SQLite database.
[[nodiscard]] bool is_database(std::string_view beginning);

}  // namespace p9mmu::model
