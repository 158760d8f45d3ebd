// What the program tells while it works, on stderr through spdlog: nothing but warnings unless asked. Results
// never go this way, and no line carries the time of day.
#pragma once

#include <string>
#include <vector>

namespace p9mmu::model {

/// The names of --log-level, most talkative first.
[[nodiscard]] const std::vector<std::string>& log_levels();

/// Sends the log to stderr from `level` on.
void start_logging(const std::string& level);

}  // namespace p9mmu::model
