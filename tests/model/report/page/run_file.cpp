#include "model/report/page/run_file.h"

#include <catch2/catch.hpp>

#include "model/report/page/layout.h"
#include "tests/model/sample.h"

namespace p9mmu::model::report::page {
namespace {

using Catch::Contains;

RunFile file_of(const RunDocument& document, const std::string& path = "run.json") {
  return parse_run_file(path, dump(to_json(document)));
}

TEST_CASE("a document's results are points, one for each kernel, with what the document derived") {
  const std::vector<Experiment> experiments = experiments_of({file_of(sample_document())});
  REQUIRE(experiments.size() == 1);
  const Experiment& experiment = experiments.front();
  CHECK(experiment.title == "Run of teardown.lua");
  CHECK_FALSE(experiment.is_planned());
  REQUIRE(experiment.points.size() == 3);
  const Point& point = experiment.points[1];
  CHECK(point.number == 2);
  CHECK(point.kernel == "ipi-free");
  CHECK(point.cpus == 4U);
  CHECK(point.settings.empty());
  CHECK_THAT(point.command, Contains("p9mmu run teardown.lua --kernel ipi,ipi-free,ipi-free-flush"));
  REQUIRE(point.phases.size() == 1);
  CHECK(point.phases[0].result == sample_result("ipi-free"));
  CHECK(point.phases[0].elapsed_cycles == Approx(3800));
  CHECK(point.phases[0].published_is == "calibration");
  REQUIRE(experiment.machines.size() == 1);
  CHECK(experiment.machines[0].parameters.size() == sample_document().machine.resolved.size());
}

TEST_CASE("a kernel that an interrupt left out is a point without a result") {
  RunDocument document = sample_document();
  document.missing = {"v9"};
  const Experiment experiment = experiments_of({file_of(document)}).front();
  REQUIRE(experiment.points.size() == 4);
  CHECK(experiment.points[3].state == PointState::missing);
  CHECK_THAT(experiment.points[3].message, Contains("interrupted"));
}

TEST_CASE("runs of one script are laid side by side by what they differ in") {
  RunDocument other = sample_document();
  for (PhaseResult& result : other.results) {
    result.options = {{"guest_size", "8MiB"}};
  }
  for (ResolvedParameter& parameter : other.machine.resolved) {
    if (parameter.name == "fabric.tlbie.issue") {
      parameter.value_text = "400 ns";
      parameter.value_number = 400e3;
      parameter.provenance = "set";
    }
  }
  const Experiment experiment = experiments_of({file_of(sample_document()), file_of(other)}).front();
  CHECK(experiment.title == "Runs of teardown.lua");
  CHECK(varying_axes(experiment) == std::vector<std::string>{"fabric.tlbie.issue", "option.guest_size"});
  const Setting size = setting_of(experiment.points[5], "option.guest_size");
  CHECK(size.value == "8MiB");
  CHECK(size.number == 8 * 0x1p20);
  CHECK(setting_of(experiment.points[0], "fabric.tlbie.issue").value == "370 ns");
  CHECK(setting_of(experiment.points[5], "fabric.tlbie.issue").number == 400e3);
}

TEST_CASE("runs that differ in nothing are told apart by their files") {
  const Experiment experiment =
      experiments_of({file_of(sample_document(), "a.json"), file_of(sample_document(), "b.json")}).front();
  CHECK(varying_axes(experiment) == std::vector<std::string>{"file"});
  CHECK(setting_of(experiment.points[3], "file").value == "b.json");
}

TEST_CASE("different scripts are different experiments") {
  RunDocument other = sample_document();
  other.script = "scripts/other.lua";
  const std::vector<Experiment> experiments = experiments_of({file_of(sample_document()), file_of(other)});
  REQUIRE(experiments.size() == 2);
  CHECK(experiments[1].title == "Run of other.lua");
}

TEST_CASE("a document of a program that knew neither round times nor commands is read all the same") {
  Json document = to_json(sample_document());
  document.erase("command");
  for (Json& result : document["results"]) {
    result.erase("ipi_round_times");
  }
  const Experiment experiment = experiments_of({parse_run_file("old.json", dump(document))}).front();
  CHECK(experiment.points[0].phases[0].result.ipi_round_times.empty());
  CHECK_THAT(experiment.points[0].command, Contains("older document"));
}

TEST_CASE("what is no run document is refused with the file, the reason and what was expected") {
  struct Case {
    const char* text;
    const char* complaint;
  };
  const auto bad =
      GENERATE(Case{"{\n  \"schema\": \"p9mmu.run/1\",\n  oops", "x.json:3: is not JSON from here on"},
               Case{"", "x.json:1: is not JSON"}, Case{"[1, 2]", "names no schema"},
               Case{"{\"schema\": \"p9mmu.run/9\"}", "schema p9mmu.run/9; expected p9mmu.run/1"},
               Case{"{\"schema\": \"p9mmu.run/1\"}", "x.json: is not a whole run document"},
               Case{"{\"schema\": \"p9mmu.run/1\", \"workload\": 3}", "is not a whole run document"});
  std::string complaint;
  try {
    (void)experiments_of({parse_run_file("x.json", bad.text)});
  } catch (const std::exception& error) {
    complaint = error.what();
  }
  CHECK_THAT(complaint, Contains(bad.complaint));
}

}  // namespace
}  // namespace p9mmu::model::report::page
