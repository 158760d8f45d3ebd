#include "model/trace/run_recorder.h"

#include <algorithm>

#include "model/trace/trace_events.h"

namespace p9mmu::model {

RunRecorder::RunRecorder(const RecordingRequest& request, cpus::System& system) : request_(request) {
  if (request_.trace) {
    timeline_ = std::make_unique<TimelineRecorder>(*request_.trace, system);
    system.set_timeline_observer(*timeline_);
    system.set_invalidation_observer(timeline_.get());
  }
}

Recordings RunRecorder::finish(const std::vector<workloads::Phase>& phases, const std::string& name) {
  Recordings recordings;
  if (timeline_) {
    Timeline timeline = timeline_->finish();
    for (const workloads::Phase& phase : phases) {
      const interconnect::Time begin = std::max(phase.begin, timeline.begin);
      const interconnect::Time end = std::min(phase.end, timeline.end);
      if (begin < end) {
        timeline.phases.push_back({phase.name, phase.cpu.value(), begin, end});
      }
    }
    recordings.trace_events = trace_events(timeline, request_.process, name);
  }
  return recordings;
}

}  // namespace p9mmu::model
