// Sets up what a run is to record and hands it over at the end: the one place where a simulation meets its
// observers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cpus/modules.h"
#include "model/trace/observer_fan_out.h"
#include "model/trace/recordings.h"
#include "model/trace/timeline_recorder.h"
#include "model/trace/waveform.h"
#include "workloads/measurement.h"

namespace p9mmu::model {

class RunRecorder {
 public:
  /// Before the simulation begins. Records nothing if nothing is asked for. Throws mmu::UserError if what is
  /// asked for is too large.
  RunRecorder(const RecordingRequest& request, cpus::Machine& machine);

  /// After it has ended. Throws mmu::UserError if there was more to record than may be; the simulation was
  /// stopped then.
  void check_complete() const;
  /// After it has ended. `name` is what the trace calls the run.
  [[nodiscard]] Recordings finish(const std::vector<workloads::Phase>& phases, const std::string& name);

 private:
  RecordingRequest request_;
  std::unique_ptr<TimelineRecorder> timeline_;
  std::unique_ptr<Waveform> waveform_;
  ObserverFanOut observers_;
};

}  // namespace p9mmu::model
