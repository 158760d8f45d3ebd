// The simulated kernel as a script sees it: what a script sets up at once is done to the kernel's address
// spaces. It knows the Lua host only through World, and no simulation kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/linux/kernel.h"
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
  void populate_zero(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, PageSize page) override;
  void set_huge_pages(MmHandle mm, bool allowed) override;
  void share(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, MmHandle other,
             std::uint64_t from) override;
  MmHandle fork(MmHandle mm) override;
  void ran_on(MmHandle mm, std::vector<std::uint32_t> cpus) override;
  GuestHandle create_guest(std::uint64_t memory_bytes, PageSize base_page,
                           std::optional<PageSize> populated) override;
  GuestMmHandle create_guest_mm(GuestHandle guest, PageSize base_page) override;
  std::uint64_t guest_mmap(GuestMmHandle mm, std::uint64_t length_bytes, bool executable) override;
  void guest_populate(GuestMmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                      PageSize page) override;

  /// CPUs that ran_on has named, ascending.
  [[nodiscard]] std::vector<std::uint32_t> cpus_that_ran() const;
  [[nodiscard]] Kernel& linux_kernel() { return kernel_; }
  /// UserError if exit_mm has ended it.
  [[nodiscard]] Mm& mm(MmHandle handle);
  [[nodiscard]] GuestMm& guest_mm(GuestMmHandle handle);

 private:
  Kernel& kernel_;
  std::uint32_t cores_per_chip_;
  std::vector<Mm*> mms_;
  std::vector<Guest*> guests_;
  std::vector<GuestMm*> guest_mms_;
};

}  // namespace p9mmu::workloads
