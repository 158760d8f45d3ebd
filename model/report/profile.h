// A cycle account as a call tree in the manner of `perf report -g`: routines from the outermost inwards, each
// branch with its share of the whole, causes in brackets as leaves. It draws; it does not measure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/report/result.h"

namespace p9mmu::model::report {

struct ProfileStyle {
  double least_percent = 0.5;  ///< smaller branches are drawn together as one, or not at all
  std::size_t deepest = 6;     ///< branchings under which a branch is drawn by causes alone
};

/// The tree of those rows of `accounts` whose `cpus` is as given; empty if there are none. Percentages are of
/// their sum.
[[nodiscard]] std::string draw_profile(const std::vector<AccountRow>& accounts, const std::string& cpus,
                                       const ProfileStyle& style);

/// The sum of those rows, in picoseconds.
[[nodiscard]] std::int64_t account_total(const std::vector<AccountRow>& accounts, const std::string& cpus);

}  // namespace p9mmu::model::report
