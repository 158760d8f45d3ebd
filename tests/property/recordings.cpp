// Recording changes nothing, and what is recorded is what the accounts say. Random workloads, from a seed.
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "model/machine/resolve.h"
#include "model/trace/trace_events.h"
#include "tests/property/random_workload.h"
#include "tests/property/run_in_child.h"
#include "tests/property/script_file.h"
#include "tests/support/trace_check.h"

namespace {

using p9mmu::model::RunRequest;
using p9mmu::model::TraceWindow;
using p9mmu::model::report::Json;
using p9mmu::testing::CheckedTrace;
using p9mmu::testing::TracePhase;
using p9mmu::testing::TraceSlice;
using p9mmu::tests::run_in_child;

constexpr std::int64_t kLong = std::int64_t{1} << 60;

/// Time by (measured CPU, cause).
using Spent = std::map<std::pair<bool, std::string>, std::int64_t>;

Spent spent_in_account(const Json& result) {
  Spent spent;
  const std::string measured = std::to_string(result["measured_cpu"].get<int>());
  for (const Json& row : result["accounts"]) {
    spent[{row["cpus"] == measured, "[" + row["cause"].get<std::string>() + "]"}] +=
        row["ps"].get<std::int64_t>();
  }
  return spent;
}

Spent spent_in_trace(const CheckedTrace& trace, const TracePhase& phase) {
  Spent spent;
  for (const auto& [track, slices] : trace.slices) {
    for (const TraceSlice& slice : slices) {
      const std::int64_t begin = std::max(slice.begin_ps, phase.begin_ps);
      const std::int64_t end = std::min(slice.end_ps, phase.end_ps);
      if (slice.category == "cause" && begin < end) {
        spent[{track == phase.track, slice.name}] += end - begin;
      }
    }
  }
  return spent;
}

}  // namespace

TEST_CASE(
    "Random workloads give the same figures while they are recorded, and their traces add up to the "
    "accounts") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const p9mmu::tests::RandomWorkload workload = p9mmu::tests::random_workload(seed);
    INFO("seed " << seed << ", kernel " << workload.kernel << "\n" << workload.script);
    const p9mmu::tests::ScriptFile script(workload.script);
    p9mmu::model::MachineChoice choice;
    choice.sets = workload.sets;
    RunRequest request{
        p9mmu::model::resolve_machine(choice), script.path(), {}, workload.kernel, seed, false};
    const std::string unrecorded = run_in_child(request);
    request.exact_events = seed % 4 == 0;
    // Every third window is a short one.
    const std::int64_t end_ps = seed % 3 == 0 ? 40'000'000 : kLong;
    request.record.trace = {{TraceWindow::From::run, "", {}, p9mmu::interconnect::Time(end_ps)}, 10'000'000};
    p9mmu::model::Recordings recordings;
    REQUIRE(run_in_child(request, &recordings) == unrecorded);
    const CheckedTrace trace =
        p9mmu::testing::check_trace(p9mmu::model::trace_file({recordings.trace_events}, "1"));
    const Json results = Json::parse(unrecorded);
    if (end_ps < kLong) {
      continue;
    }
    REQUIRE(trace.phases.size() == results.size());
    for (const Json& result : results) {
      for (const TracePhase& phase : trace.phases) {
        if (phase.name == result["phase"].get<std::string>()) {
          INFO(phase.name);
          CHECK(phase.end_ps - phase.begin_ps == result["elapsed_ps"].get<std::int64_t>());
          CHECK(spent_in_trace(trace, phase) == spent_in_account(result));
        }
      }
    }
  }
}
