#include "model/report/published.h"

#include <algorithm>

namespace p9mmu::model::report {

bool is_changed(const ResolvedParameter& parameter) {
  return parameter.provenance == "set" || (!parameter.replaced.empty() && parameter.calibrated_on.empty());
}

std::optional<PublishedIs> published_is(const PhaseResult& result,
                                        const std::vector<ResolvedParameter>& parameters) {
  if (!result.published_ms || std::any_of(parameters.begin(), parameters.end(), is_changed)) {
    return std::nullopt;
  }
  const std::string total = result.phase + "/" + result.kernel;
  const auto fitted = [&](const ResolvedParameter& parameter) { return parameter.calibrated_on == total; };
  return std::any_of(parameters.begin(), parameters.end(), fitted) ? PublishedIs::calibration
                                                                   : PublishedIs::prediction;
}

std::string name(PublishedIs what) {
  return what == PublishedIs::calibration ? "calibration" : "prediction";
}

std::optional<double> published_ratio(const PhaseResult& result) {
  if (!result.published_ms || *result.published_ms <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(result.elapsed_ps) / 1e9 / *result.published_ms;
}

std::optional<std::int64_t> counter(const PhaseResult& result, const std::string& name) {
  for (const Counter& counter : result.counters) {
    if (counter.name == name) {
      return counter.value;
    }
  }
  return std::nullopt;
}

}  // namespace p9mmu::model::report
