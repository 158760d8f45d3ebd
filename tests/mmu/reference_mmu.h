// The MMU that is obviously right: it walks the tables for each access and remembers nothing. It shares no
// code with the product's walk; where the two differ, one of them is wrong. Slow by design.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "mmu/access.h"
#include "mmu/real_memory.h"

namespace p9mmu::mmu::test {

class ReferenceMmu {
 public:
  struct Result {
    Fault fault;
    std::uint64_t real = 0;
    unsigned page_shift = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> updates;  ///< R and C to be set: where, which
    std::uint64_t loads = 0;
  };

  ReferenceMmu(const RealMemory& memory, bool hardware_sets_rc)
      : memory_(memory), hardware_(hardware_sets_rc) {}

  Result translate(const Context& context, Access access, std::uint64_t ea) {
    result_ = Result{};
    context_ = context;
    access_ = access;
    ea_ = ea;
    try {
      translate_or_throw();
    } catch (const Fault& fault) {
      result_.fault = fault;
      result_.updates.clear();
    }
    return result_;
  }

 private:
  struct Leaf {
    std::uint64_t bits;
    std::uint64_t address;  ///< real, of the leaf itself
    std::uint64_t output;
    unsigned shift;
  };

  static bool loads(Access access) { return access == Access::load || access == Access::load_reserve; }
  static bool stores(Access access) { return access == Access::store || access == Access::store_conditional; }

  [[noreturn]] void storage(std::uint32_t bits) { raise(false, bits, 0); }
  [[noreturn]] void raise(bool hypervisor, std::uint32_t bits, std::uint64_t guest) {
    const bool fetch = access_ == Access::fetch;
    Fault fault;
    fault.interrupt =
        hypervisor ? (fetch ? Interrupt::hypervisor_instruction_storage : Interrupt::hypervisor_data_storage)
                   : (fetch ? Interrupt::instruction_storage : Interrupt::data_storage);
    fault.syndrome = bits | (stores(access_) ? 0x02000000U : 0U);
    fault.address = EffectiveAddress(ea_);
    fault.guest_address = GuestRealAddress(guest);
    throw fault;
  }
  [[noreturn]] void segment() {
    Fault fault;
    fault.interrupt = access_ == Access::fetch ? Interrupt::instruction_segment : Interrupt::data_segment;
    fault.address = EffectiveAddress(ea_);
    throw fault;
  }

  void translate_or_throw() {
    const bool fetch = access_ == Access::fetch;
    if (!(fetch ? context_.instruction_relocation : context_.data_relocation)) {
      const std::uint64_t low = ea_ & 0x0FFFFFFFFFFFFFFF;
      if (context_.hypervisor) {
        result_.real = (ea_ >> 63) != 0 ? low : (low | context_.hrmor);
      } else {
        lpid_ = context_.lpidr.value();
        if (lpid_ == 0) {
          raise(true, 0x00080000, 0);
        }
        read_partition_entry();
        const Leaf leaf = partition_scoped(low, access_, 0);
        result_.real = leaf.output;
        result_.page_shift = leaf.shift;
      }
      return;
    }
    choose_tables();
    if (lpid_ == 0 && !context_.hypervisor) {
      raise(true, 0x00080000, 0);
    }
    read_partition_entry();
    if ((word1_ >> 63) == 0 || (word1_ & 0x1F) > 24) {
      storage(0x00080000);
    }
    if (pid_ * 16 >= std::uint64_t{1} << (12 + (word1_ & 0x1F))) {
      storage(0x40000000);
    }
    const std::uint64_t root = load_table((word1_ & 0x0FFFFFFFFFFFF000) + pid_ * 16);
    Leaf leaf = walk(root, ea_ & 0x000FFFFFFFFFFFFF, -1);
    check_process_leaf(leaf);
    if (lpid_ != 0) {
      const Leaf host = partition_scoped(leaf.output, access_, 0);
      if (((leaf.bits ^ host.bits) & 0x20) != 0) {
        raise(true, 0x20000000, leaf.output);
      }
      leaf.output = host.output;
      leaf.shift = leaf.shift < host.shift ? leaf.shift : host.shift;
    }
    result_.real = leaf.output;
    result_.page_shift = leaf.shift;
  }

  void choose_tables() {
    if (((ea_ >> 52) & 0x3FF) != 0) {
      segment();
    }
    const std::uint64_t quadrant = ea_ >> 62;
    if (!context_.hypervisor && (quadrant == 1 || quadrant == 2)) {
      segment();
    }
    const bool host_tables = context_.hypervisor && (quadrant == 0 || quadrant == 3);
    lpid_ = host_tables ? 0 : context_.lpidr.value();
    pid_ = quadrant >= 2 ? 0 : context_.pidr.value();
  }

  void read_partition_entry() {
    const std::uint64_t base = context_.ptcr.value & 0x0FFFFFFFFFFFF000;
    if (lpid_ * 16 >= std::uint64_t{1} << (12 + (context_.ptcr.value & 0x1F))) {
      lpid_ == 0 ? storage(0x00080000) : raise(true, 0x00080000, 0);
    }
    if (!memory_.contains(RealAddress(base + lpid_ * 16), 16)) {
      lpid_ == 0 ? storage(0x00080000) : raise(true, 0x00080000, 0);
    }
    word0_ = memory_.read64(RealAddress(base + lpid_ * 16));
    word1_ = memory_.read64(RealAddress(base + lpid_ * 16 + 8));
    ++result_.loads;  // both words are one reference
    if ((word0_ >> 63) == 0) {
      lpid_ == 0 ? storage(0x00080000) : raise(true, 0x00080000, 0);
    }
  }

  /// `guest`: the guest real address whose partition-scoped tables are being read, or -1.
  std::uint64_t load_real(std::uint64_t address, std::int64_t guest) {
    if (!memory_.contains(RealAddress(address), 8)) {
      guest < 0 ? storage(0x00080000) : raise(true, 0x00080000 | table_, static_cast<std::uint64_t>(guest));
    }
    ++result_.loads;
    return memory_.read64(RealAddress(address));
  }

  /// An entry of the process table or of a process-scoped tree.
  std::uint64_t load_table(std::uint64_t address) {
    table_entry_ = address;
    if (lpid_ != 0) {
      address = partition_scoped(address, Access::load, 0x00020000).output;
    }
    table_entry_real_ = address;
    return load_real(address, -1);
  }

  Leaf walk(std::uint64_t root, std::uint64_t address, std::int64_t guest) {
    const auto bad = [&](std::uint32_t bits) {
      guest < 0 ? storage(bits) : raise(true, bits | table_, static_cast<std::uint64_t>(guest));
    };
    const std::uint64_t rts = ((root >> 61) & 3) << 3 | ((root >> 5) & 7);
    std::uint64_t table = root & 0x0FFFFFFFFFFFFF00;
    std::uint64_t bits = root & 0x1F;
    if (rts != 21 || bits != 13 || (table & 0xFFFF) != 0) {
      bad(0x00080000);
    }
    unsigned left = 52;
    for (int level = 1;; ++level) {
      left -= static_cast<unsigned>(bits);
      const std::uint64_t entry_address = table + 8 * ((address >> left) & ((std::uint64_t{1} << bits) - 1));
      const std::uint64_t entry = guest < 0 ? load_table(entry_address) : load_real(entry_address, guest);
      if ((entry >> 63) == 0) {
        bad(0x40000000);
      }
      if (((entry >> 62) & 1) != 0) {
        if (level == 1) {
          bad(0x00080000);
        }
        const std::uint64_t low = (std::uint64_t{1} << left) - 1;
        return Leaf{entry, guest < 0 ? table_entry_real_ : entry_address,
                    (entry & 0x01FFFFFFFFFFF000 & ~low) | (address & low), left};
      }
      table = entry & 0x0FFFFFFFFFFFFF00;
      bits = entry & 0x1F;
      const bool fits = level < 3 ? bits == 9 : level == 3 && (bits == 9 || bits == 5);
      if (!fits || table % (std::uint64_t{8} << bits) != 0) {
        bad(0x00080000);
      }
    }
  }

  Leaf partition_scoped(std::uint64_t guest, Access access, std::uint32_t table) {
    table_ = table;
    if ((guest >> 52) != 0) {
      raise(true, 0x40000000 | table, guest);
    }
    const Leaf leaf = walk(word0_ & 0x7FFFFFFFFFFFFFFF, guest, static_cast<std::int64_t>(guest));
    check_authority(leaf.bits, access, true, guest, table);
    set_rc(leaf, access, true, guest, table);
    if (table != 0) {
      table_page_ = leaf;
    }
    return leaf;
  }

  void check_authority(std::uint64_t bits, Access access, bool hypervisor, std::uint64_t guest,
                       std::uint32_t table) {
    if (access == Access::fetch && ((bits & 0x30) == 0x20 || (bits & 1) == 0)) {
      raise(hypervisor, 0x10000000 | table, guest);
    }
    if ((loads(access) && (bits & 6) == 0) || (stores(access) && (bits & 2) == 0)) {
      raise(hypervisor, 0x08000000 | table, guest);
    }
    if ((access == Access::load_reserve || access == Access::store_conditional) && (bits & 0x20) != 0) {
      raise(hypervisor, 0x04000000 | table, guest);
    }
  }

  void set_rc(const Leaf& leaf, Access access, bool hypervisor, std::uint64_t guest, std::uint32_t table) {
    const std::uint64_t missing = (stores(access) ? 0x180U : 0x100U) & ~leaf.bits;
    if (missing != 0) {
      if (!hardware_) {
        raise(hypervisor, 0x00040000 | table, guest);
      }
      result_.updates.emplace_back(leaf.address, missing);
    }
  }

  void check_process_leaf(const Leaf& leaf) {
    const bool privileged = (leaf.bits & 8) != 0;
    if (privileged && context_.problem_state) {
      storage(0x08000000);
    }
    if (!privileged && !context_.problem_state) {
      if (access_ == Access::fetch && (context_.iamr >> 62 & 1) != 0) {
        storage(0x10000000);
      }
      if ((loads(access_) && (context_.amr >> 62 & 1) != 0) ||
          (stores(access_) && (context_.amr >> 63) != 0)) {
        storage(0x08000000);
      }
    }
    check_authority(leaf.bits, access_, false, 0, 0);
    const std::size_t before = result_.updates.size();
    set_rc(leaf, access_, false, 0, 0);
    if (lpid_ != 0 && result_.updates.size() > before) {
      // The update is a store into the guest's table.
      try {
        check_authority(table_page_.bits, Access::store, true, table_entry_, 0x00020000);
      } catch (Fault fault) {
        fault.syndrome |= access_ == Access::fetch ? 0U : 0x02000000U;
        throw fault;
      }
      set_rc(table_page_, Access::store, true, table_entry_, 0x00020000);
    }
  }

  const RealMemory& memory_;
  bool hardware_;
  Result result_;
  Context context_;
  Access access_ = Access::load;
  std::uint64_t ea_ = 0;
  std::uint64_t lpid_ = 0;
  std::uint64_t pid_ = 0;
  std::uint64_t word0_ = 0;
  std::uint64_t word1_ = 0;
  std::uint32_t table_ = 0;  ///< 0x00020000 while a table's address is being translated
  std::uint64_t table_entry_ =
      0;  ///< of the process-scoped entry read last: its address as the guest knows it
  std::uint64_t table_entry_real_ = 0;  ///< and its real address
  Leaf table_page_{};                   ///< and the host's leaf under it
};

}  // namespace p9mmu::mmu::test
