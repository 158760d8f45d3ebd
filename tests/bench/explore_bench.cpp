// How many interleavings a second the explorer tries, over the shipped scenarios in which two CPUs take part,
// and the floor: as many steps that do nothing but resume a coroutine and note what it touched. What counts
// is the ratio of the two in one run; seconds depend on the host.
#include <benchmark/benchmark.h>

#include <coroutine>
#include <cstdint>
#include <string>
#include <vector>

#include "model/explore/shipped.h"
#include "model/explore/verdict.h"
#include "model/machine/resolve.h"
#include "workloads/linux/policy.h"

namespace {

using p9mmu::model::Machine;
using p9mmu::model::MachineChoice;
using p9mmu::model::resolve_machine;
using namespace p9mmu::model::explore;

Scenario shipped(const std::string& name) {
  static const Machine machine = resolve_machine(MachineChoice{});
  p9mmu::workloads::KernelPolicy policy = p9mmu::workloads::kernel_policy("ipi-free");
  policy.walkers = p9mmu::workloads::walker_policy("new");
  return read_scenario(machine, policy, {name + ".lua", std::string(*shipped_scenario(name))}, 1, {});
}

void interleavings(benchmark::State& state, const std::string& name) {
  const Scenario scenario = shipped(name);
  SearchLimits limits;
  limits.schedules = 2'000;
  double tried = 0;
  double steps = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    const Verdict verdict = explore(scenario, Reduction::full, limits, nullptr);
    tried += static_cast<double>(verdict.search.interleavings + verdict.search.redundant);
    steps += static_cast<double>(verdict.search.steps);
  }
  state.counters["interleavings"] = benchmark::Counter(tried, benchmark::Counter::kIsRate);
  state.counters["steps"] = benchmark::Counter(steps, benchmark::Counter::kIsRate);
}

/// A coroutine that suspends before each step.
struct Steps {
  struct promise_type {
    Steps get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};

Steps take_steps(std::vector<std::uint64_t>& touched, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    touched.push_back(i);
    co_await std::suspend_always{};
  }
}

void floor_of_steps(benchmark::State& state) {
  constexpr unsigned kSteps = 40;
  std::vector<std::uint64_t> touched;
  double tried = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    touched.clear();
    const Steps steps = take_steps(touched, kSteps);
    while (!steps.handle.done()) {
      steps.handle.resume();
    }
    steps.handle.destroy();
    benchmark::DoNotOptimize(touched.data());
    ++tried;
  }
  state.counters["interleavings"] = benchmark::Counter(tried, benchmark::Counter::kIsRate);
  state.counters["steps"] = benchmark::Counter(tried * kSteps, benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("floor_of_steps", floor_of_steps);
  for (const std::string& name : shipped_scenario_names()) {
    if (shipped(name).cpus.size() == 2) {
      benchmark::RegisterBenchmark(("interleavings/" + name).c_str(), interleavings, name)
          ->Unit(benchmark::kMillisecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
