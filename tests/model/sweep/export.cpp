#include "model/sweep/export.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "mmu/error.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Json = nlohmann::json;

/// Three points: one done, one failed, one that is not run.
void fill(const SweepFolder& folder) {
  (void)folder.write_plan(R"(
name = "three"
question = "what, \"now\"?"
kernels = ["ipi"]
[[axis]]
vary = "seed"
values = [1, 2, 3]
[[axis]]
vary = "linux.silicon"
values = ["dd2.3"]
)");
  (void)folder.sweep({"-j", "1"}, [](const RunRequest& request) {
    if (request.seed == 2) {
      throw mmu::UserError("a, b");
    }
    return simulate_nothing(request);
  });
  Sqlite(folder.results(), Sqlite::Mode::write)
      .execute(
          "DELETE FROM result WHERE point IN (SELECT hash FROM point WHERE seed = 3);"
          "DELETE FROM point WHERE seed = 3");
}

TEST_CASE("export prints a row for each point as CSV, with its place on the axes and every counter") {
  const SweepFolder folder;
  fill(folder);
  const Outcome outcome = run_words({"export", folder.results()});
  CHECK(outcome.code == ExitCode::success);
  const std::string script = folder.file("a.lua");
  const std::string command = "p9mmu run " + script + " --kernel ipi --set linux.silicon=dd2.3 --seed ";
  CHECK(outcome.out ==
        "plan,number,state,message,kernel,machine,script,cpus,seed,axis:seed,axis:linux.silicon,phase,"
        "elapsed_ps,victim_ps,published_ms,published_is,published_ratio,pmds_cleared,ipis_sent,ipi_rounds,"
        "tlbie_count,tlbiel_count,ptesync_count,tlbsync_count,hwsync_count,command\n"
        "three,1,done,,ipi,power9-2x16," +
            script + ",128,1,1,dd2.3,munmap,1000000,1,0.002,calibration,0.5,2,6,2,3,0,5,1,18," + command +
            "1\n" + "three,2,failed,\"a, b\",ipi,power9-2x16," + script + ",128,2,2,dd2.3,,,,,,,,,,,,,,," +
            command + "2\n" + "three,3,missing,,,,,,,3,dd2.3,,,,,,,,,,,,,,,\n");
}

TEST_CASE("export prints everything as JSON") {
  const SweepFolder folder;
  fill(folder);
  const Outcome outcome = run_words({"export", folder.results(), "--format", "json", "--plan", "three"});
  CHECK(outcome.code == ExitCode::success);
  const Json root = Json::parse(outcome.out);
  CHECK(root["schema"] == "p9mmu.sweep-results/1");
  const Json plan = root["plans"][0];
  CHECK(plan["question"] == "what, \"now\"?");
  CHECK(plan["axes"] == Json({"seed", "linux.silicon"}));
  CHECK(plan["points"][0]["results"][0]["counters"].size() == 8);
  CHECK_FALSE(plan["points"][0]["results"][0].contains("host_seconds"));
  CHECK(plan["points"][0]["settings"]["linux.silicon"]["number"] == 1);
  CHECK(plan["points"][1]["message"] == "a, b");
  CHECK(plan["points"][2]["state"] == "missing");
  const std::string machine = plan["points"][0]["machine_hash"];
  CHECK(root["machines"][machine]["parameters"].size() > 90);
}

TEST_CASE("export says what it was not given") {
  const SweepFolder folder;
  const std::string path = folder.results();
  const auto problem = [](const std::vector<std::string>& words) { return run_words(words).err; };
  CHECK(problem({"export", path}) ==
        "p9mmu: " + path + ": there is no such file, or nothing in it; expected a sweep's results\n");
  fill(folder);
  CHECK(problem({"export", path, "--plan", "tree"}) ==
        "p9mmu: " + path + ": has no plan 'tree' (did you mean 'three'?)\n");
  CHECK(problem({"export", path, "--format", "xml"}) ==
        "p9mmu: --format: unknown 'xml'; expected one of csv, json\n");
  (void)folder.write("results.sqlite", std::string(4096, 'x'));
  CHECK(problem({"export", path}) ==
        "p9mmu: " + path + ": is not a database of a sweep's results; expected one, or a new name\n");
}

}  // namespace
}  // namespace p9mmu::model
