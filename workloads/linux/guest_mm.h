// A process of a guest: its radix tree lies in the guest's memory, where the guest's kernel writes it and the
// nested walk finds it. What takes time, its accesses and their page faults, is in
// workloads/linux/guest_fault.h; setting up takes none. Nothing is ever taken away from it.
#pragma once

#include <cstdint>
#include <map>

#include "cpus/spin_lock.h"
#include "mmu/address.h"
#include "workloads/linux/mm.h"
#include "workloads/linux/parameters.h"
#include "workloads/linux/radix_tree.h"

namespace p9mmu::workloads {

using mmu::GuestRealAddress;

class Guest;

/// Anonymous memory, which can be read and written.
struct GuestVma {
  std::uint64_t start;
  std::uint64_t end;
  bool executable;
};

class GuestMm {
 public:
  GuestMm(Guest& guest, mmu::Pid pid, PageSize base_page, GuestRealAddress root);

  [[nodiscard]] Guest& guest() const { return guest_; }
  [[nodiscard]] mmu::Pid pid() const { return pid_; }

  /// A new mapping of so many bytes, aligned to 2M (1G from 1 GiB on); where it is. UserError if it does not
  /// fit.
  EffectiveAddress mmap(std::uint64_t length, bool executable);
  /// Faults a mapped range in with pages of one size, the memory under it too. UserError if it is not mapped
  /// or not aligned, or there is something already.
  void populate(EffectiveAddress start, std::uint64_t length, PageSize size);

  /// The mapping that `address` is in, or none.
  [[nodiscard]] const GuestVma* find_vma(EffectiveAddress address) const;
  /// Whether a leaf maps `address`.
  [[nodiscard]] bool maps(EffectiveAddress address) const;
  /// The size of the page that a fault at `address`, in a mapping and not mapped, makes.
  [[nodiscard]] PageSize fault_page(EffectiveAddress address, HugePages thp) const;
  /// Whether a page of that size can still be put there.
  [[nodiscard]] bool has_room(EffectiveAddress address, PageSize size) const;
  void map_page(EffectiveAddress address, PageSize size, GuestRealAddress page);

  RwSemaphore mmap_lock;
  cpus::SpinLock page_table_lock;  ///< one for all tables, where Linux has one for each

 private:
  [[nodiscard]] EndOfWay end_of(EffectiveAddress address) const;

  Guest& guest_;
  mmu::Pid pid_;
  PageSize base_page_;
  GuestRealAddress root_;
  std::map<std::uint64_t, GuestVma> vmas_;  ///< by start
  std::uint64_t next_mapping_;
};

}  // namespace p9mmu::workloads
