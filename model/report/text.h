// A run for people: a table with a row for each kernel, what was assumed, and where the time went. A pure
// function of the document, at most kTextWidth columns wide.
#pragma once

#include <string>

#include "model/report/document.h"

namespace p9mmu::model::report {

[[nodiscard]] std::string to_text(const RunDocument& document);

}  // namespace p9mmu::model::report
