// From a machine's name or file, and what the command line changes, to a Machine in which every parameter is
// known, in range and accounted for. All of a user's mistakes about parameters end here, as mmu::UserError
// with file and line ("--set" and "--cpus" stand for a file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/machine/inheritance.h"
#include "model/machine/machine.h"
#include "model/machine/machine_file.h"
#include "model/machine/shipped.h"

namespace p9mmu::model {

/// What the user asked for, as typed.
struct MachineChoice {
  std::string machine{kDefaultMachine};  ///< a shipped machine's name, or the path of a .toml file
  std::vector<std::string> sets;         ///< "parameter=value", later ones replacing earlier ones
  std::optional<std::uint32_t> cpus;     ///< as many chips as give that many CPUs
};

[[nodiscard]] Machine resolve_machine(const MachineChoice& choice);

/// A machine's files, read once, of which any number of variants can be resolved.
class MachineSource {
 public:
  /// `machine` as in MachineChoice, asked for at `asked_at`. Throws mmu::UserError for what is wrong in its
  /// files.
  explicit MachineSource(const std::string& machine, const SourceLine& asked_at = {"--machine", 0});

  [[nodiscard]] Machine resolve(const std::vector<std::string>& sets,
                                const std::optional<std::uint32_t>& cpus) const;

  /// Throws mmu::UserError at `where` for a parameter that does not exist, a value that is not of its kind,
  /// or one outside of its range.
  void check(const std::string& parameter, const std::string& value, const SourceLine& where) const;

 private:
  MergedMachine merged_;
};

}  // namespace p9mmu::model
