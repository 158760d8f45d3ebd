// Sets up what a run is to record and hands it over at the end: the one place where a simulation meets its
// observers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cpus/system.h"
#include "model/trace/recordings.h"
#include "model/trace/timeline_recorder.h"
#include "workloads/measurement.h"

namespace p9mmu::model {

class RunRecorder {
 public:
  /// Before the simulation begins. Records nothing if nothing is asked for.
  RunRecorder(const RecordingRequest& request, cpus::System& system);

  /// After it has ended. `name` is what the trace calls the run.
  [[nodiscard]] Recordings finish(const std::vector<workloads::Phase>& phases, const std::string& name);

 private:
  RecordingRequest request_;
  std::unique_ptr<TimelineRecorder> timeline_;
};

}  // namespace p9mmu::model
