// A run for people: a table with a row for each kernel, what was assumed, and where the time went. A pure
// function of the document, at most kTextWidth columns wide.
#pragma once

#include <string>

#include "model/report/document.h"

namespace p9mmu::model::report {

struct TextStyle {
  bool profiles = true;  ///< draw each phase's call trees below the table
};

[[nodiscard]] std::string to_text(const RunDocument& document, const TextStyle& style = {});

}  // namespace p9mmu::model::report
