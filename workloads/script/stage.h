// Where a script meets the simulated kernel: what it sets up at once is done to the kernel's address spaces,
// and each of its threads runs on its CPU as a coroutine that carries out one request after the other in
// simulated time. It knows the Lua host only through its calls, and no simulation kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/linux/kernel.h"
#include "workloads/measurement.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/world.h"

namespace p9mmu::workloads {

/// The world of a script, made of one kernel.
class LinuxWorld final : public World {
 public:
  LinuxWorld(Kernel& kernel, std::uint32_t cores_per_chip)
      : kernel_(kernel), cores_per_chip_(cores_per_chip) {}

  [[nodiscard]] std::uint32_t cpus() const override;
  [[nodiscard]] std::uint32_t threads_per_core() const override;
  [[nodiscard]] std::uint32_t cores_per_chip() const override { return cores_per_chip_; }
  [[nodiscard]] std::string kernel() const override { return kernel_.policy().name; }
  MmHandle create_mm(PageSize base_page) override;
  std::uint64_t mmap(MmHandle mm, std::uint64_t length_bytes) override;
  void populate(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, PageSize page) override;
  void ran_on(MmHandle mm, std::vector<std::uint32_t> cpus) override;

  [[nodiscard]] Kernel& linux_kernel() { return kernel_; }
  [[nodiscard]] Mm& mm(MmHandle handle);

 private:
  Kernel& kernel_;
  std::uint32_t cores_per_chip_;
  std::vector<Mm*> mms_;
};

/// A script's threads on the machine's CPUs.
class Stage {
 public:
  Stage(LinuxWorld& world, LuaHost& host);

  /// Puts the threads that the script has spawned since the last call on their CPUs, at `at`.
  void enter(Time at);

  [[nodiscard]] const Measurements& measurements() const { return measurements_; }
  /// Throws UserError if the simulation has come to rest while a phase is open: somebody waits for ever.
  void check_ended() const;

 private:
  Task<void> run_thread(Cpu& cpu, ThreadHandle thread);
  Task<void> perform(Cpu& cpu, const Call& call);
  Task<void> use_mm(Cpu& cpu, Mm& mm);
  static void check_may_sleep(const Cpu& cpu, const char* what);

  LinuxWorld& world_;
  LuaHost& host_;
  Measurements measurements_;
  std::vector<cpus::SoftwareThread*> threads_;  ///< by handle
};

}  // namespace p9mmu::workloads
