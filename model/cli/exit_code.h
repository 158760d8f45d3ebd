// What the program's exit status says, after sysexits.h where it has a word for it. --help prints this list.
#pragma once

#include <array>

namespace p9mmu::model {

enum class ExitCode : int {
  success = 0,
  mismatch = 1,
  user_mistake = 2,
  incomplete = 3,
  internal = 70,
  output = 74,
  interrupted = 130
};

struct ExitCodeMeaning {
  ExitCode code;
  const char* meaning;
};

inline constexpr std::array<ExitCodeMeaning, 7> kExitCodes = {{
    {ExitCode::success, "done"},
    {ExitCode::mismatch,
     "compare or translate --check found results that differ; points of a sweep failed; "
     "explore or run --audit found a rule broken"},
    {ExitCode::user_mistake,
     "a mistake in the command, a machine file or a script; one line says what and where"},
    {ExitCode::incomplete, "explore found no rule broken, but could not try every interleaving"},
    {ExitCode::internal, "a fault of the program's own; please report it"},
    {ExitCode::output, "the output could not be written: closed pipe, full disk, no permission"},
    {ExitCode::interrupted, "interrupted; what was finished has been printed"},
}};

}  // namespace p9mmu::model
