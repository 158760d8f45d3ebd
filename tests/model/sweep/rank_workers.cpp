// A sweep over ranks, with sockets between processes in the place of MPI.
#include "model/sweep/rank_workers.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>

#include "mmu/error.h"
#include "model/cli/sweep_execution.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

using Catch::Contains;
using std::chrono::milliseconds;
using Rows = std::vector<std::string>;

constexpr const char* kPlan = R"(
name = "ranks"
kernels = ["ipi", "ipi-free"]
[[axis]]
vary = "seed"
linear = {from = 1, to = 10, step = 1}
)";

/// Ranks that are joined to rank 0 by a socket each.
class SocketRanks final : public Ranks {
 public:
  SocketRanks(int rank, int size) : rank_(rank), size_(size), sockets_(static_cast<std::size_t>(size)) {}

  void connect(int to, int descriptor) { at(to) = std::make_unique<TextSocket>(descriptor); }

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] std::string host() const override { return "host " + std::to_string(rank_); }
  void send(int to, const std::string& text) override { (void)at(to)->send(text); }
  [[nodiscard]] std::optional<RankMessage> receive() override {
    for (int from = 0; from < size_; ++from) {
      if (at(from)) {
        (void)at(from)->fill();
        if (auto text = at(from)->next()) {
          return RankMessage{from, std::move(*text)};
        }
      }
    }
    return std::nullopt;
  }
  void finish() override {}

 private:
  std::unique_ptr<TextSocket>& at(int rank) { return sockets_[static_cast<std::size_t>(rank)]; }

  int rank_;
  int size_;
  std::vector<std::unique_ptr<TextSocket>> sockets_;
};

/// Rank 0 in this process, and others in processes that `be_rank` runs; it gives their exit status.
class Job {
 public:
  Job(int size, const std::function<int(Ranks&)>& be_rank) : zero_(0, size) {
    for (int rank = 1; rank < size; ++rank) {
      std::array<int, 2> ends{};
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
      const pid_t pid = ::fork();
      REQUIRE(pid >= 0);
      if (pid == 0) {
        ::close(ends[0]);
        SocketRanks ranks(rank, size);
        ranks.connect(0, ends[1]);
        ::_exit(be_rank(ranks));
      }
      ::close(ends[1]);
      zero_.connect(rank, ends[0]);
      pids_.push_back(pid);
    }
  }
  ~Job() {
    for (const pid_t pid : pids_) {
      if (pid > 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
      }
    }
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Ranks& zero() { return zero_; }
  int wait(std::size_t rank) {
    int status = 0;
    ::waitpid(pids_[rank - 1], &status, 0);
    pids_[rank - 1] = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  SocketRanks zero_;
  std::vector<pid_t> pids_;
};

SweepPlan plan_in(const SweepFolder& folder, const std::string& version = "0.1.0") {
  const std::string path = folder.file("plan.toml");
  return SweepPlan(parse_plan_file(read_whole(path), path), version);
}

SweepOrder order_in(const SweepFolder& folder, const std::string& database) {
  SweepOrder order;
  order.database = folder.file(database);
  return order;
}

int serve(Ranks& ranks, const SweepPlan& plan, const Environment::Simulate& simulate, milliseconds patience) {
  PointServer server(plan, simulate, PointLimits());
  return serve_rank(ranks, server, plan, 1, patience) ? 0 : 1;
}

Environment environment() {
  Environment environment;
  environment.simulate = simulate_nothing;
  return environment;
}

TEST_CASE("ranks record what processes record, with their crashes and mistakes") {
  const SweepFolder folder;
  (void)folder.write_plan(kPlan);
  const Environment::Simulate simulate = [](const RunRequest& request) {
    if (request.seed == 3) {
      throw mmu::UserError("wrong");
    }
    if (request.seed == 4) {
      ::_exit(3);
    }
    if (request.seed == 5) {
      ::kill(::getpid(), SIGKILL);
    }
    return simulate_nothing(request);
  };
  (void)folder.sweep({"-j", "2"}, simulate);
  const SweepPlan plan = plan_in(folder);
  const SweepOrder order = order_in(folder, "ranks.sqlite");
  PointServer server(plan, simulate, PointLimits());
  Job job(3, [&](Ranks& ranks) { return serve(ranks, plan, simulate, kRankPatience); });
  const SweepEnd end = sweep_over(job.zero(), server, plan, order, environment());
  CHECK(end.progress.ended == 20);
  CHECK(end.progress.failed == 4);
  CHECK(end.progress.lost == 2);
  CHECK_FALSE(end.workers_left);
  CHECK(job.wait(1) == 0);
  CHECK(job.wait(2) == 0);
  CHECK(canonical_content(order.database) == canonical_content(folder.results()));
}

TEST_CASE("every rank gets points") {
  const SweepFolder folder;
  (void)folder.write_plan(kPlan);
  const SweepPlan plan = plan_in(folder);
  const auto by_rank = [](int rank) {
    return [rank](const RunRequest& request) {
      report::PhaseResult result = sample_result(request.kernel);
      result.victim_ps = rank;
      ::poll(nullptr, 0, 20);  // long enough for the others to be asked
      return std::vector<report::PhaseResult>{result};
    };
  };
  PointServer server(plan, by_rank(0), PointLimits());
  Job job(3, [&](Ranks& ranks) { return serve(ranks, plan, by_rank(ranks.rank()), kRankPatience); });
  const SweepOrder order = order_in(folder, "ranks.sqlite");
  (void)sweep_over(job.zero(), server, plan, order, environment());
  CHECK(query(order.database, "SELECT DISTINCT victim_ps FROM result ORDER BY victim_ps") ==
        Rows{"0", "1", "2"});
}

TEST_CASE("a rank that falls silent loses its point, which the next sweep does again, and the others go on") {
  const SweepFolder folder;
  (void)folder.write_plan(kPlan);
  const SweepPlan plan = plan_in(folder);
  const SweepOrder order = order_in(folder, "ranks.sqlite");
  PointServer server(plan, simulate_nothing, PointLimits());
  Job job(3, [&](Ranks& ranks) {
    if (ranks.rank() == 1) {
      ranks.send(0, "hello " + plan.hash() + " 1 host");
      ::pause();
    }
    return serve(ranks, plan, simulate_nothing, kRankPatience);
  });
  const InterruptWatch watch;
  RankWorkers workers(job.zero(), server, watch, plan, 1, milliseconds(200));
  SweepEnd end;
  {
    ResultsDatabase database(order.database);
    database.add_plan(plan);
    end = run_sweep(plan, points_to_do(plan, Recorded(), false), order.limits, workers, database, nullptr);
    database.close();
  }
  CHECK(end.progress.lost == 1);
  CHECK(end.progress.ended == 20);
  CHECK_FALSE(workers.dismiss(true));
  CHECK(job.wait(2) == 1);
  CHECK(query(order.database, "SELECT message FROM point WHERE lost") ==
        Rows{"its process was killed by signal 9 (SIGKILL): rank 1 is gone"});
  (void)folder.sweep();
  (void)sweep_here(plan, order, environment());
  CHECK(canonical_content(order.database) == canonical_content(folder.results()));
}

TEST_CASE("a rank with another plan, or none, ends the sweep before anything is recorded wrongly") {
  const SweepFolder folder;
  (void)folder.write_plan(kPlan);
  const SweepPlan plan = plan_in(folder);
  const SweepPlan other = plan_in(folder, "0.0.9");
  const bool has_plan = GENERATE(true, false);
  PointServer server(plan, simulate_nothing, PointLimits());
  Job job(2, [&](Ranks& ranks) {
    if (has_plan) {
      return serve(ranks, other, simulate_nothing, kRankPatience);
    }
    report_mistake(ranks, "no such file");
    return 0;
  });
  const std::string problem = user_error([&] {
    const InterruptWatch watch;
    RankWorkers workers(job.zero(), server, watch, plan, 1);
    for (;;) {
      (void)workers.wait(milliseconds(10));
    }
  });
  CHECK(problem == (has_plan ? "rank 1 on host 1 has another plan, script or machine than rank 0, or another "
                               "version of the program; expected the same files on every host"
                             : "rank 1: no such file"));
}

TEST_CASE("a rank that does not hear from rank 0 any more comes to an end") {
  const SweepFolder folder;
  (void)folder.write_plan(kPlan);
  const SweepPlan plan = plan_in(folder);
  Job job(2, [&](Ranks& ranks) { return serve(ranks, plan, simulate_nothing, milliseconds(100)); });
  CHECK(job.wait(1) == 1);
}

TEST_CASE("a point's end survives its way between processes, whatever is in it") {
  PointEnd end;
  end.point = 7;
  end.end = {std::string("a\0b\xff", 4), "said\n", false, 6, 1.25, 1 << 30};
  end.timed_out = true;
  const PointEnd back = decode_point_end(encode(end));
  CHECK(back.point == 7);
  CHECK(back.end.text == end.end.text);
  CHECK(back.end.said == "said\n");
  CHECK_FALSE(back.end.exited);
  CHECK(back.end.status == 6);
  CHECK(back.end.seconds == 1.25);
  CHECK(back.end.peak_bytes == 1 << 30);
  CHECK(back.timed_out);
  CHECK_THROWS_WITH((void)decode_point_end(encode(end).substr(1)), Contains("damaged"));
  CHECK_THROWS_WITH((void)decode_point_end(encode(end) + "x"), Contains("damaged"));
}

}  // namespace
}  // namespace p9mmu::model
