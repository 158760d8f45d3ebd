// One kernel on one machine: its policy, its parameters, its address spaces, and the machine's partition and
// process tables through which the hardware finds them. The routines themselves stand in files of their own,
// named after the kernel's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "cpus/system.h"
#include "mmu/access.h"
#include "workloads/linux/guest.h"
#include "workloads/linux/mm.h"
#include "workloads/linux/page_allocator.h"
#include "workloads/linux/page_lock.h"
#include "workloads/linux/parameters.h"
#include "workloads/linux/policy.h"
#include "workloads/linux/rcu.h"
#include "workloads/linux/smp_call.h"
#include "workloads/linux/tlb_flush.h"

namespace p9mmu::workloads {

class Kernel {
 public:
  Kernel(System& system, const KernelParameters& parameters, const KernelPolicy& policy);

  [[nodiscard]] System& system() { return system_; }
  [[nodiscard]] const KernelParameters& parameters() const { return parameters_; }
  [[nodiscard]] const KernelPolicy& policy() const { return policy_; }
  [[nodiscard]] SmpCall& smp() { return smp_; }
  [[nodiscard]] const TlbFlush& flush() const { return flush_; }
  [[nodiscard]] PageAllocator& pages() { return pages_; }
  [[nodiscard]] PageLocks& page_locks() { return page_locks_; }
  [[nodiscard]] Rcu& rcu() { return rcu_; }
  /// Null if nobody looks on.
  [[nodiscard]] Auditor* auditor() { return auditor_; }
  /// From now on `auditor` is told what is allocated, freed and flushed; before the first address space.
  void set_auditor(Auditor& auditor);

  /// Every CPU of the machine (cpu_online_mask).
  [[nodiscard]] const CpuMask& online() const { return online_; }

  /// A new address space with the next PID, entered in the process table.
  Mm& create_mm(PageSize base_page);

  /// A new guest with the next LPID, entered in the partition table; its memory is a mapping of a new mm with
  /// that base page.
  Guest& create_guest(std::uint64_t memory_bytes, PageSize base_page, std::optional<PageSize> populated);

  /// Where the hardware finds the root of that mm's tree.
  [[nodiscard]] RealAddress process_table_entry(const Mm& mm) const {
    return process_table_ + mmu::kProcessTableEntryBytes * mm.pid().value();
  }
  /// The registers of a CPU that runs a user thread of `mm` on the host.
  [[nodiscard]] mmu::Context user_context(const Mm& mm) const;
  /// Of one that runs a thread of `mm` in its guest.
  [[nodiscard]] mmu::Context guest_user_context(const GuestMm& mm) const;
  /// Of one that runs the guest's kernel.
  [[nodiscard]] mmu::Context guest_kernel_context(const Guest& guest) const;

 private:
  void write_partition_table_entry(mmu::Lpid lpid, const mmu::PartitionTableEntry& entry);

  System& system_;
  const KernelParameters parameters_;
  const KernelPolicy policy_;
  PageAllocator pages_;
  PageLocks page_locks_;
  Rcu rcu_;
  SmpCall smp_;
  TlbFlush flush_;
  CpuMask online_;
  std::deque<Mm> mms_;
  Auditor* auditor_ = nullptr;
  RealAddress partition_table_;
  RealAddress process_table_;
  std::deque<Guest> guests_;
};

}  // namespace p9mmu::workloads
