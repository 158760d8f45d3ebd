// Reads one machine file (TOML) into a list of entries with their lines, and refuses what has no business
// there: unknown parameters, misspelt attributes, values without provenance or source. It does not interpret
// values nor follow `inherits` (resolve.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p9mmu::model {

/// A place in a file, for messages.
struct SourceLine {
  std::string file;
  int line = 0;
};

/// One parameter as a file states it; texts are as written.
struct MachineFileEntry {
  std::string name;
  SourceLine where;
  std::string value;
  std::optional<std::pair<std::string, std::string>> range;
  SourceLine range_where;
  std::string provenance;
  std::string source;
  std::string calibrated_on;  ///< "phase/kernel"; "" unless the provenance is calibrated
};

struct MachineFile {
  std::string name;
  std::string file;
  std::string inherits;  ///< "" for a complete machine
  int inherits_line = 0;
  std::vector<MachineFileEntry> entries;
};

/// Parses `text`; `file` is what messages call it. Throws mmu::UserError with the line.
[[nodiscard]] MachineFile parse_machine_file(std::string_view text, const std::string& file,
                                             const std::vector<std::string>& known_parameters);

}  // namespace p9mmu::model
