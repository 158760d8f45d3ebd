#include "model/trace/trace_slices.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "model/trace/operands_text.h"
#include "model/trace/trace_events.h"
#include "tests/model/sample.h"
#include "tests/support/trace_check.h"

namespace p9mmu::model {
namespace {

using cpus::Cause;
using cpus::PathId;
using interconnect::Time;
using p9mmu::testing::check_trace;
using p9mmu::testing::CheckedTrace;

constexpr std::uint32_t kAll = ~std::uint32_t{0};
// The paths of sample_timeline.
constexpr PathId kOutside{0};
constexpr PathId kA{1};
constexpr PathId kAB{2};
constexpr PathId kHandler{3};

/// One CPU, one core, and the routines a, a;b and handler.
Timeline sample_timeline(std::vector<CpuSpan> spans) {
  Timeline timeline;
  timeline.opened = true;
  timeline.end = Time(1'000'000);
  timeline.cpus = {std::move(spans)};
  timeline.cores.resize(1);
  timeline.paths = {{0, ""}, {0, "a"}, {1, "b"}, {0, "handler"}};
  timeline.notes = {""};
  return timeline;
}

CpuSpan stay(std::int64_t begin, std::int64_t end, PathId path, Cause cause,
             std::uint32_t called_before = kAll) {
  return {Time(begin), Time(end), path, kOutside, cause, called_before, 0};
}

/// "0 B a", one for each event.
std::vector<std::string> lines_of(const Timeline& timeline) {
  std::vector<std::string> lines;
  for (const SliceEvent& event : slice_events(timeline)) {
    const char* kind = event.kind == SliceEvent::Kind::begin ? "B"
                       : event.kind == SliceEvent::Kind::end ? "E"
                                                             : "f";
    lines.push_back(std::to_string(event.at.ps()) + " " + kind + " " + event.name);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("stays become slices that nest as the routines called each other, causes innermost") {
  CHECK(lines_of(sample_timeline({stay(0, 10, kA, Cause::compute), stay(10, 30, kAB, Cause::memory),
                                  stay(30, 40, kAB, Cause::lock), stay(40, 50, kA, Cause::compute)})) ==
        Lines{"0 B a", "0 B [compute]", "10 E [compute]", "10 B b", "10 B [memory]", "30 E [memory]",
              "30 B [lock]", "40 E [lock]", "40 E b", "40 B [compute]", "50 E [compute]", "50 E a"});
}

TEST_CASE("a second call of the same routine is a slice of its own") {
  CHECK(lines_of(sample_timeline({stay(0, 10, kAB, Cause::compute), stay(10, 20, kAB, Cause::compute, 1)})) ==
        Lines{"0 B a", "0 B b", "0 B [compute]", "10 E [compute]", "10 E b", "10 B b", "10 B [compute]",
              "20 E [compute]", "20 E b", "20 E a"});
}

TEST_CASE("an interrupt's handler lies in what it interrupted, which goes on behind it") {
  CpuSpan handler = stay(10, 20, kHandler, Cause::interrupt, 0);
  handler.on_top_of = kA;
  CHECK(lines_of(
            sample_timeline({stay(0, 10, kA, Cause::compute), handler, stay(20, 30, kA, Cause::compute)})) ==
        Lines{"0 B a", "0 B [compute]", "10 E [compute]", "10 B handler", "10 B [interrupt]",
              "20 E [interrupt]", "20 E handler", "20 B [compute]", "30 E [compute]", "30 E a"});
}

TEST_CASE("time outside any routine is a cause alone") {
  CHECK(lines_of(sample_timeline({stay(5, 10, kOutside, Cause::compute)})) ==
        Lines{"5 B [compute]", "10 E [compute]"});
}

TEST_CASE("a flow's points stand within the slices that they belong to, even if these have neighbours") {
  Timeline timeline = sample_timeline({stay(0, 10, kA, Cause::tlbie), stay(10, 20, kA, Cause::barrier)});
  timeline.cores[0] = {{Time(4), Time(10), 0}};
  timeline.flows = {
      {Flow::Kind::tlbie,
       {{false, 0, 0, false, Time(0)}, {true, 0, 0, false, Time(4)}, {false, 0, 1, true, Time(20)}}}};
  const CheckedTrace trace = check_trace(trace_file({trace_events(timeline, 1, "k")}, "1.2.3"));
  CHECK(trace.flows.at("tlbie") == std::map<std::string, int>{{"[tlbie] tlbie [barrier]", 1}});
}

TEST_CASE("a trace is exact to the picosecond, names its tracks, and says what was invalidated") {
  Timeline timeline = sample_timeline({stay(1'234'567, 2'234'568, kA, Cause::tlbie)});
  timeline.notes.push_back(operands_text(mmu::TlbInvalidate::for_page(
      mmu::Lpid(0), mmu::Pid(3), mmu::EffectiveAddress(0x10000200000), mmu::PageSize::k2M)));
  timeline.cpus[0][0].note = 1;
  timeline.phases = {{"the \"phase\"", 0, Time(1'234'567), Time(2'000'000)}};
  CHECK(trace_file({trace_events(timeline, 2, "ipi")}, "1.2.3") ==
        "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"program\":\"p9mmu 1.2.3\"},\n\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"ipi\"}},\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":0,\"name\":\"process_sort_index\",\"args\":{\"sort_index\":2}},\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":1,\"name\":\"thread_name\",\"args\":{\"name\":\"CPU 0 "
        "(chip0.core0.thread0)\"}},\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":1,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":0}},\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":2,\"name\":\"thread_name\",\"args\":{\"name\":\"chip0.core0 "
        "snoops\"}},\n"
        "{\"ph\":\"M\",\"pid\":2,\"tid\":2,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":1}},\n"
        "{\"ph\":\"B\",\"pid\":2,\"tid\":1,\"ts\":1.234567,\"cat\":\"routine\",\"name\":\"a\"},\n"
        "{\"ph\":\"B\",\"pid\":2,\"tid\":1,\"ts\":1.234567,\"cat\":\"cause\",\"name\":\"[tlbie]\"},\n"
        "{\"ph\":\"b\",\"pid\":2,\"tid\":1,\"ts\":1.234567,\"cat\":\"phase\",\"id\":200000001,\"name\":\"the "
        "\\\"phase\\\"\"},\n"
        "{\"ph\":\"e\",\"pid\":2,\"tid\":1,\"ts\":2.000000,\"cat\":\"phase\",\"id\":200000001,\"name\":\"the "
        "\\\"phase\\\"\"},\n"
        "{\"ph\":\"E\",\"pid\":2,\"tid\":1,\"ts\":2.234568,\"name\":\"[tlbie]\",\"args\":{\"ps\":1000001,"
        "\"operands\":\"RIC=0 PRS=1 R=1 IS=0 AP=2M EPN=0x10000200000 LPID=0 PID=3\"}},\n"
        "{\"ph\":\"E\",\"pid\":2,\"tid\":1,\"ts\":2.234568,\"name\":\"a\",\"args\":{\"ps\":1000001}}\n]}\n");
}

TEST_CASE("a window that was closed early, or never opened, is said where the kernel is named") {
  Timeline timeline = sample_timeline({});
  timeline.full = true;
  const auto name = [&timeline] {
    return check_trace(trace_file({trace_events(timeline, 1, "ipi")}, "1")).processes.at(1);
  };
  CHECK(name() == "ipi (cut at 1.000000 us: too much to record)");
  timeline.opened = false;
  CHECK(name() == "ipi (the window's phase never began)");
}

TEST_CASE("an empty window is told with the phases that began, or with the time at which it begins") {
  Timeline timeline = sample_timeline({});
  CHECK(empty_window_text(timeline, "munmap", {"munmap"}).empty());
  timeline.end = timeline.begin;
  CHECK_THAT(empty_window_text(timeline, "munmap", {"munmap"}), Catch::Contains("the run had ended before"));
  timeline.opened = false;
  CHECK(empty_window_text(timeline, "munap", {"touch", "munmap"}) ==
        "the trace is empty: no phase 'munap' began (did you mean 'munmap'?); these did: touch, munmap");
  CHECK(empty_window_text(timeline, "", {}) == "the trace is empty: no phase began");
}

TEST_CASE("docs/profiles-and-traces.md numbers states and causes as a waveform does") {
  std::string causes;
  for (std::size_t i = 0; i < cpus::kCauseNames.size(); ++i) {
    causes += (i == 0 ? "" : ", ") + std::to_string(i) + " " + cpus::kCauseNames[i];
  }
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  CHECK_THAT(read_whole((root / "docs/profiles-and-traces.md").string()),
             Catch::Contains(": " + causes + " |"));
}

TEST_CASE("operands are told as the manual names them") {
  using mmu::InvalidateCaches;
  using mmu::TlbInvalidate;
  CHECK(operands_text(TlbInvalidate::for_pid(mmu::Lpid(1), mmu::Pid(7), InvalidateCaches::all)) ==
        "RIC=2 PRS=1 R=1 IS=1 LPID=1 PID=7");
  CHECK(operands_text(TlbInvalidate::for_guest_page(mmu::Lpid(5), mmu::GuestRealAddress(0x30000),
                                                    mmu::PageSize::k64K)) ==
        "RIC=0 PRS=0 R=1 IS=0 AP=64K EPN=0x30000 LPID=5 PID=0");
}

}  // namespace
}  // namespace p9mmu::model
