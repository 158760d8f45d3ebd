#include "workloads/linux/mm.h"

#include <iterator>

#include "mmu/check.h"

namespace p9mmu::workloads {
namespace {

/// Where anonymous mappings begin; the kernel would go downwards from the stack, which changes nothing here.
constexpr std::uint64_t kFirstMapping = std::uint64_t{1} << 40;

}  // namespace

Mm::Mm(mmu::Pid pid, PageSize base_page, cpus::System& system, PageAllocator& pages)
    : pid_(pid), base_page_(base_page), system_(system), pages_(pages), next_mapping_(kFirstMapping) {
  mmap_lock.line.line.name = pid.value();
  pgd_ = pages_.allocate_table(mmu::table_bytes(mmu::kRootBits));
  page_table_lock.line.line.name = pgd_.value();
  anon_vma = std::make_shared<AnonVma>();
  anon_vma->lock.line.line.name = (std::uint64_t{4} << 40) + pid.value();
  anon_vma->mms.push_back(this);
}

const Vma* Mm::find_vma(EffectiveAddress address) const {
  const auto after = vmas.upper_bound(address.value());
  if (after == vmas.begin() || std::prev(after)->second.end <= address.value()) {
    return nullptr;
  }
  return &std::prev(after)->second;
}

std::uint64_t Mm::index_of(EffectiveAddress address) const {
  const Vma* const vma = find_vma(address);
  P9MMU_CHECK(vma != nullptr, "no mapping at " << address.value());
  return address.value() - vma->start + vma->offset;
}

RealAddress Mm::pud_table(EffectiveAddress address) {
  const auto [place, added] = pud_tables.try_emplace(address.value() >> 39);
  if (added) {
    place->second = pages_.allocate_table(mmu::table_bytes(mmu::kDirectoryBits));
    write(pgd_ + 8 * mmu::table_index(address.value(), 1, mmu::kRootBits),
          RadixEntry::make_directory(place->second, mmu::kDirectoryBits));
  }
  return place->second;
}

PmdTable& Mm::make_pmd_table(EffectiveAddress address) {
  if (PmdTable* const table = pmd_table(address)) {
    return *table;
  }
  const RealAddress table = pages_.allocate_table(mmu::table_bytes(mmu::kDirectoryBits));
  write(pud_table(address) + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits),
        RadixEntry::make_directory(table, mmu::kDirectoryBits));
  return add_pmd_table(address, table);
}

PmdTable& Mm::add_pmd_table(EffectiveAddress address, RealAddress table) {
  PmdTable& added = pmd_tables[address.value() >> 30];
  added.table = table;
  added.lock.line.line.name = table.value();
  return added;
}

PmdTable* Mm::pmd_table(EffectiveAddress address) {
  const auto place = pmd_tables.find(address.value() >> 30);
  return place == pmd_tables.end() ? nullptr : &place->second;
}

PteTable& Mm::add_pte_table(EffectiveAddress address, RealAddress table) {
  const std::uint64_t number = address.value() >> 21;
  PteTable& added = pte_tables[number];
  added.table = table;
  added.lock.line.line.name = (std::uint64_t{1} << 50) + (std::uint64_t{pid_.value()} << 32) + number;
  return added;
}

bool Mm::maps(EffectiveAddress address) const {
  const auto pud_table = pud_tables.find(address.value() >> 39);
  if (pud_table == pud_tables.end()) {
    return false;
  }
  RadixEntry entry = read(pud_table->second + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits));
  for (unsigned level = 3; entry.valid() && !entry.leaf() && level <= mmu::kLastLevel; ++level) {
    entry = read(RealAddress(entry.next_table()) +
                 8 * mmu::table_index(address.value(), level, entry.next_bits()));
  }
  return entry.valid() && entry.leaf();
}

// The list is Linux's list_head: next in the table's first eight bytes, prev in the next eight.

void Mm::deposit(PmdTable& table, RealAddress pte_table) {
  if (table.deposited == RealAddress(0)) {
    write_link(pte_table, pte_table);
    write_link(pte_table + 8, pte_table);
  } else {
    const RealAddress head = table.deposited;
    const RealAddress next(read(head).bits);
    write_link(pte_table, next);
    write_link(pte_table + 8, head);
    write_link(next + 8, pte_table);
    write_link(head, pte_table);
  }
  table.deposited = pte_table;
}

RealAddress Mm::withdraw(PmdTable& table) {
  const RealAddress first = table.deposited;
  P9MMU_CHECK(first != RealAddress(0), "no table is deposited with the PMD table at " << table.table.value());
  const RealAddress next(read(first).bits);
  if (next == first) {
    table.deposited = RealAddress(0);
  } else {
    const RealAddress previous(read(first + 8).bits);
    table.deposited = next;
    write_link(next + 8, previous);
    write_link(previous, next);
  }
  write_link(first, RealAddress(0));
  write_link(first + 8, RealAddress(0));
  return first;
}

}  // namespace p9mmu::workloads
