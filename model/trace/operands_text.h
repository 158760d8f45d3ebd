// An invalidation's operands as people write them: RIC=0 PRS=1 R=1 IS=0 AP=2M EPN=0x... LPID=0 PID=1.
#pragma once

#include <string>

#include "mmu/invalidate.h"

namespace p9mmu::model {

[[nodiscard]] std::string operands_text(const mmu::TlbInvalidate& operands);

}  // namespace p9mmu::model
