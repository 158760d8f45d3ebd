#include "model/trace/run_recorder.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "mmu/error.h"
#include "model/trace/trace_events.h"

namespace p9mmu::model {

RunRecorder::RunRecorder(const RecordingRequest& request, cpus::Machine& machine) : request_(request) {
  cpus::System& system = machine.system();
  if (request_.trace) {
    timeline_ = std::make_unique<TimelineRecorder>(*request_.trace, system);
    observers_.add(*timeline_);
    system.set_invalidation_observer(timeline_.get());
  }
  if (request_.waveform) {
    if (system.cpus() > kMostWaveformCpus) {
      throw mmu::UserError("--vcd", 0,
                           "the machine has " + std::to_string(system.cpus()) +
                               " CPUs; expected one of at most " + std::to_string(kMostWaveformCpus));
    }
    waveform_ =
        std::make_unique<Waveform>("waveform", system, machine.name(), request_.most_waveform_changes);
    observers_.add(*waveform_);
  }
  if (timeline_ || waveform_) {
    system.set_timeline_observer(observers_);
  }
}

void RunRecorder::check_complete() const {
  if (waveform_ && waveform_->too_long()) {
    throw mmu::UserError("--vcd", 0,
                         "the run has more than " + std::to_string(request_.most_waveform_changes) +
                             " changes to show; expected a shorter one (--trace takes a window of any run)");
  }
}

Recordings RunRecorder::finish(const std::vector<workloads::Phase>& phases, const std::string& name) {
  Recordings recordings;
  if (timeline_) {
    Timeline timeline = timeline_->finish();
    std::vector<std::string> names;
    for (const workloads::Phase& phase : phases) {
      if (std::find(names.begin(), names.end(), phase.name) == names.end()) {
        names.push_back(phase.name);
      }
    }
    const std::string problem = empty_window_text(timeline, request_.trace->window.phase, names);
    if (!problem.empty()) {
      spdlog::warn("--trace-window: {} (kernel {})", problem, name);
    }
    for (const workloads::Phase& phase : phases) {
      const interconnect::Time begin = std::max(phase.begin, timeline.begin);
      const interconnect::Time end = std::min(phase.end, timeline.end);
      if (begin < end) {
        timeline.phases.push_back({phase.name, phase.cpu.value(), begin, end});
      }
    }
    recordings.trace_events = trace_events(timeline, request_.process, name);
  }
  if (waveform_) {
    recordings.waveform = waveform_->finish();
  }
  return recordings;
}

}  // namespace p9mmu::model
