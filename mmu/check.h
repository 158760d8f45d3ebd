// Invariants. A broken one ends the program with the values in every build, because a figure computed past it
// could not be trusted. Not for a user's mistake (mmu/error.h) nor for a modelled fault, which is a value.
#pragma once

#include <sstream>
#include <string>

namespace p9mmu::mmu {

/// Prints what did not hold and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& values);

}  // namespace p9mmu::mmu

/// Aborts unless `condition`; `values` is a stream expression such as `"now " << now << " due " << due`.
#define P9MMU_CHECK(condition, values)                                                    \
  do {                                                                                    \
    if (!(condition)) [[unlikely]] {                                                      \
      std::ostringstream p9mmu_check_text;                                                \
      p9mmu_check_text << values;                                                         \
      ::p9mmu::mmu::check_failed(#condition, __FILE__, __LINE__, p9mmu_check_text.str()); \
    }                                                                                     \
  } while (false)
