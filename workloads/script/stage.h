// Where a script meets the simulated machine: each of its threads runs on its CPU as a coroutine that carries
// out one request after the other in simulated time. It knows the Lua host only through its calls, and no
// simulation kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/measurement.h"
#include "workloads/script/linux_world.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/perform.h"

namespace p9mmu::workloads {

/// A script's threads on the machine's CPUs.
class Stage {
 public:
  Stage(LinuxWorld& world, LuaHost& host);

  /// An access that the kernel answers with SIGSEGV ends its thread from now on; otherwise it is a mistake in
  /// the script.
  void let_signals_end_threads() { signals_end_threads_ = true; }

  /// Puts the threads that the script has spawned since the last call on their CPUs, at `at`.
  void enter(Time at);

  [[nodiscard]] const Measurements& measurements() const { return measurements_; }
  /// Throws UserError if the simulation has come to rest while a phase is open: somebody waits for ever.
  void check_ended() const;

 private:
  Task<void> run_thread(Cpu& cpu, ThreadHandle thread);

  LinuxWorld& world_;
  LuaHost& host_;
  Measurements measurements_;
  Performer performer_;
  std::vector<cpus::SoftwareThread*> threads_;  ///< by handle
  bool signals_end_threads_ = false;
};

}  // namespace p9mmu::workloads
