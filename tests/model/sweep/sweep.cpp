// p9mmu sweep as a whole, with points that do what the test needs.
#include "model/sweep/sweep.h"

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "mmu/error.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using Rows = std::vector<std::string>;

constexpr const char* kSixPoints = R"(
name = "six"
kernels = ["ipi", "ipi-free"]
[[axis]]
vary = "seed"
values = [1, 2, 3]
)";

[[noreturn]] void stay() {
  for (;;) {
    ::pause();
  }
}

TEST_CASE("a sweep records every point and says so, with as many processes as are wanted") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const std::string jobs = GENERATE("1", "2", "8");
  const Outcome outcome = folder.sweep({"-j", jobs});
  CHECK(outcome.code == ExitCode::success);
  CHECK(outcome.out == "six: 6 of 6 points are done, 6 of them now; " + folder.results() + "\n");
  CHECK(outcome.err.empty());
  CHECK(query(folder.results(),
              "SELECT plan_point.number, point.kernel, setting.value, victim_ps, elapsed_ps, published_ms "
              "FROM plan_point "
              "JOIN point ON point.hash = plan_point.point JOIN setting ON setting.point = point.hash JOIN "
              "result ON result.point = point.hash ORDER BY plan_point.number") ==
        Rows{"1|ipi|1|1|1000000|0.002", "2|ipi-free|1|1|1000000|0.002", "3|ipi|2|2|1000000|0.002",
             "4|ipi-free|2|2|1000000|0.002", "5|ipi|3|3|1000000|0.002", "6|ipi-free|3|3|1000000|0.002"});
  CHECK(query(folder.results(), "SELECT count(*), min(seconds) >= 0, min(peak_bytes) > 0 FROM host") ==
        Rows{"6|1|1"});
}

TEST_CASE("the finished file stands alone") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  REQUIRE(folder.sweep().code == ExitCode::success);
  for (const char* companion : {"-wal", "-shm", "-lock"}) {
    CHECK_FALSE(std::filesystem::exists(folder.results() + companion));
  }
}

TEST_CASE("a second sweep does nothing, and one of a larger plan only what is missing") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  REQUIRE(folder.sweep().code == ExitCode::success);
  const auto written = std::filesystem::last_write_time(folder.results());
  const Environment::Simulate never = [](const RunRequest&) -> std::vector<report::PhaseResult> {
    ::abort();
  };
  const Outcome again = folder.sweep({}, never);
  CHECK(again.code == ExitCode::success);
  CHECK(again.out == "six: 6 of 6 points are done, 0 of them now; " + folder.results() + "\n");
  CHECK(std::filesystem::last_write_time(folder.results()) == written);
  (void)folder.write_plan(
      "name = \"more\"\nkernels = [\"ipi\", \"ipi-free\", \"ipi-free-flush\"]\n[[axis]]\nvary = "
      "\"seed\"\nvalues = [1, 2, 3]\n");
  CHECK(folder.sweep().out == "more: 9 of 9 points are done, 3 of them now; " + folder.results() + "\n");
  CHECK(query(folder.results(), "SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM point)") ==
        Rows{"2|9"});
}

TEST_CASE("points that are the same run are run once") {
  const SweepFolder folder;
  (void)folder.write_plan(
      "kernels = [\"ipi\"]\n[[axis]]\nvary = \"fabric.tlbie.issue\"\nvalues = [\"370ns\", \"370 ns\"]");
  CHECK_THAT(folder.sweep().out, Contains("2 of 2 points are done, 1 of them now"));
  CHECK(query(folder.results(), "SELECT count(*), count(DISTINCT point) FROM plan_point") == Rows{"2|1"});
}

struct Misfortune {
  const char* name;
  std::function<void()> happen;
  const char* message;
  int lost;
};

TEST_CASE("a point that crashes, hangs or fails is recorded with its message and disturbs no other") {
  const auto& [name, happen, message, lost] = GENERATE(values<Misfortune>({
      {"a mistake of the script", [] { throw mmu::UserError("a.lua", 3, "no such page"); },
       "a.lua:3: no such page", 0},
      {"an exception", [] { throw std::runtime_error("something broke"); }, "failed: something broke", 0},
      {"an abort",
       [] {
         std::signal(SIGABRT, SIG_DFL);  // not the test program's own handler
         std::cerr << "check failed:\n x == 1" << std::endl;
         ::abort();
       },
       "its process was killed by signal 6 (SIGABRT): check failed:  x == 1", 0},
      {"an exit", [] { ::_exit(3); }, "its process ended with status 3 and without a result", 0},
      {"too long", stay, "took longer than the time limit of 0.200 s", 0},
      {"killed from outside", [] { ::kill(::getpid(), SIGKILL); },
       "its process was killed by signal 9 (SIGKILL)", 1},
      {"terminated from outside", [] { ::kill(::getpid(), SIGTERM); },
       "its process was killed by signal 15 (SIGTERM)", 1},
  }));
  CAPTURE(name);
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const auto& happens = happen;
  const Outcome outcome = folder.sweep({"-j", "2", "--time-limit", "0.2s"}, [&](const RunRequest& request) {
    if (request.seed == 2 && request.kernel == "ipi") {
      happens();
    }
    return simulate_nothing(request);
  });
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK(outcome.err == "p9mmu: point 3 (seed 2, kernel ipi): " + std::string(message) + "\n");
  CHECK_THAT(outcome.out, Contains("5 of 6 points are done, 5 of them now; 1 "));
  CHECK(
      query(folder.results(), "SELECT state, message, lost, kernel, seed FROM point WHERE state <> 'done'") ==
      Rows{"failed|" + std::string(message) + "|" + std::to_string(lost) + "|ipi|2"});
  CHECK(query(folder.results(), "SELECT count(*) FROM result") == Rows{"5"});
}

TEST_CASE("a point that needs more than its memory is recorded as such") {
  const SweepFolder folder;
  (void)folder.write_plan("kernels = [\"ipi\"]\n[limit]\nmemory = \"3GiB\"\n");
  const Outcome outcome = folder.sweep({}, [](const RunRequest& request) {
    struct rlimit bound {};
    ::getrlimit(RLIMIT_AS, &bound);
    if (bound.rlim_cur == std::uint64_t{3} << 30) {
      const std::vector<char> much(std::size_t{4} << 30);
      return std::vector<report::PhaseResult>(much.size() & 1);
    }
    throw std::bad_alloc();  // under the address sanitizer there is no limit
    return simulate_nothing(request);
  });
  CHECK(outcome.code == ExitCode::mismatch);
  CHECK(query(folder.results(), "SELECT message FROM point") ==
        Rows{"needed more than the memory limit of 3,072 MiB"});
}

TEST_CASE("failed points are left alone unless they are asked for, those ended from outside are not") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const Environment::Simulate bad = [](const RunRequest& request) {
    if (request.seed == 1) {
      throw mmu::UserError("wrong");
    }
    if (request.seed == 2) {
      ::kill(::getpid(), SIGKILL);
    }
    return simulate_nothing(request);
  };
  const Outcome first = folder.sweep({}, bad);
  CHECK(first.out ==
        "six: 2 of 6 points are done, 2 of them now; 2 failed (--rerun-failed does them again); 2 ended from "
        "outside (the same command does them again); " +
            folder.results() + "\n");
  const Outcome second = folder.sweep();
  CHECK(second.code == ExitCode::mismatch);
  CHECK_THAT(second.out, Contains("4 of 6 points are done, 2 of them now; 2 failed"));
  const Outcome third = folder.sweep({"--rerun-failed"});
  CHECK(third.code == ExitCode::success);
  CHECK_THAT(third.out, Contains("6 of 6 points are done, 2 of them now"));
  const SweepFolder other;
  CHECK(query(folder.results(), "SELECT count(*) FROM point WHERE message IS NOT NULL OR lost") == Rows{"0"});
}

TEST_CASE("inputs that do not go together are a failed point, not the end of the sweep") {
  const SweepFolder folder;
  (void)folder.write_plan(
      "kernels = [\"ipi\"]\n[[axis]]\nvary = \"cpus\"\nvalues = [64, 68]\n"
      "[[axis]]\nvary = \"topology.cores_per_chip\"\nvalues = [1, 16]\n");
  CHECK(folder.sweep().code == ExitCode::mismatch);
  CHECK(query(folder.results(),
              "SELECT state, cpus, message, machine_hash IS NULL FROM point ORDER BY state, cpus") ==
        Rows{"done|64|null|0", "done|64|null|0", "done|68|null|0",
             "failed|null|--cpus: 68 is not a multiple of the 64 CPUs of a chip; nearest: 64 and 128|1"});
}

TEST_CASE("a CPU count that no point can have is refused with the plan's line, before anything runs") {
  const SweepFolder folder;
  (void)folder.write_plan("kernels = [\"ipi\"]\n[[axis]]\nvary = \"cpus\"\nvalues = [64, 65]\n");
  const Outcome outcome = folder.sweep();
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK_THAT(outcome.err, Contains(".toml:") && Contains("65 is not a multiple of the 64 CPUs of a chip"));
  CHECK_FALSE(std::filesystem::exists(folder.results()));
}

TEST_CASE("points that are the same run are counted as such") {
  const SweepFolder folder;
  (void)folder.write_plan(
      "kernels = [\"ipi\"]\n[[axis]]\nvary = \"cpus\"\nvalues = [64, 128]\n"
      "[[axis]]\nvary = \"fabric.tlbie.issue\"\nin_turn = \"costs\"\n"
      "values = [\"370 ns\", \"400 ns\"]\n");
  CHECK_THAT(folder.sweep().out, Contains("6 of 6 points are done, 4 of them now; 2 are the same as others"));
}

TEST_CASE("an interrupt keeps what has ended, and the same command does the rest") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const Outcome outcome = folder.sweep({"-j", "1"}, [&](const RunRequest& request) {
    if (request.seed == 2) {
      ::kill(::getppid(), signal);
      stay();
    }
    return simulate_nothing(request);
  });
  CHECK(outcome.code == ExitCode::interrupted);
  CHECK(outcome.err == "p9mmu: interrupted; the same command does the rest\n");
  CHECK(query(folder.results(), "SELECT count(*) FROM point WHERE seed = 2") == Rows{"0"});
  CHECK(folder.sweep().code == ExitCode::success);
  const SweepFolder undisturbed;
  CHECK(query(folder.results(), "SELECT count(*) FROM point WHERE state = 'done'") == Rows{"6"});
}

TEST_CASE("an interrupt that reaches the points' processes first does not count against them") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const Outcome outcome =
      folder.sweep({"-j", "1"}, [&](const RunRequest&) -> std::vector<report::PhaseResult> {
        ::kill(::getpid(), SIGINT);
        stay();
      });
  CHECK(outcome.code == ExitCode::interrupted);
  CHECK(query(folder.results(), "SELECT count(*) FROM point") == Rows{"0"});
}

TEST_CASE("a file that is no sweep's database is left alone") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const std::string problem = "p9mmu: " + folder.results() +
                              ": is not a database of a sweep's results; expected one, or a new name\n";
  SECTION("a text") {
    (void)folder.write("results.sqlite", std::string(5000, 'x'));
  }
  SECTION("another database") {
    Sqlite(folder.results(), Sqlite::Mode::create).execute("CREATE TABLE meta(key TEXT, value TEXT)");
  }
  const std::string before = read_whole(folder.results());
  const Outcome outcome = folder.sweep();
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == problem);
  CHECK(read_whole(folder.results()) == before);
}

TEST_CASE("what a killed writer has left half-done is undone by whoever opens the file next") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  REQUIRE(folder.sweep().code == ExitCode::success);
  const std::string content = canonical_content(folder.results());
  Child writer([&folder] {
    Sqlite sqlite(folder.results(), Sqlite::Mode::write);
    // Too much for so small a cache, so that part of it is in the file already.
    sqlite.execute("PRAGMA cache_size=1; BEGIN IMMEDIATE; UPDATE point SET message = hex(randomblob(9000))");
    ::kill(::getpid(), SIGKILL);
    return std::string();
  });
  while (!writer.ended()) {
    writer.read_some();
  }
  REQUIRE(std::filesystem::exists(folder.results() + "-journal"));
  CHECK(folder.sweep({"--dry-run"}).code == ExitCode::success);
  CHECK(canonical_content(folder.results()) == content);
}

TEST_CASE("a database of which nothing but the name has been made is one") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  (void)folder.write("results.sqlite", "");
  CHECK(folder.sweep().code == ExitCode::success);
}

TEST_CASE("the options --set and --option fix what the plan does not vary, and are kept with the plan") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  CHECK(folder.sweep({"--option", "size=2MiB", "--set", "fabric.tlbie.issue=400ns"}).code ==
        ExitCode::success);
  CHECK(query(folder.results(),
              "SELECT DISTINCT inputs ->> '$.options.size', inputs ->> '$.set.\"fabric.tlbie.issue\"' FROM "
              "point") == Rows{"2MiB|400 ns"});
  CHECK_THAT(query(folder.results(), "SELECT text FROM plan").front(),
             Contains("# --set fabric.tlbie.issue = 400ns\n# --option option.size = 2MiB\n"));
  CHECK(folder.sweep({"--option", "sise=2MiB"}).err ==
        "p9mmu: --option: " + folder.file("a.lua") + " has no option 'sise' (did you mean 'size'?)\n");
  CHECK(folder.sweep({"--set", "fabric.tlbie.isue=1ns"}).err ==
        "p9mmu: --set: unknown parameter 'fabric.tlbie.isue' (did you mean 'fabric.tlbie.issue'?)\n");
  CHECK(folder.sweep({"--set", "x"}).err ==
        "p9mmu: --set: 'x' is not NAME=VALUE; expected one such as fabric.tlbie.issue=400ns\n");
  (void)folder.write_plan("[[axis]]\nvary = \"option.size\"\nvalues = [\"2MiB\"]");
  CHECK(folder.sweep({"--option", "size=4MiB"}).err ==
        "p9mmu: --option: option.size varies in the plan, at line 2; expected something that does not\n");
}

TEST_CASE("what is wrong with a sweep's options is told before anything runs") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const auto [words, line] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"-j", "0"}, "p9mmu: --jobs: nobody would run anything; expected at least 1\n"},
      {{"-j", "x"}, "p9mmu: --jobs: 'x' is not a whole number from 0 to 4096\n"},
      {{"--time-limit", "x"},
       "p9mmu: --time-limit: 'x' is not a time limit; expected one such as 30s, 5min or 2h\n"},
      {{"--memory-limit", "1K"},
       "p9mmu: --memory-limit: '1K' is not a memory limit; expected one of at least 64MiB, such as 2GiB\n"},
  }));
  const Outcome outcome = folder.sweep(words);
  CHECK(outcome.code == ExitCode::user_mistake);
  CHECK(outcome.err == line);
  CHECK_FALSE(std::filesystem::exists(folder.results()));
  const Outcome without = run_words({"sweep", folder.file("plan.toml")});
  CHECK(without.err == "p9mmu: --output is missing; expected p9mmu sweep PLAN.toml -o FILE.sqlite\n");
  const Outcome absent = run_words({"sweep", folder.file("none.toml"), "-o", folder.results()});
  CHECK(absent.err == "p9mmu: " + folder.file("none.toml") + ": cannot be read: No such file or directory\n");
}

TEST_CASE("what is left is estimated from what is recorded, if that is enough") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  (void)folder.sweep({"-j", "1"}, [](const RunRequest& request) {
    if (request.seed == 3) {
      ::kill(::getpid(), SIGKILL);
    }
    return simulate_nothing(request);
  });
  Sqlite(folder.results(), Sqlite::Mode::write).execute("UPDATE host SET seconds = 99.995");
  CHECK_THAT(folder.sweep({"--dry-run", "-j", "1"}).out,
             Contains("estimate: about 3 min for 2 points, 1 at a time; from 4 points that are recorded\n"));
}

TEST_CASE("the option --dry-run lists the points and what is known of them, and writes nothing") {
  const SweepFolder folder;
  (void)folder.write_plan(kSixPoints);
  const Outcome outcome = folder.sweep({"--dry-run"});
  CHECK(outcome.code == ExitCode::success);
  CHECK_THAT(outcome.out, Catch::StartsWith("six: 6 points: 3 of seed x 2 kernels\n\n"
                                            "point  seed  kernel    state\n"
                                            "    1     1  ipi       to do\n"
                                            "    2     1  ipi-free  to do\n"));
  CHECK_THAT(outcome.out, Contains("\n\nestimate: about 1 s for 6 points, ") &&
                              Catch::EndsWith(" at a time; from a sample of 4\n"));
  CHECK_FALSE(std::filesystem::exists(folder.results()));
  REQUIRE(folder.sweep().code == ExitCode::success);
  CHECK_THAT(folder.sweep({"--dry-run"}).out,
             Contains("    6     3  ipi-free  done\n") && Contains("\n\nestimate: nothing is left to do\n"));
}

}  // namespace
}  // namespace p9mmu::model
