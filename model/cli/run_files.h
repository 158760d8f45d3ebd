// The files that `p9mmu run` writes beside its result: profiles for viewers. It opens them before the run, so
// that a long run does not end at a directory that cannot be written; what stands in them is model/report's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/cli/command.h"
#include "model/cli/output.h"
#include "model/report/document.h"

namespace p9mmu::model {

/// --folded, --speedscope.
[[nodiscard]] std::vector<Option> run_file_options();

class RunFiles {
 public:
  /// Opens the files that are asked for. Throws OutputError, and mmu::UserError if two of them, or one and
  /// --output, are the same file.
  explicit RunFiles(const Arguments& arguments);

  /// Writes each, whole. What an interrupt has kept from finishing is missing in them, as in the document.
  void write(const report::RunDocument& document);

 private:
  struct File {
    std::unique_ptr<Output> output;
    std::function<std::string(const report::RunDocument&)> text;
  };
  std::vector<File> files_;
};

}  // namespace p9mmu::model
