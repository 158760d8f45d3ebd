#include "model/compare/comparison_json.h"

#include <cmath>

namespace p9mmu::model {
namespace {

using report::Json;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

/// To a millionth, so that it does not look more exact than a reader needs.
Json ratio_json(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  const std::optional<double> quotient = ratio(a, b);
  return quotient ? Json(std::round(*quotient * 1e6) / 1e6) : Json();
}

Json to_json(const std::optional<PhaseName>& name) {
  if (!name) {
    return {};
  }
  return {{"kernel", name->kernel}, {"phase", name->phase}, {"ordinal", name->ordinal}};
}

Json to_json(const FigurePair& pair) {
  return {{"name", pair.name},
          {"unit", pair.unit},
          {"a", or_null(pair.a)},
          {"b", or_null(pair.b)},
          {"difference", pair.b.value_or(0) - pair.a.value_or(0)},
          {"ratio", ratio_json(pair.a, pair.b)}};
}

Json to_json(const SpentPair& pair, bool with_path) {
  Json json = {{"cpus", pair.measured_cpu ? "measured" : "others"}};
  if (with_path) {
    json["path"] = pair.path;
  }
  json["cause"] = pair.cause;
  json["a_ps"] = pair.a_ps;
  json["b_ps"] = pair.b_ps;
  json["difference_ps"] = pair.b_ps - pair.a_ps;
  json["ratio"] = ratio_json(pair.a_ps, pair.b_ps);
  return json;
}

}  // namespace

Json to_json(const PhaseComparison& phase) {
  Json figures = Json::array();
  for (const FigurePair& pair : phase.figures) {
    figures.push_back(to_json(pair));
  }
  Json causes = Json::array();
  for (const SpentPair& pair : phase.causes) {
    causes.push_back(to_json(pair, false));
  }
  Json paths = Json::array();
  for (const SpentPair& pair : phase.paths) {
    paths.push_back(to_json(pair, true));
  }
  return {{"a", to_json(phase.a)},
          {"b", to_json(phase.b)},
          {"same", phase.same},
          {"figures", std::move(figures)},
          {"causes", std::move(causes)},
          {"paths", std::move(paths)},
          {"round_times_differ", phase.round_times_differ}};
}

Json to_json(const Comparison& comparison) {
  Json inputs = Json::array();
  for (const InputDifference& input : comparison.inputs) {
    inputs.push_back({{"name", input.name}, {"a", or_null(input.a)}, {"b", or_null(input.b)}});
  }
  Json phases = Json::array();
  for (const PhaseComparison& phase : comparison.phases) {
    phases.push_back(to_json(phase));
  }
  return {{"schema", kCompareSchema},    {"a", comparison.a},
          {"b", comparison.b},           {"same_results", comparison.same_results()},
          {"inputs", std::move(inputs)}, {"phases", std::move(phases)}};
}

}  // namespace p9mmu::model
