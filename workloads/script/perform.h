// Carries out a script's timed requests: one call, one coroutine on the thread's CPU. Who makes the requests,
// a running script or a recorded one, is not known here.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

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
  // One for each request of workloads/script/call.h.
  Task<void> carry_out(Cpu& cpu, const Munmap& call);
  Task<void> carry_out(Cpu& cpu, const MadviseDontneed& call);
  Task<void> carry_out(Cpu& cpu, const Mprotect& call);
  Task<void> carry_out(Cpu& cpu, const Mremap& call);
  Task<void> carry_out(Cpu& cpu, const SplitHugePage& call);
  Task<void> carry_out(Cpu& cpu, const Collapse& call);
  Task<void> carry_out(Cpu& cpu, const ExitMm& call);
  Task<void> carry_out(Cpu& cpu, const AccessMemory& call);
  Task<void> carry_out(Cpu& cpu, const AccessGuestMemory& call);
  Task<void> carry_out(Cpu& cpu, const DisplaceTranslation& call);
  Task<void> carry_out(Cpu& cpu, const FindLinuxPte& call);
  Task<void> carry_out(Cpu& cpu, const GupFast& call);
  Task<void> carry_out(Cpu& cpu, const PutPages& call);
  Task<void> carry_out(Cpu& cpu, const UseMm& call);
  Task<void> carry_out(Cpu& cpu, const Compute& call);
  Task<void> carry_out(Cpu& cpu, const Spin& call);
  Task<void> carry_out(Cpu& cpu, const RunGuest& call);
  Task<void> carry_out(Cpu& cpu, const SleepFor& call);
  Task<void> carry_out(Cpu& cpu, const IrqDisable& call);
  Task<void> carry_out(Cpu& cpu, const IrqEnable& call);
  Task<void> carry_out(Cpu& cpu, const Join& call);
  Task<void> carry_out(Cpu& cpu, const MeasureBegin& call);
  Task<void> carry_out(Cpu& cpu, const MeasureEnd& call);

  /// The address space of a request that may sleep and is called `what`, after the CPU has switched to it.
  Task<Mm*> enter(Cpu& cpu, MmHandle handle, const char* what);
  /// The CPU's thread is one of `mm`'s from now on, and in no guest.
  Task<void> use_mm(Cpu& cpu, Mm& mm);
  static Task<void> switch_mm(Cpu& cpu, Mm& mm);
  static void check_may_sleep(const Cpu& cpu, const char* what);

  LinuxWorld& world_;
  Measurements* measurements_;
  FindThread thread_;
  /// Pages on which a thread holds references, in the order in which it took them.
  std::map<const cpus::SoftwareThread*, std::vector<RealAddress>> pinned_;
};

}  // namespace p9mmu::workloads
