// Reads the [[axis]] tables of a plan. Included by plan_file.cpp only; what axes mean together is its
// business.
#pragma once

#include <vector>

#include "model/sweep/plan_file.h"
#include "model/sweep/plan_vocabulary.h"
#include "model/sweep/toml_reader.h"

namespace p9mmu::model {

/// In the order of the file. Throws mmu::UserError.
[[nodiscard]] std::vector<PlanAxis> read_axes(const toml::node& node, const TomlReader& reader,
                                              const PlanVocabulary& vocabulary);

}  // namespace p9mmu::model
