#include "model/cli/isolated_run.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <new>

#include "mmu/error.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

std::vector<RunRequest> requests() {
  const Machine machine = sample_document().machine;
  std::vector<RunRequest> result;
  for (const char* kernel : {"ipi", "ipi-free", "ipi-free-flush"}) {
    result.push_back({machine, "x.lua", {}, kernel, 1, false});
  }
  return result;
}

std::vector<std::string> kernels(const std::vector<report::PhaseResult>& results) {
  std::vector<std::string> names;
  for (const report::PhaseResult& result : results) {
    names.push_back(result.kernel);
  }
  return names;
}

[[noreturn]] void stay() {
  for (;;) {
    ::pause();
  }
}

TEST_CASE("results come in the order asked for, with what their processes used") {
  const unsigned at_once = GENERATE(0U, 1U, 2U, 8U);
  const IsolatedRuns runs = run_isolated(
      requests(),
      [](const RunRequest& request) {
        return std::vector<report::PhaseResult>{sample_result(request.kernel)};
      },
      at_once, nullptr);
  CHECK(kernels(runs.results) == std::vector<std::string>{"ipi", "ipi-free", "ipi-free-flush"});
  CHECK(runs.missing.empty());
  for (const report::PhaseResult& result : runs.results) {
    CHECK(result.host_peak_bytes > 0);
    CHECK(result.host_seconds >= 0);
    CHECK(result.accounts == sample_result("ipi").accounts);
  }
}

TEST_CASE("every run has a process of its own") {
  const IsolatedRuns runs = run_isolated(
      requests(),
      [](const RunRequest& request) {
        static int calls = 0;
        report::PhaseResult result = sample_result(request.kernel);
        result.victim_ps = ++calls;
        return std::vector<report::PhaseResult>{result};
      },
      1, nullptr);
  for (const report::PhaseResult& result : runs.results) {
    CHECK(result.victim_ps == 1);
  }
}

TEST_CASE("a result larger than a pipe holds arrives whole") {
  const IsolatedRuns runs = run_isolated(
      requests(),
      [](const RunRequest& request) {
        report::PhaseResult result = sample_result(request.kernel);
        for (int i = 0; i < 5'000; ++i) {
          result.accounts.push_back({"0", "routine" + std::to_string(i), "compute", i});
        }
        return std::vector<report::PhaseResult>{result};
      },
      2, nullptr);
  REQUIRE(runs.results.size() == 3);
  CHECK(runs.results[2].accounts.size() == 5'004);
}

TEST_CASE("the mistake told is that of the first kernel in order, whichever finds it first") {
  const auto simulate = [](const RunRequest& request) -> std::vector<report::PhaseResult> {
    if (request.kernel == "ipi") {
      return {sample_result("ipi")};
    }
    throw mmu::UserError("x.lua", 3, "wrong under " + request.kernel);
  };
  for (const unsigned at_once : {1U, 3U}) {
    CHECK(user_error([&] { (void)run_isolated(requests(), simulate, at_once, nullptr); }) ==
          "x.lua:3: wrong under ipi-free");
  }
}

TEST_CASE("a mistake ends the runs after it") {
  const auto simulate = [](const RunRequest& request) -> std::vector<report::PhaseResult> {
    if (request.kernel == "ipi") {
      throw mmu::UserError("wrong");
    }
    stay();
  };
  CHECK(user_error([&] { (void)run_isolated(requests(), simulate, 3, nullptr); }) == "wrong");
}

TEST_CASE("a run that dies or fails is told with its kernel and how it ended") {
  const auto dying = [](const RunRequest& request) -> std::vector<report::PhaseResult> {
    if (request.kernel == "ipi-free") {
      ::kill(::getpid(), SIGKILL);
    }
    if (request.kernel == "ipi-free-flush") {
      throw std::bad_alloc();
    }
    if (request.script == "exit.lua") {
      ::_exit(3);
    }
    return {sample_result(request.kernel)};
  };
  CHECK_THROWS_WITH((void)run_isolated(requests(), dying, 2, nullptr),
                    "the run under kernel ipi-free was killed by signal 9 (SIGKILL)");
  std::vector<RunRequest> some = requests();
  some.erase(some.begin(), some.begin() + 2);
  CHECK_THROWS_WITH((void)run_isolated(some, dying, 2, nullptr),
                    "the run under kernel ipi-free-flush failed: std::bad_alloc");
  some = requests();
  some[0].script = "exit.lua";
  CHECK_THROWS_WITH((void)run_isolated(some, dying, 2, nullptr),
                    "the run under kernel ipi ended with status 3 and without a result");
}

TEST_CASE("an interrupt leaves what was finished and says what is missing") {
  const auto simulate = [](const RunRequest& request) -> std::vector<report::PhaseResult> {
    if (request.kernel == "ipi-free") {
      ::kill(::getppid(), SIGINT);
      stay();
    }
    return {sample_result(request.kernel)};
  };
  const IsolatedRuns runs = run_isolated(requests(), simulate, 1, nullptr);
  CHECK(kernels(runs.results) == std::vector<std::string>{"ipi"});
  CHECK(runs.missing == std::vector<std::string>{"ipi-free", "ipi-free-flush"});
}

TEST_CASE("a child that the terminal's interrupt reached first counts as interrupted, not as failed") {
  const auto simulate = [](const RunRequest& request) -> std::vector<report::PhaseResult> {
    if (request.kernel == "ipi-free") {
      ::kill(::getpid(), SIGINT);
      stay();
    }
    return {sample_result(request.kernel)};
  };
  const IsolatedRuns runs = run_isolated(requests(), simulate, 1, nullptr);
  CHECK(runs.missing == std::vector<std::string>{"ipi-free", "ipi-free-flush"});
}

}  // namespace
}  // namespace p9mmu::model
