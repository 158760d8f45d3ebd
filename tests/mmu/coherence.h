// The machine of the coherence property: two cores whose threads translate while tables change, partitions
// and processes come and go, and each change is followed by one of the sequences that the architecture calls
// complete. After that no cached translation may differ from what a walk of the tables says now.
//
// A mutant stands between the sequence and the cores and loses part of what an instruction does; the property
// has to notice each of them. The product knows nothing of mutants.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "mmu/core_mmu.h"
#include "tests/mmu/reference_mmu.h"
#include "tests/mmu/tables.h"

namespace p9mmu::mmu::test {

/// An instruction on its way to a core.
struct Instruction {
  enum class Kind : std::uint8_t { tlbie, tlbiel, slbia };
  Kind kind = Kind::tlbie;
  TlbInvalidate what;
  unsigned thread = 0;  ///< of the core, for tlbiel and slbia
  unsigned ih = 0;      ///< of slbia
};

/// What is left of an instruction when it arrives at `core`: itself, something weaker, or nothing.
using Mutant = std::function<std::vector<Instruction>(unsigned core, const Instruction&)>;

class Coherence {
 public:
  struct Setup {
    MmuParameters parameters;
    PageSize guest_table_pages = PageSize::k64K;
    std::uint64_t seed = 1;
    Mutant mutant;
  };

  explicit Coherence(const Setup& setup)
      : parameters_(setup.parameters),
        mutant_(setup.mutant),
        random_(setup.seed),
        tables_(setup.guest_table_pages),
        reference_(tables_.memory, setup.parameters.rc_update == RcUpdate::hardware) {
    for (unsigned core = 0; core < kCores; ++core) {
      cores_.emplace_back(setup.parameters, kThreads);
    }
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
    for (auto& core : contexts_) {
      for (Context& context : core) {
        context = any_context();
      }
    }
  }

  /// Runs until a cached translation differs from the reference's, at most `steps` steps; the step, or none.
  std::optional<std::uint64_t> first_mismatch(std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      const std::uint64_t choice = below(1000);
      if (choice < 900) {
        if (!translate_agrees()) {
          return step;
        }
      } else if (choice < 930) {
        switch_context();
      } else if (choice < 965) {
        change_process_leaf();
      } else if (choice < 970) {
        change_process_directory();
      } else if (choice < 973) {
        change_process_root();
      } else if (choice < 993) {
        change_partition_leaf();
      } else if (choice < 997) {
        change_partition_directory();
      } else {
        change_partition_entry();
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t cached_hits() const {
    std::uint64_t hits = 0;
    for (const CoreMmu& core : cores_) {
      hits += core.counters().erat_hits + core.counters().tlb_hits;
    }
    return hits;
  }
  [[nodiscard]] std::uint64_t good_translations() const { return good_; }

 private:
  static constexpr unsigned kCores = 2;
  static constexpr unsigned kThreads = 4;
  static constexpr std::uint32_t kPartitions = 3;  ///< LPID 0 is the host
  static constexpr std::uint32_t kProcesses = 3;   ///< PID 0 is the kernel
  // Few addresses, so that steps meet: two regions of 1 GiB, in each a few pages of each size.
  static constexpr std::array<std::uint64_t, 2> kRegions = {0x0000000080000000, 0x0007000000000000};
  static constexpr std::array<std::uint64_t, 6> kOffsets = {0,       0x1000,   0x10000,
                                                            0x11000, 0x200000, 0x3FF10000};
  static constexpr std::array<std::uint64_t, 2> kGuestRegions = {0x0000000100000000, 0x0000008000000000};

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

  // --- translating ---

  Context any_context() {
    const Lpid lpid = any_lpid();
    Context context =
        lpid == Lpid(0) || below(5) == 0 ? Tables::host(any_pid()) : Tables::guest(lpid, any_pid());
    context.lpidr = lpid;
    context.problem_state = below(2) == 0;
    context.data_relocation = below(8) != 0;
    context.instruction_relocation = below(8) != 0;
    context.amr = below(10) == 0 ? below(4) << 62 : 0;
    context.iamr = below(10) == 0 ? below(4) << 62 : 0;
    return context;
  }

  void switch_context() { contexts_[below(kCores)][below(kThreads)] = any_context(); }

  bool translate_agrees() {
    const std::uint64_t core = below(kCores);
    const std::uint64_t thread = below(kThreads);
    const Context& context = contexts_[core][thread];
    const Access access = below(4) == 0 ? Access::fetch : below(4) == 0 ? Access::store : Access::load;
    std::uint64_t ea = any_address();
    if (!context.hypervisor && !relocated(context, access)) {
      ea = any_guest_address();
    } else if (below(4) == 0) {
      ea |= below(4) << 62;
    }
    ea += below(512) * 8;
    const auto expected = reference_.translate(context, access, ea);
    const Translation found = cores_[core].translate(static_cast<unsigned>(thread), access, context,
                                                     EffectiveAddress(ea), tables_.memory);
    good_ += found.ok() ? 1U : 0U;
    if (!(found.fault == expected.fault)) {
      return false;
    }
    for (const auto& [address, bits] : expected.updates) {
      if ((tables_.memory.read64(RealAddress(address)) & bits) != bits) {
        return false;
      }
    }
    const bool sized = found.source == TranslationSource::real_mode || !found.ok();
    const bool smaller = sized || shift(found.size) <= expected.page_shift;
    return !found.ok() || (found.address.value() == expected.real && smaller);
  }

  // --- changing tables, and the sequences that make the change complete ---

  void change_process_leaf() {
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
    if (end.leaf) {  // an invalid entry is never cached: nothing to take away
      invalidate_process_page(lpid, pid, address, end.size);
    }
  }

  /// More authority, R and C need no invalidation.
  void gain_rights(RealAddress entry) {
    const RadixEntry leaf{tables_.memory.read64(entry)};
    if (leaf.leaf() && leaf.attribute() == Attribute::normal) {
      tables_.memory.write64(entry, (leaf.bits | 0x187) & ~RadixEntry::kPrivileged);
    }
  }

  /// Another table in place of a directory entry's, with other leaves.
  void change_process_directory() {
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
    invalidate_process_walks(lpid, pid);
  }

  /// Another tree for a process.
  void change_process_root() {
    const Lpid lpid = any_lpid();
    const Pid pid = any_pid();
    std::uint64_t& spare = spare_roots_[lpid.value()][pid.value()];
    if (spare == 0) {
      spare = tables_.allocate(lpid, table_bytes(kRootBits));
    }
    const std::uint64_t before = tables_.root(lpid, pid);
    tables_.set_root(lpid, pid, spare);
    spare = before;
    broadcast_or_local(process_wide(lpid, pid, InvalidateCaches::all));
  }

  void change_partition_leaf() {
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
    if (end.leaf) {
      invalidate_guest_page(lpid, address, end.size);
    }
  }

  void change_partition_directory() {
    const Lpid lpid = any_guest();
    const std::uint64_t address = any_guest_address();
    const std::uint64_t root = tables_.partition_root(lpid);
    const unsigned level = 1 + static_cast<unsigned>(below(find_end(Lpid(0), root, address).level));
    tables_.memory.write64(tables_.entry_address(Lpid(0), root, address, level), 0);
    if (below(2) == 0) {
      const PageSize size = any_size();
      tables_.map_partition(lpid, address, size, any_target(Lpid(0), size), any_flags());
    }
    invalidate_partition_walks(lpid);
  }

  /// Another partition-scoped tree, or another process table, for a guest.
  void change_partition_entry() {
    const Lpid lpid = any_guest();
    if (below(2) == 0) {
      std::uint64_t& spare = spare_partition_roots_[lpid.value()];
      if (spare == 0) {
        spare = copy_partition_root(lpid);
      }
      const std::uint64_t before = tables_.partition_root(lpid);
      tables_.set_partition_root(lpid, spare);
      spare = before;
      TlbInvalidate all = TlbInvalidate::for_lpid(lpid, false, InvalidateCaches::all);
      all.scope = below(3) == 0 ? InvalidateScope::everything : InvalidateScope::lpid;
      broadcast_or_local(all);
    } else {
      tables_.move_process_table(lpid);
      // The process table moved, and in it each root changes places with its neighbour's.
      const std::uint64_t first = tables_.root(lpid, Pid(1));
      tables_.set_root(lpid, Pid(1), tables_.root(lpid, Pid(2)));
      tables_.set_root(lpid, Pid(2), first);
      for (const bool process_scoped : {false, true}) {
        TlbInvalidate all = TlbInvalidate::for_lpid(lpid, process_scoped, InvalidateCaches::all);
        all.scope = below(3) == 0 ? InvalidateScope::everything : InvalidateScope::lpid;
        broadcast_or_local(all);
      }
    }
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

  void invalidate_process_page(Lpid lpid, Pid pid, std::uint64_t address, PageSize size) {
    const std::uint64_t choice = below(8);
    if (choice < 5) {
      broadcast_or_local(TlbInvalidate::for_page(lpid, pid, EffectiveAddress(address), size));
    } else if (choice == 5 && (size == PageSize::k4K || size == PageSize::k64K)) {
      TlbInvalidate cluster =
          TlbInvalidate::for_page(lpid, pid, EffectiveAddress(address),
                                  below(2) == 0 && size == PageSize::k4K ? PageSize::k64K : PageSize::k2M);
      cluster.ric = InvalidateCaches::tlb_cluster;
      broadcast_or_local(cluster);
    } else {
      broadcast_or_local(
          process_wide(lpid, pid, below(2) == 0 ? InvalidateCaches::tlb : InvalidateCaches::all));
    }
  }

  void invalidate_process_walks(Lpid lpid, Pid pid) {
    if (below(2) == 0) {
      broadcast_or_local(process_wide(lpid, pid, InvalidateCaches::all));
    } else {
      broadcast_or_local(process_wide(lpid, pid, InvalidateCaches::walk_cache));
      broadcast_or_local(process_wide(lpid, pid, InvalidateCaches::tlb));
    }
  }

  void invalidate_guest_page(Lpid lpid, std::uint64_t address, PageSize size) {
    const std::uint64_t choice = below(6);
    if (choice < 4) {
      broadcast_or_local(TlbInvalidate::for_guest_page(lpid, GuestRealAddress(address), size));
    } else if (choice == 4 && (size == PageSize::k4K || size == PageSize::k64K)) {
      TlbInvalidate cluster = TlbInvalidate::for_guest_page(lpid, GuestRealAddress(address), PageSize::k2M);
      cluster.ric = InvalidateCaches::tlb_cluster;
      broadcast_or_local(cluster);
    } else {
      broadcast_or_local(partition_wide(lpid, InvalidateCaches::tlb));
    }
  }

  void invalidate_partition_walks(Lpid lpid) {
    if (below(2) == 0) {
      broadcast_or_local(partition_wide(lpid, InvalidateCaches::all));
    } else {
      broadcast_or_local(partition_wide(lpid, InvalidateCaches::walk_cache));
      broadcast_or_local(partition_wide(lpid, InvalidateCaches::tlb));
    }
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

  // --- executing them ---

  /// One tlbie, or in each core what takes its place there.
  void broadcast_or_local(const TlbInvalidate& what) {
    if (below(2) == 0) {
      for (CoreMmu& core : cores_) {
        execute(core, Instruction{Instruction::Kind::tlbie, what, 0, 0});
      }
    } else {
      for (CoreMmu& core : cores_) {
        local(core, what);
      }
    }
  }

  /// Thread 0 or 1 clears TLB and walk cache; the ERATs of either slice pair need a thread of their own.
  void local(CoreMmu& core, TlbInvalidate what) {
    const unsigned other = 2 + static_cast<unsigned>(below(2));
    const bool page = what.scope == InvalidateScope::page;
    for (std::uint32_t set = 0; set < (page ? 1 : parameters_.tlb_sets); ++set) {
      what.set = page ? 0 : set;
      execute(core, Instruction{Instruction::Kind::tlbiel, what, 0, 0});
    }
    if (page || below(2) == 0) {
      for (std::uint32_t set = 0; set < (page ? 1 : parameters_.tlb_sets); ++set) {
        what.set = page ? 0 : set;
        execute(core, Instruction{Instruction::Kind::tlbiel, what, other, 0});
      }
      return;
    }
    const bool user = what.scope == InvalidateScope::pid && what.pid != Pid(0);
    const bool guest = what.scope != InvalidateScope::everything && what.lpid != Lpid(0);
    const std::uint64_t choice = below(3);
    const unsigned ih = choice == 0 && user ? 3 : choice == 1 && guest ? 6 : 7;
    execute(core, Instruction{Instruction::Kind::slbia, what, other, ih});
  }

  void execute(CoreMmu& core, const Instruction& instruction) {
    if (!mutant_) {
      execute_now(core, instruction);
      return;
    }
    for (const Instruction& left : mutant_(static_cast<unsigned>(&core - cores_.data()), instruction)) {
      execute_now(core, left);
    }
  }

  static void execute_now(CoreMmu& core, const Instruction& instruction) {
    switch (instruction.kind) {
      case Instruction::Kind::tlbie:
        core.tlbie(instruction.what);
        break;
      case Instruction::Kind::tlbiel:
        core.tlbiel(instruction.thread, instruction.what);
        break;
      case Instruction::Kind::slbia:
        core.slbia(instruction.thread, instruction.ih);
        break;
    }
  }

  MmuParameters parameters_;
  Mutant mutant_;
  std::mt19937_64 random_;
  Tables tables_;
  ReferenceMmu reference_;
  std::vector<CoreMmu> cores_;
  std::array<std::array<Context, kThreads>, kCores> contexts_;
  std::array<std::array<std::uint64_t, kProcesses>, kPartitions> spare_roots_{};
  std::array<std::uint64_t, kPartitions> spare_partition_roots_{};
  std::uint64_t good_ = 0;
};

}  // namespace p9mmu::mmu::test
