// What time was spent on: the accounts of one phase summed over call paths, cause by cause.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/report/result.h"

namespace p9mmu::model::report::page {

struct CauseTime {
  std::string cause;
  std::int64_t ps = 0;
};

/// Of the measured CPU; in the order in which causes are declared, unknown ones last, without those that took
/// nothing.
[[nodiscard]] std::vector<CauseTime> causes_of(const PhaseResult& result);

/// The causes in that order, in a form fit for names in CSS: "IPI send" is "ipi-send".
[[nodiscard]] std::string cause_class(const std::string& cause);

/// Of several results, those causes that any of them has, in the same order.
[[nodiscard]] std::vector<std::string> causes_in(const std::vector<const PhaseResult*>& results);

}  // namespace p9mmu::model::report::page
