// Plans, scripts and databases for the tests of sweeps.
#pragma once

#include <string>
#include <vector>

#include "model/sweep/sqlite.h"
#include "tests/model/sample.h"

namespace p9mmu::model {

/// A folder with a script, and plans that are swept in it.
class SweepFolder {
 public:
  SweepFolder();

  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
  std::string write(const std::string& name, const std::string& text) const {
    return directory_.write(name, text);
  }
  /// Writes plan.toml: the script, and what `text` says besides.
  std::string write_plan(const std::string& text) const;
  /// p9mmu sweep plan.toml -o results.sqlite, with further words, the points being simulated by `simulate`.
  [[nodiscard]] Outcome sweep(const std::vector<std::string>& more = {},
                              const Environment::Simulate& simulate = {}) const;
  [[nodiscard]] std::string results() const { return file("results.sqlite"); }

 private:
  TemporaryDirectory directory_;
};

/// Gives one phase of the request's kernel, at once; its victims' time tells the seed.
[[nodiscard]] std::vector<report::PhaseResult> simulate_nothing(const RunRequest& request);

/// All rows of a query, each as texts joined by '|'.
[[nodiscard]] std::vector<std::string> query(const std::string& database, const std::string& sql);

/// Everything in the database that has to be the same whenever, wherever and however often it was made: all
/// tables but `host`, in the order of their keys.
[[nodiscard]] std::string canonical_content(const std::string& database);

}  // namespace p9mmu::model
