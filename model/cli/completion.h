// Shell completion, made from the table of options. Pure text.
#pragma once

#include <string>

namespace p9mmu::model {

/// A script for bash to source.
[[nodiscard]] std::string bash_completion();

}  // namespace p9mmu::model
