// Reads what `p9mmu compare` holds against each other: run documents, or one kernel of one. It checks that
// they are what they should be and takes from them what determined the run and what it gave.
#pragma once

#include <string>

#include "model/compare/comparison.h"
#include "model/report/json.h"

namespace p9mmu::model {

/// The file and, if the user named one, the kernel: "FILE" or "FILE:KERNEL".
struct SourceName {
  std::string file;
  std::string kernel;  ///< "" for all
};

/// A file of that whole name comes before a kernel behind a colon.
[[nodiscard]] SourceName parse_source(const std::string& text);

/// Throws mmu::UserError with file and line if it is no run document, or lacks the kernel.
[[nodiscard]] ComparedRun read_run(const SourceName& source);

/// The same from a document's text; `source.file` is only a name.
[[nodiscard]] ComparedRun run_from_text(const std::string& text, const SourceName& source);

/// What stands in `results` of a run document, which lacks the host_* fields in a sweep's database.
[[nodiscard]] report::PhaseResult result_without_host(report::Json entry);

/// The machine's name and parameters, as a run document has them under "machine".
void add_machine(const report::Json& machine, std::vector<Input>& inputs);

/// The script's options in force.
void add_options(const std::vector<report::PhaseResult>& results, std::vector<Input>& inputs);

}  // namespace p9mmu::model
