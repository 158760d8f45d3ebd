#include <catch2/catch.hpp>

#include "model/report/json.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

TEST_CASE("params prints every parameter of the machine") {
  const Machine machine = sample_document().machine;
  const Outcome outcome = run_words({"params"});
  CHECK(outcome.code == ExitCode::success);
  for (const ResolvedParameter& parameter : machine.resolved) {
    CAPTURE(parameter.name);
    CHECK_THAT(outcome.out, Catch::Contains("\n" + parameter.name + " "));
  }
  const auto json = report::Json::parse(run_words({"params", "--format", "json"}).out);
  CHECK(json["parameters"].size() == machine.resolved.size());
}

TEST_CASE("params --changed prints only what differs from the machine or what it inherits") {
  CHECK(run_words({"params", "--changed", "--format", "csv"}).out ==
        "name,value,number,unit,range,provenance,source,calibrated_on,replaced,meaning\n");
  const Outcome outcome =
      run_words({"params", "--changed", "--format", "csv", "--set", "fabric.tlbie.issue=400ns"});
  CHECK_THAT(
      outcome.out,
      Catch::EndsWith("\nfabric.tlbie.issue,400 ns,400000,ps,350 ns to 440 ns,set,the command line,,370 ns,"
                      "\"a tlbie, until its own core has acknowledged it\"\n"));
  const auto json = report::Json::parse(
      run_words({"params", "--changed", "--format", "json", "--machine", "power9-2x22"}).out);
  CHECK(json["parameters"]["topology.cores_per_chip"]["replaced"] == "16");
}

}  // namespace
}  // namespace p9mmu::model
