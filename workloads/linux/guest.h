// A guest of KVM: its memory is one mapping of a host process (QEMU's mm) that lies at guest real address 0,
// and the partition-scoped tree (kvm->arch.pgtable) says which of it the guest reaches. Its kernel has a
// process table and a linear mapping, as bytes in the guest's memory. Nothing here takes time: the page
// faults that the hypervisor handles are in workloads/linux/kvm.h, those of the guest's kernel in
// workloads/linux/guest_fault.h. Memory is never taken away from a guest.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "cpus/spin_lock.h"
#include "mmu/table_entries.h"
#include "mmu/walk.h"
#include "workloads/linux/guest_mm.h"
#include "workloads/linux/guest_pages.h"
#include "workloads/linux/mm.h"

namespace p9mmu::workloads {

class Kernel;

class Guest {
 public:
  static constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 20;

  /// A guest that has booted: what its kernel has set up is there already, and with `populated` all of its
  /// memory, in the host's pages of that size. `host` is an empty mm, for the guest's memory alone. UserError
  /// for a size that is no multiple of 2 MiB, too small or too large, and for a page that the host has not.
  Guest(Kernel& kernel, mmu::Lpid lpid, Mm& host, std::uint64_t memory_bytes,
        std::optional<PageSize> populated);

  [[nodiscard]] mmu::Lpid lpid() const { return lpid_; }
  [[nodiscard]] Mm& host() const { return host_; }
  [[nodiscard]] std::uint64_t memory_bytes() const { return memory_bytes_; }
  [[nodiscard]] cpus::System& system() const;
  [[nodiscard]] const mmu::RealMemory& memory() const;
  /// PATE: where the hardware finds the guest's two tables.
  [[nodiscard]] mmu::PartitionTableEntry partition_table_entry() const;

  /// A new process of the guest, entered in the guest's process table.
  GuestMm& create_mm(PageSize base_page);
  [[nodiscard]] GuestPages& pages() { return pages_; }
  /// Where the guest's kernel sees its own memory: the linear mapping, quadrant 3.
  [[nodiscard]] static EffectiveAddress linear(GuestRealAddress address) {
    return EffectiveAddress(kLinear | address.value());
  }

  /// Where the host sees the guest's memory.
  [[nodiscard]] EffectiveAddress host_address(GuestRealAddress address) const {
    return start_ + address.value();
  }
  /// Whether the partition-scoped tree maps the address.
  [[nodiscard]] bool maps(GuestRealAddress address) const { return find(address).ok(); }
  /// Maps the host's page that holds `address`, and that the host has, at its own size.
  void map(GuestRealAddress address);
  /// Makes so many bytes from `address` on reachable: how a scene is laid.
  void back(GuestRealAddress address, std::uint64_t bytes);
  /// Where in the machine's memory the address is; it is made reachable if it is not.
  RealAddress place(GuestRealAddress address);
  /// The same as a function of what the guest's tables hold.
  [[nodiscard]] auto places() {
    return [this](std::uint64_t address) { return place(GuestRealAddress(address)); };
  }

  cpus::SpinLock mmu_lock;  ///< kvm->mmu_lock

 private:
  static constexpr std::uint64_t kLinear = 0xC000000000000000;

  [[nodiscard]] mmu::Walk find(GuestRealAddress address) const;
  GuestRealAddress make_process_root(mmu::Pid pid);
  void map_linearly();

  Kernel& kernel_;
  mmu::Lpid lpid_;
  Mm& host_;
  std::uint64_t memory_bytes_;
  EffectiveAddress start_;  ///< where the host has mapped it
  RealAddress partition_root_;
  GuestPages pages_;
  GuestRealAddress process_table_;
  std::deque<GuestMm> mms_;
};

}  // namespace p9mmu::workloads
