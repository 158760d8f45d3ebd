// A run as one JSON document, schema "p9mmu.run/1" (docs/run-document.md), and results back from it, since
// they cross from process to process that way. Whole numbers stay whole; the order of keys is fixed; nothing
// but the host_* fields depends on where or when it was computed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/report/document.h"

namespace p9mmu::model::report {

using Json = nlohmann::ordered_json;

inline constexpr const char* kRunSchema = "p9mmu.run/1";

/// Counters that every result has as fields, null if they were not counted.
[[nodiscard]] const std::vector<std::string>& promised_counters();

[[nodiscard]] Json to_json(const std::vector<Finding>& findings);
[[nodiscard]] std::vector<Finding> findings_from_json(const Json& list);
[[nodiscard]] Json to_json(const RunDocument& document);

/// An entry of `results`.
[[nodiscard]] Json to_json(const PhaseResult& result, const Machine& machine);

/// The inverse of to_json for an entry; what follows from other fields is not read. Throws nlohmann's
/// exceptions for anything that to_json does not write.
[[nodiscard]] PhaseResult result_from_json(const Json& entry);

/// The document's `machine`.
[[nodiscard]] Json to_json(const Machine& machine);

/// By parameter, as in the document's machine.parameters.
[[nodiscard]] Json to_json(const std::vector<ResolvedParameter>& parameters);

/// As text, with a newline at the end. Bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string dump(const Json& json);

}  // namespace p9mmu::model::report
