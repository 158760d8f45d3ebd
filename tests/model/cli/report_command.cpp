#include <catch2/catch.hpp>

#include "model/report/json.h"
#include "tests/model/sample.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;

Outcome report_on(std::vector<std::string> words) {
  words.insert(words.begin(), "report");
  return run_words(words, simulate_nothing);
}

TEST_CASE("report makes one page from runs and sweeps together, and writes it where it is told") {
  const SweepFolder folder;
  (void)folder.write_plan(
      "name = \"plan\"\nkernels = [\"ipi\"]\n[[axis]]\nvary = \"seed\"\nvalues = [1, 2]\n");
  REQUIRE(folder.sweep().code == ExitCode::success);
  const std::string run = folder.write("run.json", report::dump(report::to_json(sample_document())));
  const Outcome outcome =
      report_on({folder.results(), run, "-o", folder.file("page.html"), "--title", "Both of them"});
  CHECK(outcome.err.empty());
  CHECK(outcome.code == ExitCode::success);
  CHECK(outcome.out.empty());
  const std::string html = read_whole(folder.file("page.html"));
  CHECK_THAT(html, Contains("<title>Both of them</title>") && Contains("<h2>Sweep plan</h2>") &&
                       Contains("<h2>Run of teardown.lua</h2>"));
  const Outcome printed = report_on({folder.results(), run, "--title", "Both of them"});
  CHECK(printed.out == html);
}

TEST_CASE("a file that report cannot take is a user's mistake, told with its name, and leaves no page") {
  const SweepFolder folder;
  const std::string name = GENERATE(as<std::string>(), "none.json", "bad.json", "");
  (void)folder.write("bad.json", "{");
  CAPTURE(name);
  const Outcome outcome =
      name.empty() ? report_on({}) : report_on({folder.file(name), "-o", folder.file("page.html")});
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK_THAT(outcome.err, Contains(name.empty() ? "FILE... is missing" : name));
  CHECK(read_whole(folder.file("page.html")).empty());
}

}  // namespace
}  // namespace p9mmu::model
