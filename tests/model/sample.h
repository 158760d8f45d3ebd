// Results, documents and command lines for the tests of this room.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/cli/command.h"
#include "model/report/document.h"

namespace p9mmu::model {

/// A small result with every field filled in: 1,000 ns on CPU 0 of four.
[[nodiscard]] report::PhaseResult sample_result(const std::string& kernel);

/// The default machine, calibrated on munmap/ipi-free alone, and one sample result for each of the three
/// kernels.
[[nodiscard]] report::RunDocument sample_document();

/// A directory of its own, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Writes it and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::size_t files() const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_whole(const std::string& path);

/// What a command line gave.
struct Outcome {
  ExitCode code = ExitCode::success;
  std::string out;
  std::string err;
};

/// Runs the program in this process, with `simulate` in the place of the simulator.
[[nodiscard]] Outcome run_words(const std::vector<std::string>& words,
                                const Environment::Simulate& simulate = {});

/// What `action` throws as mmu::UserError, or "" if it does not.
[[nodiscard]] std::string user_error(const std::function<void()>& action);

}  // namespace p9mmu::model
