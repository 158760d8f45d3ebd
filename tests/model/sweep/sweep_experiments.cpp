#include "model/sweep/sweep_experiments.h"

#include <catch2/catch.hpp>

#include "mmu/error.h"
#include "model/report/page/layout.h"
#include "model/report/page/sensitivity.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using report::page::Experiment;
using report::page::Point;
using State = report::page::PointState;

constexpr const char* kTwoAxes =
    "name = \"two\"\nquestion = \"Why?\"\nkernels = [\"ipi\", \"ipi-free\"]\n"
    "[[axis]]\nvary = \"option.size\"\nvalues = [\"4MiB\", \"8MiB\"]\n"
    "[[axis]]\nvary = \"seed\"\nvalues = [1, 2]\n";

std::string complaint_about(const std::string& path) {
  try {
    (void)read_experiments(path);
  } catch (const mmu::UserError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a plan in a database is an experiment with its question, its text and its points in order") {
  const SweepFolder folder;
  (void)folder.write_plan(kTwoAxes);
  REQUIRE(folder.sweep().code == ExitCode::success);
  const std::vector<Experiment> experiments = read_experiments(folder.results());
  REQUIRE(experiments.size() == 1);
  const Experiment& experiment = experiments.front();
  CHECK(experiment.title == "Sweep two");
  CHECK(experiment.question == "Why?");
  CHECK_THAT(experiment.plan, Contains("vary = \"seed\""));
  REQUIRE(experiment.points.size() == 8);
  const Point& last = experiment.points[7];
  CHECK(last.number == 8);
  CHECK(last.kernel == "ipi-free");
  CHECK(last.state == State::done);
  CHECK(report::page::setting_of(last, "option.size").number == 8 * 0x1p20);
  CHECK(report::page::setting_of(last, "seed").value == "2");
  CHECK_THAT(last.command, Contains("p9mmu run ") && Contains("--kernel ipi-free") && Contains("--seed 2"));
  REQUIRE(last.phases.size() == 1);
  CHECK(last.phases[0].result.victim_ps == 2);  // simulate_nothing() puts the seed there
  CHECK_FALSE(last.phases[0].result.accounts.empty());
  REQUIRE(experiment.machines.size() == 1);
  CHECK(experiment.machines[0].name == "power9-2x16");
}

TEST_CASE("points that failed have their message, and those that were not run are missing") {
  const SweepFolder folder;
  (void)folder.write_plan(kTwoAxes);
  REQUIRE(folder
              .sweep({},
                     [](const RunRequest& request) {
                       if (request.seed == 2) {
                         throw mmu::UserError("the seed is unlucky");
                       }
                       return simulate_nothing(request);
                     })
              .code != ExitCode::internal);
  Sqlite(folder.results(), Sqlite::Mode::write)
      .execute(
          "DELETE FROM point WHERE seed = 1 AND kernel = 'ipi';"
          "DELETE FROM result WHERE point NOT IN (SELECT hash FROM point)");
  const Experiment experiment = read_experiments(folder.results()).front();
  CHECK(experiment.points[0].state == State::missing);
  CHECK_THAT(experiment.points[0].message, Contains("not run yet"));
  CHECK(experiment.points[1].state == State::done);
  CHECK(experiment.points[2].state == State::failed);
  CHECK_THAT(experiment.points[2].message, Contains("the seed is unlucky"));
}

TEST_CASE("axes in turn are settings of the points whose turn it is, so that sensitivities can be told") {
  const SweepFolder folder;
  (void)folder.write_plan(
      "kernels = [\"ipi\"]\n"
      "[[axis]]\nvary = \"seed\"\nin_turn = \"costs\"\nvalues = [2, 3]\n"
      "[[axis]]\nvary = \"fabric.tlbie.issue\"\nin_turn = \"costs\"\nvalues = \"range\"\n");
  REQUIRE(folder.sweep().code == ExitCode::success);
  const Experiment experiment = read_experiments(folder.results()).front();
  REQUIRE(experiment.points.size() == 5);
  CHECK(experiment.points[0].settings.empty());
  CHECK(report::page::setting_of(experiment.points[2], "seed").value == "3");
  REQUIRE(experiment.points[3].settings.size() == 1);
  CHECK(experiment.points[3].settings[0].axis == "fabric.tlbie.issue");
  CHECK(report::page::sensitivities(experiment, "munmap").at(0).bars.size() == 2);
}

TEST_CASE("a point of two plans has the axes of the plan in which it is told") {
  const SweepFolder folder;
  (void)folder.write_plan(kTwoAxes);
  REQUIRE(folder.sweep().code == ExitCode::success);
  (void)folder.write_plan(
      "name = \"one\"\nkernels = [\"ipi\"]\n[[axis]]\nvary = \"option.size\"\nvalues = [\"4MiB\"]\n");
  REQUIRE(folder.sweep().code == ExitCode::success);
  const std::vector<Experiment> experiments = read_experiments(folder.results());
  REQUIRE(experiments.size() == 2);
  CHECK(experiments[0].title == "Sweep one");
  REQUIRE(experiments[0].points.size() == 1);
  CHECK(experiments[0].points[0].phases.size() == 1);
  CHECK(report::page::setting_of(experiments[0].points[0], "option.size").value == "4MiB");
}

TEST_CASE("what is no sweep's database is refused with the reason") {
  const SweepFolder folder;
  CHECK_THAT(complaint_about(folder.write("text.sqlite", "not a database, and long enough to be looked at")),
             Contains("text.sqlite: cannot be read: "));
  Sqlite(folder.file("other.sqlite"), Sqlite::Mode::create).execute("CREATE TABLE t(x)");
  CHECK_THAT(complaint_about(folder.file("other.sqlite")),
             Contains("of something else; expected p9mmu.sweep/1"));
  Sqlite(folder.file("newer.sqlite"), Sqlite::Mode::create)
      .execute("CREATE TABLE meta(key, value); INSERT INTO meta VALUES('schema', 'p9mmu.sweep/2')");
  CHECK_THAT(complaint_about(folder.file("newer.sqlite")), Contains("of schema p9mmu.sweep/2"));
  CHECK_THAT(complaint_about(folder.file("none.sqlite")), Contains("none.sqlite"));
}

}  // namespace
}  // namespace p9mmu::model
