// The files that `p9mmu run` writes beside its result: profiles and traces for viewers. It opens them before
// the run, so that a long run does not end at a directory that cannot be written, and says what has to be
// recorded for them; what stands in them is model/report's and model/trace's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/cli/command.h"
#include "model/cli/output.h"
#include "model/report/document.h"
#include "model/trace/recordings.h"

namespace p9mmu::model {

/// --folded, --speedscope, --trace, --trace-window, --trace-limit, --vcd.
[[nodiscard]] std::vector<Option> run_file_options();

class RunFiles {
 public:
  /// Opens the files that are asked for. Throws OutputError, and mmu::UserError if two of them, or one and
  /// --output, are the same file, or if an option's value is wrong.
  explicit RunFiles(const Arguments& arguments);

  /// What the runs have to record.
  [[nodiscard]] const RecordingRequest& record() const { return record_; }

  /// Writes each file, whole. What an interrupt has kept from finishing is missing in them, as in the
  /// document.
  void write(const report::RunDocument& document, const std::vector<Recordings>& recordings);

 private:
  using Text = std::function<std::string(const report::RunDocument&, const std::vector<Recordings>&)>;
  struct File {
    std::unique_ptr<Output> output;
    Text text;
  };

  RecordingRequest record_;
  std::vector<File> files_;
};

}  // namespace p9mmu::model
