// Carries out a script's timed requests: one call, one coroutine on the thread's CPU. Who makes the requests,
// a running script or a recorded one, is not known here.
#pragma once

#include <functional>
#include <utility>

#include "workloads/linux/kernel.h"
#include "workloads/measurement.h"
#include "workloads/script/call.h"
#include "workloads/script/linux_world.h"

namespace p9mmu::workloads {

class Performer {
 public:
  /// The software thread of a handle.
  using FindThread = std::function<cpus::SoftwareThread&(ThreadHandle)>;

  /// `measurements` may be null: then phases are passed over.
  Performer(LinuxWorld& world, Measurements* measurements, FindThread thread)
      : world_(world), measurements_(measurements), thread_(std::move(thread)) {}

  /// Throws UserError for a request that has no sense. `call` must outlive it.
  Task<void> perform(Cpu& cpu, const Call& call);

 private:
  Task<void> use_mm(Cpu& cpu, Mm& mm);
  static void check_may_sleep(const Cpu& cpu, const char* what);

  LinuxWorld& world_;
  Measurements* measurements_;
  FindThread thread_;
};

}  // namespace p9mmu::workloads
