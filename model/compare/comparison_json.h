// A comparison as one JSON document, schema "p9mmu.compare/1" (docs/profiles-and-traces.md): all of what the
// text shows, and every call path that differs.
#pragma once

#include "model/compare/comparison.h"
#include "model/report/json.h"

namespace p9mmu::model {

inline constexpr const char* kCompareSchema = "p9mmu.compare/1";

[[nodiscard]] report::Json to_json(const Comparison& comparison);

/// A phase as it stands there under "phases".
[[nodiscard]] report::Json to_json(const PhaseComparison& phase);

}  // namespace p9mmu::model
