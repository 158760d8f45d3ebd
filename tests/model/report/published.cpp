#include "model/report/published.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model::report {
namespace {

ResolvedParameter calibrated_on(const std::string& total) {
  ResolvedParameter parameter;
  parameter.provenance = "calibrated";
  parameter.calibrated_on = total;
  return parameter;
}

TEST_CASE(
    "a published figure is a calibration only for the phase and kernel that a parameter was fitted to") {
  const std::vector<ResolvedParameter> parameters = {calibrated_on("munmap/ipi-free")};
  CHECK(published_is(sample_result("ipi-free"), parameters) == PublishedIs::calibration);
  CHECK(published_is(sample_result("ipi-free-flush"), parameters) == PublishedIs::prediction);
  CHECK(published_is(sample_result("ipi"), parameters) == PublishedIs::prediction);
  PhaseResult other_phase = sample_result("ipi-free");
  other_phase.phase = "exit";
  CHECK(published_is(other_phase, parameters) == PublishedIs::prediction);
}

TEST_CASE("without a published figure, or with a parameter changed by --set, it is neither") {
  PhaseResult result = sample_result("ipi");
  ResolvedParameter changed;
  changed.provenance = "set";
  CHECK_FALSE(published_is(result, {calibrated_on("munmap/ipi"), changed}));
  result.published_ms.reset();
  CHECK_FALSE(published_is(result, {}));
  CHECK_FALSE(published_ratio(result));
}

TEST_CASE("a machine that inherits has neither, but for what it calibrates itself") {
  ResolvedParameter replaced;
  replaced.provenance = "documented";
  replaced.replaced = "3.8 GHz";
  CHECK_FALSE(published_is(sample_result("ipi-free"), {calibrated_on("munmap/ipi-free"), replaced}));
  CHECK_FALSE(published_is(sample_result("ipi-free-flush"), {calibrated_on("munmap/ipi-free"), replaced}));
  ResolvedParameter anew = calibrated_on("munmap/ipi-free");
  anew.replaced = "299 cycles";
  CHECK(published_is(sample_result("ipi-free"), {anew}) == PublishedIs::calibration);
  CHECK(published_is(sample_result("ipi-free-flush"), {anew}) == PublishedIs::prediction);
}

TEST_CASE("the ratio is simulated over published time") {
  PhaseResult result = sample_result("ipi");
  result.elapsed_ps = 3'000'000'000;
  result.published_ms = 2;
  CHECK(*published_ratio(result) == Approx(1.5));
}

}  // namespace
}  // namespace p9mmu::model::report
