#include "model/trace/timeline_recorder.h"

#include <algorithm>

#include "model/trace/operands_text.h"

namespace p9mmu::model {
namespace {

using cpus::Cause;
using cpus::PathId;
using interconnect::CpuId;
using interconnect::Time;

/// More than an operation has charges.
constexpr std::size_t kRecent = 16;

/// Takes from a track what a window that was closed early leaves out.
template <typename Span>
void cut(std::vector<Span>& track, Time end) {
  while (!track.empty() && track.back().begin >= end) {
    track.pop_back();
  }
  if (!track.empty()) {
    track.back().end = std::min(track.back().end, end);
  }
}

}  // namespace

TimelineRecorder::TimelineRecorder(const TraceRequest& request, cpus::System& system)
    : request_(request), system_(system), states_(system.cpus()) {
  timeline_.cores_per_chip = system.topology().cores() / system.topology().chips();
  timeline_.threads_per_core = system.topology().threads_per_core();
  timeline_.cpus.resize(system.cpus());
  timeline_.cores.resize(system.topology().cores());
  timeline_.notes.emplace_back();
  if (request.window.from == TraceWindow::From::run) {
    open(request.window.begin, request.window.end);
  }
}

// --- The window ---

void TimelineRecorder::open(Time begin, Time end) {
  timeline_.opened = true;
  timeline_.begin = begin;
  timeline_.end = end;
}

bool TimelineRecorder::wants_steps(Time begin, Time end) const {
  return timeline_.opened && begin < timeline_.end && end > timeline_.begin;
}

void TimelineRecorder::phase_begins(const std::string& name, Time at) {
  if (timeline_.opened || (!request_.window.phase.empty() && request_.window.phase != name)) {
    return;
  }
  open(at + request_.window.begin, at + request_.window.end);
  for (std::uint32_t id = 0; id < system_.cpus(); ++id) {
    for (const CpuSpan& span : std::exchange(states_[CpuId(id)].recent, {})) {
      record(CpuId(id), span);
    }
  }
}

bool TimelineRecorder::clip(Time& begin, Time& end) const {
  begin = std::max(begin, timeline_.begin);
  end = std::min(end, timeline_.end);
  return timeline_.opened && begin < end;
}

bool TimelineRecorder::take_room(Time begin) {
  latest_ = std::max(latest_, begin);
  if (!timeline_.full && spans_ >= request_.most_spans) {
    timeline_.full = true;
    timeline_.end = std::min(timeline_.end, latest_);
  }
  // What had begun by then is still recorded when it is over.
  return begin < timeline_.end;
}

void TimelineRecorder::record(CpuId cpu, CpuSpan span) {
  std::vector<CpuSpan>& track = timeline_.cpus[cpu.value()];
  states_[cpu].last_recorded = false;
  if (!clip(span.begin, span.end) || !take_room(span.begin) || !clip(span.begin, span.end)) {
    return;
  }
  ++spans_;
  track.push_back(span);
  states_[cpu].last_recorded = true;
}

// --- Where CPUs are ---

std::uint32_t TimelineRecorder::depth(PathId path) const {
  std::uint32_t routines = 0;
  while (path != PathId(0)) {
    path = system_.paths().parent(path);
    ++routines;
  }
  return routines;
}

void TimelineRecorder::routine_called(CpuId cpu, PathId path, Time) {
  CpuState& state = states_[cpu];
  state.called_before = std::min(state.called_before, depth(path) - 1);
}

void TimelineRecorder::charged(CpuId cpu, PathId path, Cause cause, Time begin, Time span) {
  if (span <= Time()) {
    return;
  }
  CpuState& state = states_[cpu];
  state.idle = state.idle && (cause == Cause::idle || cause == Cause::idle_wake);
  const CpuSpan stay{begin,
                     begin + span,
                     path,
                     state.in_handler ? state.interrupted : PathId(0),
                     cause,
                     std::exchange(state.called_before, kAllCalled),
                     std::exchange(state.note, 0)};
  if (timeline_.opened) {
    record(cpu, stay);
    settle_expected(cpu, cause, state.last_recorded);
    return;
  }
  state.expected.clear();
  if (state.recent.size() == kRecent) {
    state.recent.erase(state.recent.begin());
  }
  state.recent.push_back(stay);
}

void TimelineRecorder::waits(CpuId, Cause, Time) {}

void TimelineRecorder::goes_idle(CpuId cpu, Time) {
  states_[cpu].idle = true;
}

// --- Interrupts ---

void TimelineRecorder::interrupt_pending(CpuId, Time) {}

void TimelineRecorder::interrupt_taken(CpuId cpu, PathId interrupted, Time) {
  CpuState& state = states_[cpu];
  state.in_handler = true;
  state.interrupted = state.idle ? PathId(0) : interrupted;
  state.interrupted_called_before = std::exchange(state.called_before, 0);
  for (const std::uint32_t flow : std::exchange(state.calls, {})) {
    state.expected.push_back({flow, Cause::interrupt, false});
  }
}

void TimelineRecorder::interrupt_left(CpuId cpu, Time) {
  CpuState& state = states_[cpu];
  state.in_handler = false;
  state.called_before = state.interrupted_called_before;
}

void TimelineRecorder::call_sent(CpuId from, CpuId to) {
  if (!states_[from].last_recorded) {
    open_calls_.erase({from, to});
    return;
  }
  const std::uint32_t flow = new_flow(Flow::Kind::ipi);
  add_point_at_last(flow, from);
  open_calls_[{from, to}] = flow;
  states_[to].calls.push_back(flow);
}

void TimelineRecorder::call_seen_done(CpuId from, CpuId to) {
  const auto call = open_calls_.find({from, to});
  if (call == open_calls_.end()) {
    return;  // the call joined others that were on their way already, or was sent before the window
  }
  add_point_at_last(call->second, from);
  std::erase(states_[to].calls, call->second);
  open_calls_.erase(call);
}

// --- Invalidations ---

void TimelineRecorder::tlbie_broadcast(CpuId cpu, Time, const interconnect::TlbieIssued&) {
  broadcaster_ = cpu;
  snooped_.clear();
}

void TimelineRecorder::tlbie_snooped(CoreId core, Time done, Time serving) {
  Time begin = done - serving;
  Time end = done;
  if (!clip(begin, end) || !take_room(begin) || !clip(begin, end)) {
    return;
  }
  ++spans_;
  std::vector<SnoopSpan>& track = timeline_.cores[core.value()];
  const auto index = static_cast<std::uint32_t>(track.size());
  track.push_back({begin, end, 0});
  snooped_.emplace_back(core.value(), index);
  const std::uint32_t flow = new_flow(Flow::Kind::tlbie);
  add_point(flow, true, core.value(), index, false);
  CpuState& state = states_[broadcaster_];
  state.expected.push_back({flow, Cause::tlbie, false});
  state.tlbies.push_back(flow);
}

void TimelineRecorder::ptesync(CpuId cpu, Time, Time, bool waits_for_cores) {
  if (!timeline_.opened) {
    return;
  }
  CpuState& state = states_[cpu];
  if (waits_for_cores) {
    for (const std::uint32_t flow : std::exchange(state.tlbies, {})) {
      state.expected.push_back({flow, Cause::barrier, true});
    }
  }
}

void TimelineRecorder::tlbie(CpuId cpu, const mmu::TlbInvalidate& operands, Time now) {
  Time begin = now;
  Time end = Time::never();
  if (!clip(begin, end)) {
    return;
  }
  const auto note = static_cast<std::uint32_t>(timeline_.notes.size());
  timeline_.notes.push_back(operands_text(operands));
  states_[cpu].note = note;
  for (const auto& [core, span] : snooped_) {
    timeline_.cores[core][span].note = note;
  }
}

void TimelineRecorder::tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets, Time now) {
  Time begin = now;
  Time end = Time::never();
  if (clip(begin, end)) {
    states_[cpu].note = static_cast<std::uint32_t>(timeline_.notes.size());
    timeline_.notes.push_back("tlbiel of " + std::to_string(sets) + " sets: " + operands_text(operands));
  }
}

// --- Flows ---

std::uint32_t TimelineRecorder::new_flow(Flow::Kind kind) {
  timeline_.flows.push_back({kind, {}});
  return static_cast<std::uint32_t>(timeline_.flows.size() - 1);
}

void TimelineRecorder::add_point(std::uint32_t flow, bool on_core, std::uint32_t track, std::uint32_t span,
                                 bool at_end) {
  timeline_.flows[flow].points.push_back({on_core, track, span, at_end, Time()});
}

void TimelineRecorder::add_point_at_last(std::uint32_t flow, CpuId cpu) {
  if (states_[cpu].last_recorded) {
    const std::size_t spans = timeline_.cpus[cpu.value()].size();
    add_point(flow, false, cpu.value(), static_cast<std::uint32_t>(spans - 1), true);
  }
}

void TimelineRecorder::settle_expected(CpuId cpu, Cause cause, bool recorded) {
  std::vector<Expected>& expected = states_[cpu].expected;
  for (const Expected& point : expected) {
    if (point.cause == cause && recorded) {
      const std::size_t spans = timeline_.cpus[cpu.value()].size();
      add_point(point.flow, false, cpu.value(), static_cast<std::uint32_t>(spans - 1), point.at_end);
      if (cause == Cause::tlbie) {
        // It comes before its snoops, of which one was told already.
        std::vector<FlowPoint>& points = timeline_.flows[point.flow].points;
        std::rotate(points.begin(), points.end() - 1, points.end());
      }
    }
  }
  std::erase_if(expected, [cause](const Expected& point) { return point.cause == cause; });
}

// --- The end ---

void TimelineRecorder::fill_idle(Time end) {
  for (std::uint32_t id = 0; id < system_.cpus(); ++id) {
    std::vector<CpuSpan>& track = timeline_.cpus[id];
    const Time since = track.empty() ? timeline_.begin : track.back().end;
    if (since < end) {
      const PathId idle = system_.paths().child(PathId(0), cpus::kIdleRoutine);
      track.push_back({since, end, idle, PathId(0), Cause::idle, kAllCalled, 0});
    }
  }
}

void TimelineRecorder::copy_paths() {
  for (std::uint32_t id = 0; id < system_.paths().size(); ++id) {
    const std::string text = system_.paths().text(PathId(id));
    timeline_.paths.push_back({system_.paths().parent(PathId(id)).value(), text.substr(text.rfind(';') + 1)});
  }
}

Timeline TimelineRecorder::finish() {
  Time last = timeline_.begin;
  for (std::uint32_t id = 0; id < system_.cpus(); ++id) {
    system_.settle_deferred(CpuId(id));
    last = std::max(last, system_.cpu(CpuId(id)).account().charged_until());
  }
  for (std::uint32_t id = 0; id < system_.cpus(); ++id) {
    // Those that wait for ever are charged until now.
    (void)system_.cpu(CpuId(id)).account_view(last);
  }
  timeline_.end = timeline_.opened ? std::min(timeline_.end, last) : timeline_.begin;
  for (std::vector<CpuSpan>& track : timeline_.cpus) {
    cut(track, timeline_.end);
  }
  for (std::vector<SnoopSpan>& track : timeline_.cores) {
    cut(track, timeline_.end);
  }
  finish_flows();
  fill_idle(timeline_.end);
  copy_paths();
  return std::move(timeline_);
}

void TimelineRecorder::finish_flows() {
  for (Flow& flow : timeline_.flows) {
    std::erase_if(flow.points, [this](const FlowPoint& point) {
      return point.span >=
             (point.on_core ? timeline_.cores[point.track].size() : timeline_.cpus[point.track].size());
    });
    for (FlowPoint& point : flow.points) {
      const auto times = [&point](const auto& span) { return point.at_end ? span.end : span.begin; };
      point.at = point.on_core ? times(timeline_.cores[point.track][point.span])
                               : times(timeline_.cpus[point.track][point.span]);
    }
    std::stable_sort(flow.points.begin(), flow.points.end(),
                     [](const FlowPoint& a, const FlowPoint& b) { return a.at < b.at; });
  }
  std::erase_if(timeline_.flows, [](const Flow& flow) { return flow.points.size() < 2; });
}

}  // namespace p9mmu::model
