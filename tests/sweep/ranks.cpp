// p9mmu sweep under mpirun, several ranks on this host.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/model/sweep/sample_sweep.h"
#include "tests/sweep/program.h"

#ifdef P9MMU_MPIEXEC

namespace p9mmu::tests {
namespace {

using Catch::Contains;
using model::canonical_content;
using model::query;
using model::SweepFolder;
using Rows = std::vector<std::string>;

constexpr const char* kPlan = R"(
name = "ranks"
[[axis]]
vary = "seed"
linear = {from = 1, to = 8, step = 1}
[[axis]]
vary = "option.size"
values = ["2MiB", "4MiB", "3MiB"]
)";

/// mpirun, also as root and where there are fewer processors than ranks.
Rows over_ranks(const std::string& ranks, const Rows& words) {
  Rows all = {P9MMU_MPIEXEC, "-n", ranks, "--oversubscribe", P9MMU_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

const Rows kVariables = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                         "OMPI_MCA_plm=isolated", "OMPI_MCA_btl_vader_single_copy_mechanism=none",
                         "OMPI_MCA_btl=self,vader"};

Program::End run_ranks(const std::string& ranks, const Rows& words) {
  return Program(over_ranks(ranks, words), kVariables).end();
}

class Experiment {
 public:
  explicit Experiment(const std::string& plan = kPlan) { (void)folder_.write_plan(plan); }

  [[nodiscard]] Rows words(const std::string& database) const {
    return {"sweep", folder_.file("plan.toml"), "-o", folder_.file(database)};
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  /// As many processes of one program record.
  [[nodiscard]] std::string content_of_processes() const {
    Rows all = words("processes.sqlite");
    all.insert(all.end(), {"-j", "2"});
    (void)run_p9mmu(all);
    return canonical_content(file("processes.sqlite"));
  }

 private:
  SweepFolder folder_;
};

TEST_CASE("three ranks record what two processes record, failed points among them") {
  const Experiment experiment;  // 3 MiB is no multiple of a huge page
  const Program::End end = run_ranks("3", experiment.words("ranks.sqlite"));
  INFO(end.err);
  CHECK(end.status == 1);
  CHECK_THAT(end.out, Contains("ranks: "));
  CHECK(query(experiment.file("ranks.sqlite"), "SELECT state, count(*) > 0 FROM point GROUP BY state") ==
        Rows{"done|1", "failed|1"});
  CHECK(canonical_content(experiment.file("ranks.sqlite")) == experiment.content_of_processes());
}

TEST_CASE("ranks that have nothing to do come to an end") {
  const Experiment experiment("kernels = [\"ipi\"]");
  REQUIRE(run_ranks("3", experiment.words("ranks.sqlite")).status == 0);
  const Program::End end = run_ranks("3", experiment.words("ranks.sqlite"));
  INFO(end.err);
  CHECK(end.status == 0);
  CHECK_THAT(end.out, Contains("1 of 1 points are done, 0 of them now"));
}

TEST_CASE("a rank that is killed takes the others along, and the same command does the rest") {
  const Experiment experiment("[[axis]]\nvary = \"seed\"\nlinear = {from = 1, to = 20, step = 1}");
  Program job(over_ranks("3", experiment.words("ranks.sqlite")), kVariables);
  std::vector<pid_t> ranks;
  for (bool at_work = false; !at_work && !job.wait(std::chrono::milliseconds(1));) {
    ranks = children_of(job.pid());
    // A rank's child is what runs its points; that one's children are the points.
    at_work = ranks.size() == 3 && !children_of(ranks[2]).empty() &&
              !children_of(children_of(ranks[2]).front()).empty();
  }
  REQUIRE(ranks.size() == 3);
  ::kill(ranks[2], SIGKILL);
  CHECK(job.end().status != 0);
  if (std::filesystem::exists(experiment.file("ranks.sqlite"))) {
    CHECK(query(experiment.file("ranks.sqlite"), "PRAGMA integrity_check") == Rows{"ok"});
  }
  CHECK(run_ranks("3", experiment.words("ranks.sqlite")).status == 0);
  CHECK(canonical_content(experiment.file("ranks.sqlite")) == experiment.content_of_processes());
}

TEST_CASE("a mistake in the plan is told by one rank") {
  const Experiment experiment("kernels = [\"ipj\"]");
  const Program::End end = run_ranks("3", experiment.words("ranks.sqlite"));
  CHECK(end.status == 2);
  const std::size_t first = end.err.find("unknown kernel 'ipj'");
  CHECK(first != std::string::npos);
  CHECK(end.err.find("unknown kernel 'ipj'", first + 1) == std::string::npos);
}

TEST_CASE("the program needs no MPI unless it is one of several ranks") {
  const Program::End end = Program({"ldd", P9MMU_PROGRAM}).end();
  REQUIRE(end.status == 0);
  CHECK_THAT(end.out, Contains("libsqlite3") && !Contains("libmpi"));
}

}  // namespace
}  // namespace p9mmu::tests

#else

TEST_CASE("sweeps over ranks") {
  WARN("skipped: the program was built without MPI");
}

#endif
