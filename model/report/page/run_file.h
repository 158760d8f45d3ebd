// Run documents (docs/run-document.md) as experiments: all that ran the same script together, since a report
// of several runs is asked for to see them side by side. Documents of older programs, which lack fields that
// were added since, are read as well.
#pragma once

#include <string>
#include <vector>

#include "model/report/json.h"
#include "model/report/page/experiment.h"

namespace p9mmu::model::report::page {

struct RunFile {
  std::string path;
  Json document;
};

/// Throws mmu::UserError, with the file and if possible the line, for anything but a run document.
[[nodiscard]] RunFile parse_run_file(const std::string& path, const std::string& text);

/// In the order of the files. Throws mmu::UserError if a document lacks what it must have.
[[nodiscard]] std::vector<Experiment> experiments_of(const std::vector<RunFile>& files);

/// An entry of `results`, as it stands in run documents and in sweeps' databases. Throws nlohmann's
/// exceptions.
[[nodiscard]] Measured measured_from_json(const Json& entry);

/// The field `machine` of a run document. Throws nlohmann's exceptions.
[[nodiscard]] MachineSheet machine_from_json(const Json& machine);

}  // namespace p9mmu::model::report::page
