// Small experiments for the tests of pages.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/report/page/experiment.h"

namespace p9mmu::model::report::page {

/// A point that took so long, with one phase "munmap" whose figures are those of sample_result().
[[nodiscard]] Point sample_point(const std::string& kernel, std::uint32_t cpus, std::int64_t elapsed_ps,
                                 std::vector<Setting> settings = {});

/// A point that failed.
[[nodiscard]] Point failed_point(const std::string& kernel, std::uint32_t cpus, const std::string& message);

/// A plan's experiment, its points numbered in this order, on a machine with one parameter set and one
/// calibrated.
[[nodiscard]] Experiment sample_experiment(std::vector<Point> points);

/// Times in ps by CPU count.
using Times = std::vector<std::pair<std::uint32_t, std::int64_t>>;
[[nodiscard]] Experiment along_cpus(const std::vector<std::pair<std::string, Times>>& kernels);

}  // namespace p9mmu::model::report::page
