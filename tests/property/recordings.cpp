// Recording changes nothing, and what is recorded is what the accounts say. Random workloads, from a seed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>

#include "model/machine/resolve.h"
#include "model/trace/trace_events.h"
#include "tests/property/random_workload.h"
#include "tests/property/run_in_child.h"
#include "tests/property/script_file.h"
#include "tests/support/trace_check.h"
#include "tests/support/vcd.h"

namespace {

using p9mmu::model::RunRequest;
using p9mmu::model::TraceWindow;
using p9mmu::model::report::Json;
using p9mmu::testing::CheckedTrace;
using p9mmu::testing::TracePhase;
using p9mmu::testing::TraceSlice;
using p9mmu::testing::Vcd;
using p9mmu::testing::VcdChange;
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

/// By the signals of all threads; causes in the order of cpus::kCauseNames.
Spent spent_in_waveform(const Vcd& vcd, const RunRequest& request, const TracePhase& phase) {
  Spent spent;
  const auto& topology = request.machine.parameters.interconnect.topology;
  for (std::uint32_t cpu = 0; cpu < topology.cpus(); ++cpu) {
    const std::uint32_t core = cpu / topology.threads_per_core;
    const std::string name = "SystemC.machine.chip" + std::to_string(core / topology.cores_per_chip) +
                             ".core" + std::to_string(core % topology.cores_per_chip) + ".thread" +
                             std::to_string(cpu % topology.threads_per_core) + ".cause";
    for (const auto& [cause, ps] : vcd.durations(name, phase.begin_ps, phase.end_ps)) {
      spent[{phase.track.second == static_cast<int>(cpu) + 1,
             std::string("[") + p9mmu::cpus::kCauseNames.at(cause) + "]"}] += ps;
    }
  }
  return spent;
}

/// What a program's account tells apart only when it stops.
Spent with_programs_as_one(const Spent& spent) {
  Spent result;
  for (const auto& [key, ps] : spent) {
    const bool of_program =
        key.second == "[compute]" || key.second == "[tlbie]" || key.second == "[guest exit]";
    result[{key.first, of_program ? "[compute]" : key.second}] += ps;
  }
  return result;
}

std::int64_t rises(const std::vector<VcdChange>& changes) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < changes.size(); ++i) {
    count += changes[i].value > changes[i - 1].value ? 1 : 0;
  }
  return count;
}

/// A count's value times how long it has it.
std::int64_t summed_over_time(const std::vector<VcdChange>& changes) {
  std::int64_t sum = 0;
  for (std::size_t i = 1; i < changes.size(); ++i) {
    sum += static_cast<std::int64_t>(changes[i - 1].value) * (changes[i].at - changes[i - 1].at);
  }
  return sum;
}

std::vector<TraceSlice> slices_named(const CheckedTrace& trace, int thread, const std::string& name) {
  std::vector<TraceSlice> result;
  const auto track = trace.slices.find({1, thread});
  if (track != trace.slices.end()) {
    std::copy_if(track->second.begin(), track->second.end(), std::back_inserter(result),
                 [&](const TraceSlice& slice) { return slice.name == name; });
  }
  return result;
}

RunRequest recorded(RunRequest request, std::int64_t end_ps) {
  request.record.trace = {{TraceWindow::From::run, "", {}, p9mmu::interconnect::Time(end_ps)}, 10'000'000};
  request.record.waveform = true;
  return request;
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
    request = recorded(request, end_ps);
    p9mmu::model::Recordings recordings;
    REQUIRE(run_in_child(request, &recordings) == unrecorded);
    const Vcd vcd = p9mmu::testing::parse_vcd(recordings.waveform);
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
          const Spent in_account = spent_in_account(result);
          CHECK(spent_in_trace(trace, phase) == in_account);
          CHECK(with_programs_as_one(spent_in_waveform(vcd, request, phase)) ==
                with_programs_as_one(in_account));
        }
      }
    }
  }
}

TEST_CASE(
    "A teardown's waveform shows each cause as long as the account says, each interrupt and each snoop") {
  const std::string kernel = GENERATE(as<std::string>(), "ipi", "ipi-free", "ipi-free-flush");
  CAPTURE(kernel);
  p9mmu::model::MachineChoice choice;
  choice.sets = {"topology.chips=2", "topology.cores_per_chip=2", "topology.threads_per_core=2"};
  RunRequest request{
      p9mmu::model::resolve_machine(choice), P9MMU_SCRIPT, {{"guest", "16MiB"}}, kernel, 1, false};
  p9mmu::model::Recordings recordings;
  const Json result = Json::parse(run_in_child(recorded(request, kLong), &recordings))[0];
  const CheckedTrace trace =
      p9mmu::testing::check_trace(p9mmu::model::trace_file({recordings.trace_events}, "1"));
  const Vcd vcd = p9mmu::testing::parse_vcd(recordings.waveform);
  CHECK(vcd.timescale == "1ps");
  CHECK(recordings.waveform.find("$date") == std::string::npos);
  REQUIRE(trace.phases.size() == 1);
  CHECK(spent_in_waveform(vcd, request, trace.phases[0]) == spent_in_account(result));
  // Only CPU 0 invalidates; a core has a tlbie pending from its issue until it has been snooped.
  const std::vector<TraceSlice> tlbies = slices_named(trace, 1, "[tlbie]");
  REQUIRE(tlbies.size() == result["tlbie_count"].get<std::size_t>());
  std::vector<std::int64_t> completed(tlbies.size());
  for (int core = 0; core < 4; ++core) {
    const std::vector<TraceSlice> snoops = slices_named(trace, 9 + core, "tlbie");
    REQUIRE(snoops.size() == tlbies.size());
    std::int64_t pending = 0;
    for (std::size_t i = 0; i < tlbies.size(); ++i) {
      pending += snoops[i].end_ps - tlbies[i].begin_ps;
      completed[i] = std::max(completed[i], snoops[i].end_ps);
    }
    const std::vector<VcdChange>& changes =
        vcd.signals.at("SystemC.machine.chip" + std::to_string(core / 2) + ".core" +
                       std::to_string(core % 2) + ".snoops_pending");
    CHECK(summed_over_time(changes) == pending);
    CHECK(changes.back().value == 0);
  }
  std::int64_t outstanding = 0;
  for (std::size_t i = 0; i < tlbies.size(); ++i) {
    outstanding += completed[i] - tlbies[i].begin_ps;
  }
  CHECK(summed_over_time(vcd.signals.at("SystemC.machine.fabric.tlbies_outstanding")) == outstanding);
  std::int64_t interrupts = 0;
  for (const auto& [name, changes] : vcd.signals) {
    if (name.ends_with(".interrupt_pending")) {
      interrupts += rises(changes);
      CHECK(changes.back().value == 0);
    }
  }
  CHECK(interrupts == result["ipis_handled"].get<std::int64_t>());

  p9mmu::model::Recordings exact;
  request.exact_events = true;
  (void)run_in_child(recorded(request, kLong), &exact);
  CHECK(exact.waveform == recordings.waveform);
  CHECK(exact.trace_events == recordings.trace_events);
}

TEST_CASE("A waveform of too large a machine or too long a run is the user's mistake") {
  p9mmu::model::MachineChoice choice;
  choice.cpus = 512;
  RunRequest request{
      p9mmu::model::resolve_machine(choice), P9MMU_SCRIPT, {{"guest", "2MiB"}}, "ipi", 1, false};
  request.record.waveform = true;
  p9mmu::model::Recordings recordings;
  CHECK(run_in_child(request, &recordings) ==
        "failed: --vcd: the machine has 512 CPUs; expected one of at most 256");

  choice.cpus = 64;
  request.machine = p9mmu::model::resolve_machine(choice);
  request.record.most_waveform_changes = 1000;
  CHECK(run_in_child(request, &recordings) ==
        "failed: --vcd: the run has more than 1000 changes to show; expected a shorter one (--trace takes a "
        "window of any run)");
}
