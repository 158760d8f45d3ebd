// Runs a script under several kernels, each in a process of its own, as many at a time as there are
// processors. It decides what becomes of the runs together: results in the order asked for, the first mistake
// in that order, what an interrupt leaves. It knows nothing of formats.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/cli/command.h"
#include "model/machine/simulate.h"

namespace p9mmu::model {

/// A run that neither gave results nor told of a user's mistake; the text says which and how it ended.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct IsolatedRuns {
  std::vector<report::PhaseResult> results;
  std::vector<std::string> missing;    ///< kernels without result because of an interrupt (SIGINT)
  std::vector<Recordings> recordings;  ///< of those that have results, as asked for
};

/// Told now and then what goes on: whole seconds so far, kernels done and running.
using Progress = std::function<void(long seconds, const std::vector<std::string>& done,
                                    const std::vector<std::string>& running)>;

/// Throws mmu::UserError or RunFailed for the first request, in their order, that ends so; requests after it
/// are abandoned. `progress` may be null.
[[nodiscard]] IsolatedRuns run_isolated(const std::vector<RunRequest>& requests,
                                        const Environment::Simulate& simulate, unsigned at_once,
                                        const Progress& progress);

}  // namespace p9mmu::model
