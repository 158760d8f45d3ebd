// A page's data as one HTML document that stands by itself: style, script and Vega inside, nothing fetched,
// and a policy that forbids fetching. Everything that comes from data is escaped here.
#pragma once

#include <string>

#include "model/report/page/blocks.h"

namespace p9mmu::model::report::page {

/// The same bytes for the same page.
[[nodiscard]] std::string render(const Page& page);

/// JSON that can stand in a script element: nothing in it ends the element.
[[nodiscard]] std::string json_for_script(const Json& json);

}  // namespace p9mmu::model::report::page
