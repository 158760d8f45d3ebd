#include "model/trace/timeline_recorder.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "model/trace/trace_events.h"
#include "tests/support/trace_check.h"
#include "tests/workloads/linux/fixture.h"
#include "workloads/measurement.h"

namespace p9mmu::model {
namespace {

using namespace p9mmu::workloads::testing;
using interconnect::CpuId;
using interconnect::Time;
using p9mmu::testing::check_trace;
using p9mmu::testing::CheckedTrace;
using p9mmu::testing::TraceSlice;
using workloads::Cpu;
using workloads::Mm;
using workloads::Task;

constexpr std::uint64_t kPlenty = 1'000'000;

TraceRequest from_run(Time begin, Time end, std::uint64_t most = kPlenty) {
  return {{TraceWindow::From::run, "", begin, end}, most};
}
TraceRequest whole_run() {
  return from_run(Time(), Time(INT64_MAX / 2));
}

/// A munmap of so many huge pages by CPU 0 of 16, after threads of all have run, recorded.
Timeline record_munmap(const TraceRequest& request, const Setting& setting, std::uint64_t pages = 2) {
  Bench bench(setting);
  TimelineRecorder recorder(request, bench.system);
  bench.system.set_timeline_observer(recorder);
  bench.system.set_invalidation_observer(&recorder);
  Mm& mm = bench.kernel.create_mm(mmu::PageSize::k64K);
  const mmu::EffectiveAddress start = Bench::map(mm, pages * 2 * kMiB);
  Bench::run_on_first(mm, 16);
  bench.munmap(0, mm, start, pages * 2 * kMiB);
  bench.run();
  REQUIRE(bench.accounts_add_up());
  return recorder.finish();
}

Setting under(const char* kernel, bool exact = false) {
  Setting setting;
  setting.kernel = kernel;
  setting.exact_events = exact;
  return setting;
}

CheckedTrace checked(const Timeline& timeline) {
  return check_trace(trace_file({trace_events(timeline, 1, "kernel")}, "1"));
}

int count_slices(const CheckedTrace& trace, int thread, const std::string& name) {
  const std::vector<TraceSlice>& slices = trace.slices.at({1, thread});
  return static_cast<int>(std::count_if(slices.begin(), slices.end(),
                                        [&](const TraceSlice& slice) { return slice.name == name; }));
}

/// Each CPU's stays, from the window's begin to its end, without gap.
void check_covered(const Timeline& timeline) {
  for (const std::vector<CpuSpan>& track : timeline.cpus) {
    Time until = timeline.begin;
    for (const CpuSpan& span : track) {
      CHECK(span.begin == until);
      CHECK(span.end > span.begin);
      until = span.end;
    }
    CHECK(until == timeline.end);
  }
}

TEST_CASE(
    "a round of interrupts is recorded with a flow for each, from sending by way of the handler to the end") {
  const CheckedTrace trace = checked(record_munmap(whole_run(), under("ipi", GENERATE(false, true))));
  // Two pages, 15 targets each. What a target has done when the sender looks for it costs a load alone.
  int flows = 0;
  for (const auto& [places, count] : trace.flows.at("ipi")) {
    CHECK((places == "[IPI send] [interrupt] [IPI wait]" || places == "[IPI send] [interrupt] [memory]"));
    flows += count;
  }
  CHECK(flows == 30);
  CHECK(count_slices(trace, 1, "smp_call_function_many") == 2);
  CHECK(count_slices(trace, 1, "[IPI send]") == 30);
  for (int thread = 2; thread <= 16; ++thread) {
    CHECK(count_slices(trace, thread, "doorbell_exception") == 2);
    CHECK(count_slices(trace, thread, "flush_smp_call_function_queue") == 2);
    CHECK(count_slices(trace, thread, "[idle wake]") == 2);
  }
}

TEST_CASE(
    "a tlbie is recorded with a flow to its snoop in each core and on to the ptesync that waits for it") {
  const CheckedTrace trace =
      checked(record_munmap(whole_run(), under("ipi-free-flush", GENERATE(false, true))));
  const int tlbies = count_slices(trace, 1, "[tlbie]");
  CHECK(tlbies >= 4);
  CHECK(trace.flows.at("tlbie") == std::map<std::string, int>{{"[tlbie] tlbie [barrier]", 4 * tlbies}});
  CHECK(trace.names.at({1, 17}) == "chip0.core0 snoops");
  CHECK(trace.names.at({1, 20}) == "chip1.core1 snoops");
  for (int thread = 17; thread <= 20; ++thread) {
    CHECK(count_slices(trace, thread, "tlbie") == tlbies);
  }
}

TEST_CASE("every CPU's time in the window is covered without gap, idle or not") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  const bool exact = GENERATE(false, true);
  CAPTURE(kernel, exact);
  check_covered(record_munmap(whole_run(), under(kernel, exact)));
  check_covered(record_munmap(from_run(microseconds(3), microseconds(20)), under(kernel, exact)));
}

TEST_CASE("a window holds what happens in it, cut at both ends, and no more") {
  const Timeline whole = record_munmap(whole_run(), under("ipi"));
  const Time begin = microseconds(7);
  const Time end = microseconds(19);
  const Timeline part = record_munmap(from_run(begin, end), under("ipi"));
  CHECK(part.begin == begin);
  CHECK(part.end == end);
  for (std::size_t cpu = 0; cpu < whole.cpus.size(); ++cpu) {
    std::vector<std::pair<Time, Time>> expected;
    for (const CpuSpan& span : whole.cpus[cpu]) {
      if (span.begin < end && span.end > begin) {
        expected.emplace_back(std::max(span.begin, begin), std::min(span.end, end));
      }
    }
    std::vector<std::pair<Time, Time>> recorded;
    for (const CpuSpan& span : part.cpus[cpu]) {
      recorded.emplace_back(span.begin, span.end);
    }
    CHECK(recorded == expected);
  }
  (void)checked(part);
}

TEST_CASE("rounds are computed in place outside the window only, and the figures are the same") {
  const auto took = [](const TraceRequest& request) {
    Bench bench(under("ipi"));
    TimelineRecorder recorder(request, bench.system);
    bench.system.set_timeline_observer(recorder);
    Mm& mm = bench.kernel.create_mm(mmu::PageSize::k64K);
    const mmu::EffectiveAddress start = Bench::map(mm, 16 * kMiB);
    Bench::run_on_first(mm, 16);
    bench.munmap(0, mm, start, 16 * kMiB);
    bench.run();
    return std::pair(bench.end(), bench.scheduler.kept());
  };
  const auto [end, kept_outside] = took(from_run(microseconds(1'000'000), microseconds(1'000'001)));
  const auto [end_with_part, kept_with_part] = took(from_run(Time(), microseconds(1)));
  const auto [end_with_all, kept_with_all] = took(whole_run());
  CHECK(end_with_part == end);
  CHECK(end_with_all == end);
  CHECK(kept_outside < kept_with_part);
  CHECK(kept_with_part < kept_with_all);
}

TEST_CASE("a window closes when it is full, for all CPUs at one moment") {
  const std::uint64_t most = GENERATE(1U, 10U, 50U);
  const Timeline timeline =
      record_munmap(from_run(Time(), Time(INT64_MAX / 2), most), under("ipi-free-flush"));
  CHECK(timeline.full);
  CHECK(timeline.end < microseconds(10));
  std::size_t spans = 0;
  for (const std::vector<CpuSpan>& track : timeline.cpus) {
    spans += track.size();
  }
  // CPUs that idle all the time have a stay each that was not over.
  CHECK(spans <= most + 16);
  check_covered(timeline);
  (void)checked(timeline);
}

// --- Windows that begin with a phase ---

Task<void> two_phases(Cpu& cpu, workloads::Measurements& measurements) {
  co_await cpu.compute(nanoseconds(100));
  for (const char* name : {"first", "second", "second"}) {
    measurements.begin(cpu, name);
    co_await cpu.compute(nanoseconds(40));
    co_await cpu.compute(nanoseconds(60));
    measurements.end(cpu, name);
  }
}
Task<void> long_steps(Cpu& cpu) {
  for (int i = 0; i < 10; ++i) {
    co_await cpu.compute(nanoseconds(70));
  }
}

TEST_CASE("a window counted from a phase begins with the first of that name, or with the first of all") {
  struct Case {
    const char* phase;
    std::int64_t begin_ns;
    bool opened;
  };
  const Case c = GENERATE(
      values<Case>({{"", 110, true}, {"first", 110, true}, {"second", 210, true}, {"third", 0, false}}));
  CAPTURE(c.phase);
  Bench bench(under("ipi", GENERATE(false, true)));
  const TraceWindow window{TraceWindow::From::phase, c.phase, nanoseconds(10), nanoseconds(60)};
  TimelineRecorder recorder({window, kPlenty}, bench.system);
  bench.system.set_timeline_observer(recorder);
  workloads::Measurements measurements(bench.system);
  bench.spawn(0, two_phases(bench.cpu(0), measurements));
  bench.spawn(5, long_steps(bench.cpu(5)));
  bench.run();
  const Timeline timeline = recorder.finish();
  CHECK(timeline.opened == c.opened);
  if (!c.opened) {
    CHECK(timeline.cpus[0].empty());
    return;
  }
  CHECK(timeline.begin == nanoseconds(c.begin_ns));
  CHECK(timeline.end == nanoseconds(c.begin_ns + 50));
  // CPU 5's step was under way when the phase began.
  check_covered(timeline);
  REQUIRE(timeline.cpus[5].size() >= 1);
  CHECK(timeline.cpus[5].front().cause == cpus::Cause::compute);
}

// --- What runs and waits when it is over ---

Task<void> run_guest(Cpu& cpu) {
  const cpus::Routine routine(cpu, "guest");
  co_await cpu.run_guest();
}

TEST_CASE("an interrupt is recorded within the guest that it stops, and the guest until the end") {
  Bench bench(under("ipi", GENERATE(false, true)));
  TimelineRecorder recorder(whole_run(), bench.system);
  bench.system.set_timeline_observer(recorder);
  Mm& mm = bench.kernel.create_mm(mmu::PageSize::k64K);
  const mmu::EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  Bench::run_on_first(mm, 4);
  bench.spawn(3, run_guest(bench.cpu(3)));
  bench.munmap(0, mm, start, 2 * kMiB);
  bench.run();
  const Timeline timeline = recorder.finish();
  check_covered(timeline);
  const CheckedTrace trace = checked(timeline);
  CHECK(count_slices(trace, 4, "guest") == 1);
  CHECK(count_slices(trace, 4, "doorbell_exception") == 1);
  for (const TraceSlice& slice : trace.slices.at({1, 4})) {
    if (slice.name == "doorbell_exception") {
      CHECK(slice.under == std::vector<std::string>{"guest"});
    }
    if (slice.name == "[guest exit]") {
      CHECK(slice.under == std::vector<std::string>{"guest"});
    }
  }
  CHECK(count_slices(trace, 4, "[guest exit]") == 2);  // out and in again
}

}  // namespace
}  // namespace p9mmu::model
