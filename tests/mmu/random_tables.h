// Page tables of a few partitions and processes that change at random, and for each change the invalidations
// that the architecture calls complete for it: one of the several ways to be, chosen at random too. It
// executes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "mmu/invalidate.h"
#include "tests/mmu/tables.h"

namespace p9mmu::mmu::test {

/// In order; together complete.
using Invalidations = std::vector<TlbInvalidate>;

class RandomTables {
 public:
  static constexpr std::uint32_t kPartitions = 3;  ///< LPID 0 is the host
  static constexpr std::uint32_t kProcesses = 3;   ///< PID 0 is the kernel

  /// `guest_table_pages` is the size of the host's pages under a guest's tables.
  RandomTables(std::uint64_t seed, PageSize guest_table_pages) : random_(seed), tables_(guest_table_pages) {
    for (std::uint32_t lpid = 0; lpid < kPartitions; ++lpid) {
      if (lpid != 0) {
        tables_.add_partition(Lpid(lpid));
      }
      for (std::uint32_t pid = 0; pid < kProcesses; ++pid) {
        tables_.add_process(Lpid(lpid), Pid(pid));
      }
    }
    constexpr int kFirstPages = 200;
    for (int i = 0; i < kFirstPages; ++i) {
      change_process_leaf();
      change_partition_leaf();
    }
  }

  Tables& tables() { return tables_; }

  /// Changes something; what has to be invalidated before anybody relies on it.
  Invalidations change() {
    const std::uint64_t choice = below(70);
    if (choice < 35) {
      return change_process_leaf();
    }
    if (choice < 40) {
      return change_process_directory();
    }
    if (choice < 43) {
      return change_process_root();
    }
    if (choice < 63) {
      return change_partition_leaf();
    }
    if (choice < 67) {
      return change_partition_directory();
    }
    return below(2) == 0 ? change_partition_root() : change_process_table();
  }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  template <typename T, std::size_t n>
  const T& one_of(const std::array<T, n>& of) {
    return of[below(n)];
  }
  Lpid any_lpid() { return Lpid(static_cast<std::uint32_t>(below(kPartitions))); }
  Lpid any_guest() { return Lpid(1 + static_cast<std::uint32_t>(below(kPartitions - 1))); }
  Pid any_pid() { return Pid(static_cast<std::uint32_t>(below(kProcesses))); }
  std::uint64_t any_address() { return one_of(kRegions) + one_of(kOffsets); }
  std::uint64_t any_guest_address() { return one_of(kGuestRegions) + one_of(kOffsets); }
  PageSize any_size() { return static_cast<PageSize>(below(4)); }
  std::uint64_t any_flags() {
    constexpr std::array<std::uint64_t, 12> kFlags = {0x187, 0x187, 0x187, 0x187, 0x187, 0x18F,
                                                      0x184, 0x107, 0x087, 0x181, 0x186, 0x1A6};
    return one_of(kFlags);
  }

 private:
  // Few addresses, so that steps meet: two regions of 1 GiB, in each a few pages of each size.
  static constexpr std::array<std::uint64_t, 2> kRegions = {0x0000000080000000, 0x0007000000000000};
  static constexpr std::array<std::uint64_t, 6> kOffsets = {0,       0x1000,   0x10000,
                                                            0x11000, 0x200000, 0x3FF10000};
  static constexpr std::array<std::uint64_t, 2> kGuestRegions = {0x0000000100000000, 0x0000008000000000};

  Invalidations change_process_leaf() {
    const Lpid lpid = any_lpid();
    const Pid pid = any_pid();
    const std::uint64_t address = any_address();
    const End end = find_end(lpid, tables_.root(lpid, pid), address);
    if (end.leaf && below(8) == 0) {
      gain_rights(end.entry);
    } else if (end.leaf && below(3) == 0) {
      tables_.memory.write64(end.entry, 0);
    } else {
      tables_.map(lpid, pid, address, end.size, any_target(lpid, end.size), any_flags());
    }
    // An invalid entry is never cached: nothing to take away.
    return end.leaf ? invalidate_process_page(lpid, pid, address, end.size) : Invalidations{};
  }

  /// More authority, R and C need no invalidation.
  void gain_rights(RealAddress entry) {
    const RadixEntry leaf{tables_.memory.read64(entry)};
    if (leaf.leaf() && leaf.attribute() == Attribute::normal) {
      tables_.memory.write64(entry, (leaf.bits | 0x187) & ~RadixEntry::kPrivileged);
    }
  }

  /// Another table in place of a directory entry's, with other leaves.
  Invalidations change_process_directory() {
    const Lpid lpid = any_lpid();
    const Pid pid = any_pid();
    const std::uint64_t address = any_address();
    const std::uint64_t root = tables_.root(lpid, pid);
    const unsigned level = 1 + static_cast<unsigned>(below(find_end(lpid, root, address).level));
    tables_.memory.write64(tables_.entry_address(lpid, root, address, level), 0);
    if (below(2) == 0) {
      const PageSize size = any_size();
      tables_.map(lpid, pid, address, size, any_target(lpid, size), any_flags());
    }
    return invalidate_process_walks(lpid, pid);
  }

  /// Another tree for a process.
  Invalidations change_process_root() {
    const Lpid lpid = any_lpid();
    const Pid pid = any_pid();
    std::uint64_t& spare = spare_roots_[lpid.value()][pid.value()];
    if (spare == 0) {
      spare = tables_.allocate(lpid, table_bytes(kRootBits));
    }
    const std::uint64_t before = tables_.root(lpid, pid);
    tables_.set_root(lpid, pid, spare);
    spare = before;
    return {process_wide(lpid, pid, InvalidateCaches::all)};
  }

  Invalidations change_partition_leaf() {
    const Lpid lpid = any_guest();
    const std::uint64_t address = any_guest_address();
    const End end = find_end(Lpid(0), tables_.partition_root(lpid), address);
    if (end.leaf && below(8) == 0) {
      gain_rights(end.entry);
    } else if (end.leaf && below(3) == 0) {
      tables_.memory.write64(end.entry, 0);
    } else {
      tables_.map_partition(lpid, address, end.size, any_target(Lpid(0), end.size), any_flags());
    }
    return end.leaf ? invalidate_guest_page(lpid, address, end.size) : Invalidations{};
  }

  Invalidations change_partition_directory() {
    const Lpid lpid = any_guest();
    const std::uint64_t address = any_guest_address();
    const std::uint64_t root = tables_.partition_root(lpid);
    const unsigned level = 1 + static_cast<unsigned>(below(find_end(Lpid(0), root, address).level));
    tables_.memory.write64(tables_.entry_address(Lpid(0), root, address, level), 0);
    if (below(2) == 0) {
      const PageSize size = any_size();
      tables_.map_partition(lpid, address, size, any_target(Lpid(0), size), any_flags());
    }
    return invalidate_partition_walks(lpid);
  }

  /// Another partition-scoped tree for a guest.
  Invalidations change_partition_root() {
    const Lpid lpid = any_guest();
    std::uint64_t& spare = spare_partition_roots_[lpid.value()];
    if (spare == 0) {
      spare = copy_partition_root(lpid);
    }
    const std::uint64_t before = tables_.partition_root(lpid);
    tables_.set_partition_root(lpid, spare);
    spare = before;
    return {whole_partition(lpid, false)};
  }

  /// Another process table for a guest, in which two processes have changed roots.
  Invalidations change_process_table() {
    const Lpid lpid = any_guest();
    tables_.move_process_table(lpid);
    const std::uint64_t first = tables_.root(lpid, Pid(1));
    tables_.set_root(lpid, Pid(1), tables_.root(lpid, Pid(2)));
    tables_.set_root(lpid, Pid(2), first);
    return {whole_partition(lpid, false), whole_partition(lpid, true)};
  }

  /// A root with the entry that leads to the guest's tables, and nothing else.
  std::uint64_t copy_partition_root(Lpid lpid) {
    const std::uint64_t copy = tables_.allocate(Lpid(0), table_bytes(kRootBits));
    const std::uint64_t index = table_index(Tables::kGuestArena, 1, kRootBits);
    const std::uint64_t entry = tables_.memory.read64(RealAddress(tables_.partition_root(lpid) + 8 * index));
    tables_.memory.write64(RealAddress(copy + 8 * index), entry);
    return copy;
  }

  struct End {
    RealAddress entry;
    unsigned level;
    PageSize size;  ///< of the leaf, or of one that may be put there or below
    bool leaf;
  };
  /// The entry that ends the way to `address`: a leaf or an invalid entry.
  End find_end(Lpid lpid, std::uint64_t root, std::uint64_t address) {
    unsigned bits = kRootBits;
    for (unsigned level = 1;; ++level) {
      const RealAddress at = tables_.entry_address(lpid, root, address, level);
      const RadixEntry entry{tables_.memory.read64(at)};
      if (entry.valid() && !entry.leaf()) {
        bits = entry.next_bits();
        continue;
      }
      if (entry.valid() || level == kLastLevel) {
        return End{at, level, *leaf_size(level, bits), entry.valid()};
      }
      PageSize size = any_size();
      while (level == 3 && size == PageSize::k1G) {
        size = any_size();
      }
      return End{at, level, size, false};
    }
  }

  std::uint64_t any_target(Lpid lpid, PageSize size) {
    if (lpid != Lpid(0)) {
      return one_of(kGuestRegions) + (one_of(kOffsets) & ~(bytes(size) - 1));
    }
    return (std::uint64_t{1} << 41) + (below(64) << 30) + (below(512) << 21 & ~(bytes(size) - 1));
  }

  /// A larger page that such pages fill.
  PageSize any_cluster_of(PageSize size) {
    return below(2) == 0 && size == PageSize::k4K ? PageSize::k64K : PageSize::k2M;
  }

  Invalidations invalidate_process_page(Lpid lpid, Pid pid, std::uint64_t address, PageSize size) {
    const std::uint64_t choice = below(8);
    if (choice < 5) {
      return {TlbInvalidate::for_page(lpid, pid, EffectiveAddress(address), size)};
    }
    if (choice == 5 && (size == PageSize::k4K || size == PageSize::k64K)) {
      TlbInvalidate cluster =
          TlbInvalidate::for_page(lpid, pid, EffectiveAddress(address), any_cluster_of(size));
      cluster.ric = InvalidateCaches::tlb_cluster;
      return {cluster};
    }
    return {process_wide(lpid, pid, below(2) == 0 ? InvalidateCaches::tlb : InvalidateCaches::all)};
  }

  Invalidations invalidate_process_walks(Lpid lpid, Pid pid) {
    if (below(2) == 0) {
      return {process_wide(lpid, pid, InvalidateCaches::all)};
    }
    return {process_wide(lpid, pid, InvalidateCaches::walk_cache),
            process_wide(lpid, pid, InvalidateCaches::tlb)};
  }

  Invalidations invalidate_guest_page(Lpid lpid, std::uint64_t address, PageSize size) {
    const std::uint64_t choice = below(6);
    if (choice < 4) {
      return {TlbInvalidate::for_guest_page(lpid, GuestRealAddress(address), size)};
    }
    if (choice == 4 && (size == PageSize::k4K || size == PageSize::k64K)) {
      TlbInvalidate cluster =
          TlbInvalidate::for_guest_page(lpid, GuestRealAddress(address), any_cluster_of(size));
      cluster.ric = InvalidateCaches::tlb_cluster;
      return {cluster};
    }
    return {partition_wide(lpid, InvalidateCaches::tlb)};
  }

  Invalidations invalidate_partition_walks(Lpid lpid) {
    if (below(2) == 0) {
      return {partition_wide(lpid, InvalidateCaches::all)};
    }
    return {partition_wide(lpid, InvalidateCaches::walk_cache), partition_wide(lpid, InvalidateCaches::tlb)};
  }

  TlbInvalidate whole_partition(Lpid lpid, bool process_scoped) {
    TlbInvalidate all = TlbInvalidate::for_lpid(lpid, process_scoped, InvalidateCaches::all);
    all.scope = below(3) == 0 ? InvalidateScope::everything : InvalidateScope::lpid;
    return all;
  }
  TlbInvalidate process_wide(Lpid lpid, Pid pid, InvalidateCaches ric) {
    TlbInvalidate what = TlbInvalidate::for_pid(lpid, pid, ric);
    const std::uint64_t choice = below(6);
    what.scope = choice < 4    ? InvalidateScope::pid
                 : choice == 4 ? InvalidateScope::lpid
                               : InvalidateScope::everything;
    return what;
  }
  TlbInvalidate partition_wide(Lpid lpid, InvalidateCaches ric) {
    TlbInvalidate what = TlbInvalidate::for_lpid(lpid, false, ric);
    what.scope = below(4) == 0 ? InvalidateScope::everything : InvalidateScope::lpid;
    return what;
  }

  std::mt19937_64 random_;
  Tables tables_;
  std::array<std::array<std::uint64_t, kProcesses>, kPartitions> spare_roots_{};
  std::array<std::uint64_t, kPartitions> spare_partition_roots_{};
};

}  // namespace p9mmu::mmu::test
