// RCU as far as page tables need it: what was taken out of a tree is given back once every CPU that might
// still be walking through it has stopped. Readers are sections with interrupts off, as those of lockless
// walkers are. A grace period takes no time of its own and ends at the earliest legal moment, which is the
// worst case for a walker; the real kernel's is milliseconds longer.
#pragma once

#include <cstdint>
#include <vector>

#include "cpus/mask_observer.h"
#include "cpus/system.h"
#include "workloads/linux/page_allocator.h"

namespace p9mmu::workloads {

using cpus::Cpu;
using cpus::System;
using interconnect::CpuId;
using interconnect::Time;

/// A page-table page that nothing leads to any more.
struct RemovedTable {
  RealAddress table;
  std::uint64_t bytes;
};

class Rcu final : public cpus::MaskObserver {
 public:
  Rcu(System& system, PageAllocator& pages);
  ~Rcu() override;
  Rcu(const Rcu&) = delete;
  Rcu& operator=(const Rcu&) = delete;

  /// call_rcu: the tables go back to the allocator when every CPU has left the section with interrupts off in
  /// which it is now.
  void call(std::vector<RemovedTable> tables);
  void interrupts_enabled(CpuId cpu) override;

  /// Tables whose grace period has not ended.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct GracePeriod {
    std::vector<CpuId> readers;  ///< who was reading when it began and still is
    std::vector<RemovedTable> tables;
  };
  void give_back(const std::vector<RemovedTable>& tables);

  System& system_;
  PageAllocator& pages_;
  std::vector<GracePeriod> periods_;  ///< in the order in which they began
};

/// tlb_remove_table_free as an operation: hands the tables over, which empties the vector.
struct CallRcu {
  static constexpr const char* kName = "call_rcu";
  Rcu* rcu;
  std::vector<RemovedTable>* tables;
  static Time issue(Cpu& cpu) { return cpu.now(); }
  void effect(Cpu&) const;
};

}  // namespace p9mmu::workloads
