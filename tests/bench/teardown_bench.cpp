// How long the program takes on the machine it runs on: whole processes, started as a user starts them, and
// floors: plain loops over as many legs and operations that do nothing but the arithmetic that any model
// would need. What counts is the ratio of the two in one run; seconds depend on the host.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern char** environ;

namespace {

constexpr std::int64_t kPmds = 253'952;  // 496 GiB in pages of 2 MiB

/// Runs the program with these arguments, output thrown away; whether it ended well, and its peak memory.
bool run_program(std::vector<std::string> arguments, double& peak_mib) {
  arguments.insert(arguments.begin(), P9MMU_PROGRAM);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, P9MMU_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return false;
  }
  int status = 0;
  waitpid(pid, &status, 0);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void teardown(benchmark::State& state, const char* kernel, std::int64_t cpus, bool exact) {
  double peak_mib = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    std::vector<std::string> arguments = {"run",      P9MMU_SCRIPT, "--kernel", kernel,
                                          "--format", "json",       "--cpus",   std::to_string(cpus)};
    if (exact) {
      arguments.emplace_back("--exact-events");
    }
    if (!run_program(std::move(arguments), peak_mib)) {
      state.SkipWithError("the program failed");
      return;
    }
  }
  state.counters["peak_MiB"] = peak_mib;  // of all children so far
}

/// The floor of a run with IPIs: three passes a round over as many targets, with the adds and the maximum of
/// a leg.
void floor_of_legs(benchmark::State& state) {
  const auto targets = static_cast<std::size_t>(state.range(0) - 1);
  std::vector<std::int64_t> distance(targets);
  std::vector<std::int64_t> released(targets);
  std::vector<std::int64_t> idle_since(targets);
  for (std::size_t i = 0; i < targets; ++i) {
    distance[i] = static_cast<std::int64_t>(i * 7 % 64);
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    std::int64_t now = 0;
    for (std::int64_t round = 0; round < kPmds; ++round) {
      for (std::size_t i = 0; i < targets; ++i) {
        now += 2 * distance[i] + 14;
      }
      for (std::size_t i = 0; i < targets; ++i) {
        now += 2 * distance[i] + 33;
        const std::int64_t pending = now + 150;
        const std::int64_t waking = pending - idle_since[i] > 100'000 ? 13'956 : 693;
        released[i] = pending + waking + 4 * distance[i] + 1'600;
        idle_since[i] = released[i] + 400;
      }
      for (std::size_t i = 0; i < targets; ++i) {
        now = std::max(now, released[i]) + distance[i];
      }
      benchmark::ClobberMemory();
    }
    benchmark::DoNotOptimize(now);
  }
  state.counters["legs"] = static_cast<double>(kPmds) * static_cast<double>(targets);
}

/// The floor of a run without: as many entries written, read and cleared, and a few adds an operation.
void floor_of_operations(benchmark::State& state) {
  std::vector<std::uint64_t> entries(kPmds);
  for (auto unused : state) {
    static_cast<void>(unused);
    std::uint64_t now = 0;
    for (std::uint64_t& entry : entries) {
      entry = 1;
    }
    for (std::uint64_t& entry : entries) {
      for (int operation = 0; operation < 10; ++operation) {
        now += entry * 11;
        benchmark::DoNotOptimize(now);
      }
      entry = 0;
    }
  }
}

}  // namespace

BENCHMARK(floor_of_operations)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(floor_of_legs)->Arg(128)->Arg(1024)->Arg(4096)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi_free, "ipi-free", 128, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi_free_flush, "ipi-free-flush", 128, false)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi, "ipi", 128, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi_1024, "ipi", 1024, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi_4096, "ipi", 4096, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(teardown, ipi_exact_events, "ipi", 128, true)->Unit(benchmark::kMillisecond)->UseRealTime();

BENCHMARK_MAIN();
