// Whatever ends a sweep, what has ended before is kept, and the same command makes the same content of it as
// a sweep that nobody disturbed.
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/model/sweep/sample_sweep.h"
#include "tests/support/random.h"
#include "tests/sweep/program.h"

namespace p9mmu::tests {
namespace {

using Catch::Contains;
using model::canonical_content;
using model::query;
using model::SweepFolder;
using std::chrono::microseconds;
using Rows = std::vector<std::string>;

constexpr const char* kPlan = R"(
name = "endings"
kernels = ["ipi", "ipi-free-flush"]
[[axis]]
vary = "seed"
linear = {from = 1, to = 5, step = 1}
[[axis]]
vary = "fabric.tlbie.issue"
values = ["350 ns", "440 ns"]
)";

/// A plan, and what an undisturbed sweep of it records.
class Experiment {
 public:
  Experiment() {
    (void)folder_.write_plan(kPlan);
    const auto begin = std::chrono::steady_clock::now();
    const Program::End end = run_p9mmu(words("undisturbed.sqlite"));
    duration_ = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
    INFO(end.err);
    REQUIRE(end.status == 0);
    content_ = canonical_content(folder_.file("undisturbed.sqlite"));
  }

  [[nodiscard]] Rows words(const std::string& database) const {
    return {"sweep", folder_.file("plan.toml"), "-o", folder_.file(database), "-j", "2"};
  }
  [[nodiscard]] Rows program(const std::string& database) const {
    Rows all = {P9MMU_PROGRAM};
    const Rows rest = words(database);
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] const std::string& content() const { return content_; }
  /// On this computer, now.
  [[nodiscard]] microseconds duration() const { return duration_; }

  void check_whole(const std::string& database) const {
    CHECK(query(folder_.file(database), "PRAGMA integrity_check") == Rows{"ok"});
    CHECK(canonical_content(folder_.file(database)) == content_);
  }
  void remove(const std::string& database) const {
    for (const char* companion : {"", "-wal", "-shm", "-lock"}) {
      std::filesystem::remove(folder_.file(database) + companion);
    }
  }

 private:
  SweepFolder folder_;
  microseconds duration_{};
  std::string content_;
};

/// Some moment of a sweep.
microseconds moment(testing::Random& random, const Experiment& experiment) {
  return microseconds(random.below(static_cast<std::uint32_t>(experiment.duration().count())));
}

TEST_CASE("kill -9 of a sweep at random moments costs nothing that the same command does not bring back") {
  constexpr std::uint32_t kSeed = 5;
  CAPTURE(kSeed);
  testing::Random random(kSeed);
  const Experiment experiment;
  int complete = 0;
  for (int killed = 0; killed < 20;) {
    Program sweep(experiment.program("killed.sqlite"));
    if (sweep.wait(moment(random, experiment))) {
      CHECK(sweep.end().status == 0);
      experiment.check_whole("killed.sqlite");
      experiment.remove("killed.sqlite");
      ++complete;
      continue;
    }
    sweep.kill(SIGKILL);
    // On a fast host it may have come to its end before.
    CHECK((sweep.end().status == -SIGKILL || sweep.end().status == 0));
    ++killed;
  }
  CAPTURE(complete);
  CHECK(run_p9mmu(experiment.words("killed.sqlite")).status == 0);
  experiment.check_whole("killed.sqlite");
}

TEST_CASE(
    "kill -9 of a point's process at random moments costs that point, which the same command does again") {
  constexpr std::uint32_t kSeed = 6;
  CAPTURE(kSeed);
  testing::Random random(kSeed);
  const Experiment experiment;
  for (int killed = 0; killed < 20;) {
    Program sweep(experiment.program("killed.sqlite"));
    if (!sweep.wait(moment(random, experiment))) {
      const std::vector<pid_t> points = children_of(sweep.pid());
      if (!points.empty()) {
        ::kill(points[random.below(static_cast<std::uint32_t>(points.size()))], SIGKILL);
        ++killed;
      }
    }
    const Program::End end = sweep.end();
    INFO(end.err);
    if (end.status == 0) {
      experiment.check_whole("killed.sqlite");
      experiment.remove("killed.sqlite");
    } else {
      CHECK(end.status == 1);
      CHECK_THAT(end.err, Contains("its process was killed by signal 9 (SIGKILL)"));
    }
  }
  while (run_p9mmu(experiment.words("killed.sqlite")).status != 0) {
  }
  experiment.check_whole("killed.sqlite");
}

TEST_CASE("no process of a killed sweep stays behind") {
  const Experiment experiment;
  Program sweep(experiment.program("killed.sqlite"));
  std::vector<pid_t> points;
  while (points.empty() && !sweep.wait(microseconds(100))) {
    points = children_of(sweep.pid());
  }
  sweep.kill(SIGKILL);
  (void)sweep.end();
  for (const pid_t point : points) {
    CHECK(process_ends(point, std::chrono::seconds(10)));
  }
}

TEST_CASE("Ctrl-C keeps what has ended, and the same command does the rest") {
  const Experiment experiment;
  Program sweep(experiment.program("interrupted.sqlite"));
  while (children_of(sweep.pid()).empty() && !sweep.wait(microseconds(100))) {
  }
  sweep.kill(SIGINT);
  const Program::End end = sweep.end();
  CHECK(end.status == 130);
  CHECK(end.err == "p9mmu: interrupted; the same command does the rest\n");
  CHECK(run_p9mmu(experiment.words("interrupted.sqlite")).status == 0);
  experiment.check_whole("interrupted.sqlite");
}

/// A file system of its own, of a given size, in a name space that ends with this process.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) { std::filesystem::create_directory(path); }

  /// False if mounting is not permitted here.
  [[nodiscard]] bool mount(const std::string& size) const {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("p9mmu", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  void change(unsigned long flags, const std::string& size) const {
    REQUIRE(::mount("p9mmu", path_.c_str(), "tmpfs", MS_REMOUNT | flags, ("size=" + size).c_str()) == 0);
  }

 private:
  std::string path_;
};

TEST_CASE("a full disk is told, leaves a valid file, and costs nothing once there is room") {
  const Experiment experiment;
  const SmallDisk disk(experiment.file("disk"));
  if (!disk.mount("200K")) {
    WARN("skipped: mounting a file system is not permitted here");
    return;
  }
  const std::string database = "disk/results.sqlite";
  const Program::End end = run_p9mmu(experiment.words(database));
  CHECK(end.status == 74);
  CHECK_THAT(end.err, Contains("disk/results.sqlite cannot be written: database or disk is full"));
  CHECK(query(experiment.file(database), "PRAGMA integrity_check") == Rows{"ok"});
  disk.change(0, "20M");
  CHECK(run_p9mmu(experiment.words(database)).status == 0);
  experiment.check_whole(database);
}

TEST_CASE("a read-only directory is told, and what is there can still be asked for") {
  const Experiment experiment;
  const SmallDisk disk(experiment.file("disk"));
  if (!disk.mount("20M")) {
    WARN("skipped: mounting a file system is not permitted here");
    return;
  }
  const std::string database = "disk/results.sqlite";
  disk.change(MS_RDONLY, "20M");
  const Program::End nothing = run_p9mmu(experiment.words(database));
  CHECK(nothing.status == 74);
  CHECK(nothing.err == "p9mmu: " + experiment.file(database) + " cannot be written: Read-only file system\n");
  disk.change(0, "20M");
  REQUIRE(run_p9mmu(experiment.words(database)).status == 0);
  disk.change(MS_RDONLY, "20M");
  CHECK(run_p9mmu(experiment.words(database)).status == 0);
  CHECK(run_p9mmu({"export", experiment.file(database)}).status == 0);
}

TEST_CASE("a second sweep into the same file is told that there is one") {
  const Experiment experiment;
  Program first(experiment.program("shared.sqlite"));
  while (children_of(first.pid()).empty() && !first.wait(microseconds(100))) {
  }
  first.kill(SIGSTOP);
  const Program::End second = run_p9mmu(experiment.words("shared.sqlite"));
  first.kill(SIGCONT);
  CHECK(second.status == 74);
  CHECK_THAT(second.err, Contains("shared.sqlite cannot be written: another sweep is writing to it\n"));
  CHECK(first.end().status == 0);
  experiment.check_whole("shared.sqlite");
}

TEST_CASE("the recorded command gives the recorded document") {
  const Experiment experiment;
  const std::string database = experiment.file("undisturbed.sqlite");
  const std::string command =
      query(database, "SELECT command FROM point WHERE kernel = 'ipi' ORDER BY hash LIMIT 1").front();
  const std::string shell =
      "p9mmu() { " + std::string(P9MMU_PROGRAM) + " \"$@\"; }; " + command + " --format json";
  const Program::End end = Program({"sh", "-c", shell}).end();
  INFO(end.err);
  REQUIRE(end.status == 0);
  model::Sqlite(database, model::Sqlite::Mode::write).execute("CREATE TABLE run(document TEXT)");
  model::Sqlite sqlite(database, model::Sqlite::Mode::write);
  sqlite.prepare("INSERT INTO run VALUES(?)").bind(1, end.out).run();
  CHECK(query(database,
              "SELECT json_remove(run.document -> '$.results[0]', '$.host_seconds', '$.host_peak_bytes') = "
              "json(result.document) FROM run, result JOIN point ON point.hash = result.point "
              "WHERE point.kernel = 'ipi' ORDER BY point.hash LIMIT 1") == Rows{"1"});
  CHECK(query(database,
              "SELECT run.document -> '$.machine' = json(machine.document) FROM run, machine JOIN point ON "
              "point.machine_hash = machine.hash WHERE point.kernel = 'ipi' ORDER BY point.hash LIMIT 1") ==
        Rows{"1"});
}

}  // namespace
}  // namespace p9mmu::tests
