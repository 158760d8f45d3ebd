// Jobs that each compute a text, every one in a process of its own, so many at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace p9mmu::model {

/// What the jobs hand back, in their order. Tells how far it is on `err`, if that is a terminal. Throws
/// RunFailed for a job that does not end well; the others are then ended too.
[[nodiscard]] std::vector<std::string> run_jobs(const std::vector<std::function<std::string()>>& jobs,
                                                unsigned at_once, int err);

}  // namespace p9mmu::model
