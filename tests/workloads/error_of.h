// What a UserError says, for the tests of this room.
#pragma once

#include <string>

#include "mmu/error.h"

namespace p9mmu::workloads::testing {

/// The text of the UserError that `action` ends with, or "" when it does not.
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const mmu::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace p9mmu::workloads::testing
