// A machine file with those it inherits from, merged: for each parameter the entry in force and what it
// replaced. It checks that the chain of files ends, and that the last is complete; values are resolve.h's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/machine_file.h"

namespace p9mmu::model {

/// The entry in force for one parameter.
struct EntryInForce {
  MachineFileEntry entry;
  std::string replaced;  ///< the value that a nearer file or the command line replaced, as written; or ""
};

struct MergedMachine {
  std::string name;
  std::map<std::string, EntryInForce> entries;  ///< by parameter, all of `known_parameters`
};

/// `name_or_path` is a shipped machine's name, or the path of a .toml file, asked for at `asked_at`.
[[nodiscard]] MergedMachine merge_machine_files(const std::string& name_or_path, const SourceLine& asked_at,
                                                const std::vector<std::string>& known_parameters);

}  // namespace p9mmu::model
