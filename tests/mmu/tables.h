// Partition table, process tables and radix trees for tests, built as an operating system builds them: entry
// by entry into simulated memory. Not a model of Linux: it never frees a table and maps what it is told to.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "mmu/access.h"
#include "mmu/radix_entry.h"
#include "mmu/real_memory.h"
#include "mmu/table_entries.h"

namespace p9mmu::mmu::test {

inline constexpr std::uint64_t kUserAll = 0x187;    ///< R, C, read, write, execute
inline constexpr std::uint64_t kKernelAll = 0x18F;  ///< the same, privileged

class Tables {
 public:
  /// `guest_table_pages` is the size of the host's pages under a guest's tables.
  explicit Tables(PageSize guest_table_pages = PageSize::k64K) : guest_table_pages_(guest_table_pages) {
    add_partition(Lpid(0));
  }

  RealMemory memory;

  [[nodiscard]] static PartitionTableControl ptcr() {
    return PartitionTableControl::at(RealAddress(kPartitionTable), 16);
  }

  [[nodiscard]] static Context host(Pid pid, bool problem_state = true) {
    Context context;
    context.problem_state = problem_state;
    context.pidr = pid;
    context.ptcr = ptcr();
    return context;
  }
  [[nodiscard]] static Context guest(Lpid lpid, Pid pid, bool problem_state = true) {
    Context context = host(pid, problem_state);
    context.hypervisor = false;
    context.lpidr = lpid;
    return context;
  }

  /// A partition with its two tables; for a guest also the memory that its own tables lie in, mapped.
  void add_partition(Lpid lpid) {
    Partition& partition = partitions_[lpid];
    partition.root = allocate_real(table_bytes(kRootBits));
    if (lpid == Lpid(0)) {
      partition.process_table = allocate_real(kProcessTableBytes);
    } else {
      partition.next_guest = kGuestArena;
      partition.arena = kFirstArena + lpid.value() * kArenaBytes;
      for (std::uint64_t at = 0; at < kArenaUsed; at += bytes(guest_table_pages_)) {
        map_partition(lpid, kGuestArena + at, guest_table_pages_, partition.arena + at, kUserAll);
      }
      partition.process_table = allocate(lpid, kProcessTableBytes);
    }
    write_partition_entry(lpid);
  }
  /// Writes the partition table entry once more, as after a change of `root` or `process_table`.
  void write_partition_entry(Lpid lpid) {
    const Partition& partition = partitions_.at(lpid);
    const auto entry =
        PartitionTableEntry::make(RootDescriptor::at(partition.root), partition.process_table, 16);
    memory.write64(RealAddress(kPartitionTable + lpid.value() * 16), entry.word0);
    memory.write64(RealAddress(kPartitionTable + lpid.value() * 16 + 8), entry.word1);
  }

  /// An empty tree for a process; its root's address (guest real for a guest).
  std::uint64_t add_process(Lpid lpid, Pid pid) {
    const std::uint64_t root = allocate(lpid, table_bytes(kRootBits));
    set_root(lpid, pid, root);
    return root;
  }
  void set_root(Lpid lpid, Pid pid, std::uint64_t root) {
    memory.write64(process_entry_address(lpid, pid), RootDescriptor::at(root).encode());
  }
  [[nodiscard]] std::uint64_t root(Lpid lpid, Pid pid) const {
    return RootDescriptor::decode(memory.read64(process_entry_address(lpid, pid))).base;
  }
  [[nodiscard]] RealAddress process_entry_address(Lpid lpid, Pid pid) const {
    return real(lpid, partitions_.at(lpid).process_table + pid.value() * 16);
  }

  /// A leaf in a process's tree: to a real address, or for a guest to a guest real one. Returns the leaf's
  /// address.
  RealAddress map(Lpid lpid, Pid pid, std::uint64_t address, PageSize size, std::uint64_t target,
                  std::uint64_t flags) {
    return map_in(lpid, root(lpid, pid), address, size, target, flags);
  }
  RealAddress map_in(Lpid lpid, std::uint64_t root, std::uint64_t address, PageSize size,
                     std::uint64_t target, std::uint64_t flags) {
    const RealAddress leaf = place(lpid, root, address, size);
    memory.write64(leaf, RadixEntry::make_leaf(RealAddress(target), flags).bits);
    return leaf;
  }
  /// A leaf in a partition-scoped tree.
  RealAddress map_partition(Lpid lpid, std::uint64_t guest, PageSize size, std::uint64_t target,
                            std::uint64_t flags) {
    return map_in(Lpid(0), partitions_.at(lpid).root, guest, size, target, flags);
  }

  /// Where the entry for `address` at `level` of a tree is, taking the tables on the way to exist.
  [[nodiscard]] RealAddress entry_address(Lpid lpid, std::uint64_t root, std::uint64_t address,
                                          unsigned level) const {
    std::uint64_t table = root;
    unsigned bits = kRootBits;
    for (unsigned at = 1;; ++at) {
      const RealAddress entry = real(lpid, table + 8 * table_index(address, at, bits));
      if (at == level) {
        return entry;
      }
      const RadixEntry directory{memory.read64(entry)};
      table = directory.next_table();
      bits = directory.next_bits();
    }
  }

  /// Copies a partition's process table to fresh memory and points the partition table entry there.
  void move_process_table(Lpid lpid) {
    const std::uint64_t before = partitions_.at(lpid).process_table;
    std::uint64_t& spare = partitions_.at(lpid).spare_process_table;
    const std::uint64_t after = spare != 0 ? spare : allocate(lpid, kProcessTableBytes);
    for (std::uint64_t at = 0; at < kProcessTableBytes; at += 8) {
      memory.write64(real(lpid, after + at), memory.read64(real(lpid, before + at)));
    }
    partitions_.at(lpid).process_table = after;
    partitions_.at(lpid).spare_process_table = before;
    write_partition_entry(lpid);
  }

  [[nodiscard]] std::uint64_t partition_root(Lpid lpid) const { return partitions_.at(lpid).root; }
  void set_partition_root(Lpid lpid, std::uint64_t root) {
    partitions_.at(lpid).root = root;
    write_partition_entry(lpid);
  }
  [[nodiscard]] static RealAddress partition_entry_address(Lpid lpid) {
    return RealAddress(kPartitionTable + lpid.value() * 16);
  }

  /// Where a table of this partition lies in real memory.
  [[nodiscard]] RealAddress real(Lpid lpid, std::uint64_t address) const {
    return lpid == Lpid(0) ? RealAddress(address)
                           : RealAddress(address - kGuestArena + partitions_.at(lpid).arena);
  }
  /// Fresh memory for a table of this partition, aligned to its size.
  std::uint64_t allocate(Lpid lpid, std::uint64_t size) {
    return lpid == Lpid(0) ? allocate_real(size) : take(partitions_.at(lpid).next_guest, size);
  }

  /// Guest real addresses from here on hold a guest's tables.
  static constexpr std::uint64_t kGuestArena = std::uint64_t{1} << 40;

 private:
  static constexpr std::uint64_t kPartitionTable = 0x10000;
  static constexpr std::uint64_t kFirstTable = 0x100000;
  static constexpr std::uint64_t kProcessTableBytes = 0x10000;
  static constexpr std::uint64_t kFirstArena = std::uint64_t{1} << 44;
  static constexpr std::uint64_t kArenaBytes = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kArenaUsed = std::uint64_t{8} << 20;

  struct Partition {
    std::uint64_t root = 0;
    std::uint64_t process_table = 0;
    std::uint64_t spare_process_table = 0;
    std::uint64_t next_guest = 0;
    std::uint64_t arena = 0;
  };

  static std::uint64_t take(std::uint64_t& next, std::uint64_t size) {
    const std::uint64_t at = (next + size - 1) & ~(size - 1);
    next = at + size;
    return at;
  }
  std::uint64_t allocate_real(std::uint64_t size) { return take(next_real_, size); }

  /// The address of the leaf for `address`, with the tables above it made where they are missing.
  RealAddress place(Lpid lpid, std::uint64_t root, std::uint64_t address, PageSize size) {
    const unsigned leaf_level = size == PageSize::k1G ? 2 : size == PageSize::k2M ? 3 : 4;
    std::uint64_t table = root;
    unsigned bits = kRootBits;
    for (unsigned level = 1;; ++level) {
      const RealAddress entry = real(lpid, table + 8 * table_index(address, level, bits));
      if (level == leaf_level) {
        return entry;
      }
      RadixEntry directory{memory.read64(entry)};
      if (!directory.valid() || directory.leaf()) {
        const unsigned next = level < 3                ? kDirectoryBits
                              : size == PageSize::k64K ? kLastBits64K
                                                       : kLastBits4K;
        directory = RadixEntry::make_directory(RealAddress(allocate(lpid, table_bytes(next))), next);
        memory.write64(entry, directory.bits);
      }
      table = directory.next_table();
      bits = directory.next_bits();
    }
  }

  PageSize guest_table_pages_;
  std::uint64_t next_real_ = kFirstTable;
  std::map<Lpid, Partition> partitions_;
};

}  // namespace p9mmu::mmu::test
