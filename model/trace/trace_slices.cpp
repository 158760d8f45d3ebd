#include "model/trace/trace_slices.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace p9mmu::model {
namespace {

using interconnect::Time;
using Kind = SliceEvent::Kind;

/// Points of flows by (on core, track, span, at its end).
using FlowPlaces = std::map<std::tuple<bool, std::uint32_t, std::uint32_t, bool>, std::vector<SliceEvent>>;

FlowPlaces place_flows(const Timeline& timeline) {
  FlowPlaces places;
  std::uint32_t number = 0;
  for (const Flow& flow : timeline.flows) {
    ++number;
    for (std::uint32_t i = 0; i < flow.points.size(); ++i) {
      const FlowPoint& point = flow.points[i];
      SliceEvent event;
      event.kind = Kind::flow;
      event.on_core = point.on_core;
      event.track = point.track;
      event.at = point.at;
      event.category = flow.kind == Flow::Kind::ipi ? "ipi" : "tlbie";
      event.name = flow.kind == Flow::Kind::ipi ? "IPI" : "tlbie";
      event.number = number;
      event.place = i;
      event.last = i + 1 == flow.points.size();
      places[{point.on_core, point.track, point.span, point.at_end}].push_back(std::move(event));
    }
  }
  return places;
}

/// One track after the other.
class Builder {
 public:
  explicit Builder(const Timeline& timeline) : timeline_(timeline), flows_(place_flows(timeline)) {}

  std::vector<SliceEvent> build() {
    for (std::uint32_t cpu = 0; cpu < timeline_.cpus.size(); ++cpu) {
      build_cpu(cpu);
    }
    for (std::uint32_t core = 0; core < timeline_.cores.size(); ++core) {
      build_core(core);
    }
    for (std::uint32_t i = 0; i < timeline_.phases.size(); ++i) {
      build_phase(i);
    }
    // Within a track the order stays as it is.
    std::stable_sort(events_.begin(), events_.end(),
                     [](const SliceEvent& a, const SliceEvent& b) { return a.at < b.at; });
    return std::move(events_);
  }

 private:
  /// Routines from the outermost.
  [[nodiscard]] std::vector<std::uint32_t> frames_of(cpus::PathId path) const {
    std::vector<std::uint32_t> frames;
    for (std::uint32_t node = path.value(); node != 0; node = timeline_.paths[node].caller) {
      frames.push_back(node);
    }
    std::reverse(frames.begin(), frames.end());
    return frames;
  }

  /// A routine that has been called and has not returned.
  struct Open {
    std::uint32_t node;
    Time since;
  };

  void build_cpu(std::uint32_t cpu) {
    std::vector<Open> open;
    Time until;
    const std::vector<CpuSpan>& spans = timeline_.cpus[cpu];
    for (std::uint32_t i = 0; i < spans.size(); ++i) {
      const CpuSpan& span = spans[i];
      std::vector<std::uint32_t> frames = frames_of(span.on_top_of);
      const std::size_t below = frames.size();
      for (const std::uint32_t frame : frames_of(span.path)) {
        frames.push_back(frame);
      }
      const std::size_t may_stay = std::min({open.size(), frames.size(), below + span.called_before});
      std::size_t stay = 0;
      while (stay < may_stay && open[stay].node == frames[stay]) {
        ++stay;
      }
      close(cpu, open, stay, until);
      while (open.size() < frames.size()) {
        const std::uint32_t node = frames[open.size()];
        begin(false, cpu, span.begin, "routine", timeline_.paths[node].routine);
        open.push_back({node, span.begin});
      }
      const std::string cause =
          std::string("[") + cpus::kCauseNames[static_cast<std::size_t>(span.cause)] + "]";
      begin(false, cpu, span.begin, "cause", cause);
      add_flows(false, cpu, i);
      end(false, cpu, span.begin, span.end, cause, span.note);
      until = span.end;
    }
    close(cpu, open, 0, until);
  }

  void close(std::uint32_t cpu, std::vector<Open>& open, std::size_t stay, Time at) {
    for (; open.size() > stay; open.pop_back()) {
      end(false, cpu, open.back().since, at, timeline_.paths[open.back().node].routine, 0);
    }
  }

  void build_core(std::uint32_t core) {
    const std::vector<SnoopSpan>& spans = timeline_.cores[core];
    for (std::uint32_t i = 0; i < spans.size(); ++i) {
      begin(true, core, spans[i].begin, "snoop", "tlbie");
      add_flows(true, core, i);
      end(true, core, spans[i].begin, spans[i].end, "tlbie", spans[i].note);
    }
  }

  void build_phase(std::uint32_t number) {
    const PhaseSpan& phase = timeline_.phases[number];
    SliceEvent event;
    event.track = phase.cpu;
    event.name = phase.name;
    event.number = number + 1;
    event.kind = Kind::phase_begin;
    event.at = phase.begin;
    events_.push_back(event);
    event.kind = Kind::phase_end;
    event.at = phase.end;
    events_.push_back(std::move(event));
  }

  void begin(bool on_core, std::uint32_t track, Time at, const char* category, std::string name) {
    SliceEvent event;
    event.on_core = on_core;
    event.track = track;
    event.at = at;
    event.category = category;
    event.name = std::move(name);
    events_.push_back(std::move(event));
  }

  void end(bool on_core, std::uint32_t track, Time since, Time at, std::string name, std::uint32_t note) {
    SliceEvent event;
    event.kind = Kind::end;
    event.on_core = on_core;
    event.track = track;
    event.at = at;
    event.name = std::move(name);
    event.lasted = at - since;
    event.note = note;
    events_.push_back(std::move(event));
  }

  /// Those that stand at the span's begin come before those at its end.
  void add_flows(bool on_core, std::uint32_t track, std::uint32_t span) {
    for (const bool at_end : {false, true}) {
      const auto found = flows_.find({on_core, track, span, at_end});
      if (found != flows_.end()) {
        std::move(found->second.begin(), found->second.end(), std::back_inserter(events_));
        flows_.erase(found);
      }
    }
  }

  const Timeline& timeline_;
  FlowPlaces flows_;
  std::vector<SliceEvent> events_;
};

}  // namespace

std::vector<SliceEvent> slice_events(const Timeline& timeline) {
  return Builder(timeline).build();
}

}  // namespace p9mmu::model
