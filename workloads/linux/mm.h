// mm_struct: one address space. Its radix tree lies as bytes in simulated memory, where every CPU's table
// walker finds it; what the kernel keeps beside the tree (locks, VMAs, deposited tables' heads, mm_cpumask)
// is here. Setting up and faulting in (mm_setup.cpp) take no time: they are how a scene is laid. What takes
// time is in the routines.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cpus/spin_lock.h"
#include "cpus/system.h"
#include "mmu/address.h"
#include "mmu/radix_entry.h"
#include "mmu/real_memory.h"
#include "workloads/linux/cpu_mask.h"
#include "workloads/linux/page_allocator.h"
#include "workloads/linux/parameters.h"

namespace p9mmu::workloads {

using mmu::EffectiveAddress;
using mmu::PageSize;
using mmu::RadixEntry;

/// mmap_lock: one writer, or readers.
struct RwSemaphore {
  cpus::WatchedLine line;
  std::uint32_t readers = 0;
  bool writer = false;
};

/// A page of PMD entries with what its struct page holds: the split lock and the FIFO of deposited PTE
/// tables.
struct PmdTable {
  RealAddress table;
  cpus::SpinLock lock;
  RealAddress deposited;  ///< pmd_huge_pte: the table to be withdrawn next; 0 if there is none
  std::uint32_t entries = 0;
};

/// A page of PTEs in use, with the lock that its struct page holds. With 64K base pages Linux has one lock
/// for the 256 tables that share a page; here each table has its own.
struct PteTable {
  RealAddress table;
  cpus::SpinLock lock;
};

struct Vma {
  std::uint64_t start;
  std::uint64_t end;
  /// vm_pgoff in bytes: what of its anonymous mapping `start` is. Splitting and moving a VMA leave each page
  /// its place in it.
  std::uint64_t offset = 0;
  bool readable = true;
  bool writable = true;

  friend bool operator==(const Vma&, const Vma&) = default;
};

/// anon_vma: the address spaces in which a page may be mapped, by fork; found through it by whoever must
/// change all mappings of a page (rmap).
struct AnonVma {
  RwSemaphore lock;
  std::vector<class Mm*> mms;
};

class Mm {
 public:
  /// User addresses end here: 4 PiB, the 52 bits that the tree translates.
  static constexpr std::uint64_t kTaskSize = std::uint64_t{1} << mmu::kTreeAddressBits;
  /// More than this is not faulted in: the memory of the largest POWER9 system.
  static constexpr std::uint64_t kLargestPopulated = std::uint64_t{1} << 46;

  Mm(mmu::Pid pid, PageSize base_page, cpus::System& system, PageAllocator& pages);

  [[nodiscard]] mmu::Pid pid() const { return pid_; }
  [[nodiscard]] PageSize base_page() const { return base_page_; }
  [[nodiscard]] RealAddress pgd() const { return pgd_; }
  [[nodiscard]] mmu::RealMemory& memory() const { return system_.memory(); }
  [[nodiscard]] PageAllocator& pages() const { return pages_; }

  /// Index bits and bytes of a PTE table.
  [[nodiscard]] unsigned pte_bits() const {
    return base_page_ == PageSize::k64K ? mmu::kLastBits64K : mmu::kLastBits4K;
  }
  [[nodiscard]] std::uint64_t pte_table_bytes() const { return mmu::table_bytes(pte_bits()); }

  /// A new mapping of so many bytes, aligned to 2M (1G from 1 GiB on); where it is. UserError if it does not
  /// fit.
  EffectiveAddress mmap(std::uint64_t length);
  /// Faults a mapped range in with pages of one size, R and C set. UserError if it is not mapped or not
  /// aligned.
  void populate(EffectiveAddress start, std::uint64_t length, PageSize size);

  /// Maps the zero page of that size there, as loads would have done. UserError as above.
  void populate_zero(EffectiveAddress start, std::uint64_t length, PageSize size);
  /// Maps there the pages that `other` maps at `from`, as two mappings of shared memory do. UserError where
  /// there are none, and as populate.
  void share(EffectiveAddress start, std::uint64_t length, Mm& other, EffectiveAddress from);
  /// fork: this empty mm, whose base page is the parent's, gets its mappings and shares its pages; both map
  /// them read-only from now on. No CPU may have translated through the parent's tables yet. UserError for 1G
  /// pages.
  void copy_page_range(Mm& parent);

  /// Maps one page, with a PTE table deposited for a huge one. UserError if something is mapped there.
  void map_page(EffectiveAddress address, PageSize size);
  /// Whether a leaf maps `address`.
  [[nodiscard]] bool maps(EffectiveAddress address) const;
  /// The VMA that `address` lies in, or none.
  [[nodiscard]] const Vma* find_vma(EffectiveAddress address) const;
  /// page->index in bytes: where in its anonymous mapping `address`, which must be mapped, lies.
  [[nodiscard]] std::uint64_t index_of(EffectiveAddress address) const;

  /// The PMD table that `address` goes through, made if there is none.
  PmdTable& make_pmd_table(EffectiveAddress address);
  /// A PMD table that is in use from now on, for the 1G at `address`; its PUD is the caller's to store.
  PmdTable& add_pmd_table(EffectiveAddress address, RealAddress table);
  /// The PMD table that `address` goes through, or none.
  [[nodiscard]] PmdTable* pmd_table(EffectiveAddress address);
  [[nodiscard]] static RealAddress pmd_entry(const PmdTable& table, EffectiveAddress address) {
    return table.table + 8 * mmu::table_index(address.value(), 3, mmu::kDirectoryBits);
  }
  [[nodiscard]] RadixEntry read(RealAddress entry) const {
    system_.touch({cpus::SharedKind::memory, entry.value()}, cpus::Touch::read);
    return RadixEntry{memory().read64(entry)};
  }
  /// Stores on behalf of the CPU that runs.
  void write(RealAddress entry, RadixEntry value) {
    system_.store_table_word(system_.running(), entry, value.bits);
  }

  /// A PTE table that is in use from now on, for the 2M at `address`; its PMD is the caller's to store.
  PteTable& add_pte_table(EffectiveAddress address, RealAddress table);
  /// The entry of a PTE table that `address` selects.
  [[nodiscard]] RealAddress pte_entry(RealAddress pte_table, EffectiveAddress address) const {
    return pte_table + 8 * mmu::table_index(address.value(), 4, pte_bits());
  }

  /// radix__pgtable_trans_huge_deposit and _withdraw: the list's links lie in the deposited tables' own
  /// bytes.
  void deposit(PmdTable& table, RealAddress pte_table);
  RealAddress withdraw(PmdTable& table);

  /// The CPU switches to this mm: its bit is set, and stays until it is found to be lazy.
  void switch_to(CpuId cpu) {
    system_.touch({cpus::SharedKind::mask, pid_.value()}, cpus::Touch::write);
    cpumask_.set(cpu);
  }
  /// The CPU, which runs no thread of this mm, drops out of mm_cpumask (exit_lazy_flush_tlb).
  void drop(CpuId cpu) {
    system_.touch({cpus::SharedKind::mask, pid_.value()}, cpus::Touch::write);
    cpumask_.clear(cpu);
  }
  [[nodiscard]] const CpuMask& cpumask() const {
    system_.touch({cpus::SharedKind::mask, pid_.value()}, cpus::Touch::read);
    return cpumask_;
  }
  /// context.active_cpus <= 1 and this CPU in the mask: flushes may be local.
  [[nodiscard]] bool is_thread_local(CpuId cpu) const {
    return cpumask().count() <= 1 && cpumask().test(cpu);
  }

  /// Whether page faults map huge pages here; unless set, as `linux.thp` says.
  std::optional<HugePages> thp;
  /// exit_mmap has gone through it: nothing is left.
  bool exited = false;
  std::shared_ptr<AnonVma> anon_vma;
  /// mm_users <= 1: one thread is left. Otherwise others exist, wherever they sleep.
  bool single_threaded = false;
  /// What `tlb_flush_pending` is called where schedules are compared.
  [[nodiscard]] std::uint64_t tlb_flush_pending_name() const {
    return (std::uint64_t{3} << 40) + pid_.value();
  }

  RwSemaphore mmap_lock;
  cpus::SpinLock page_table_lock;                   ///< for the entries of PGD and PUD tables
  std::int32_t tlb_flush_pending = 0;               ///< how many gather pages from it and have not flushed
  std::map<std::uint64_t, Vma> vmas;                ///< by start
  std::map<std::uint64_t, RealAddress> pud_tables;  ///< by address >> 39
  std::map<std::uint64_t, PmdTable> pmd_tables;     ///< by address >> 30
  std::map<std::uint64_t, PteTable> pte_tables;     ///< in use (not deposited), by address >> 21

 private:
  /// A list's link in a deposited table.
  void write_link(RealAddress place, RealAddress link) { write(place, RadixEntry{link.value()}); }
  RealAddress pud_table(EffectiveAddress address);
  /// The range of a populate, which must lie in one mapping and be aligned to the page.
  void check_populate(EffectiveAddress start, std::uint64_t length, PageSize size) const;
  void copy_pmd(Mm& parent, PmdTable& from, EffectiveAddress huge);
  void copy_pte(Mm& parent, RealAddress pte, EffectiveAddress address);
  void map_giant(EffectiveAddress address, RadixEntry leaf);
  void map_huge(EffectiveAddress address, RadixEntry leaf);
  void map_base(EffectiveAddress address, RadixEntry leaf);

  mmu::Pid pid_;
  PageSize base_page_;
  cpus::System& system_;
  PageAllocator& pages_;
  RealAddress pgd_;
  CpuMask cpumask_;
  std::uint64_t next_mapping_;
};

}  // namespace p9mmu::workloads
