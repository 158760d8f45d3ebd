#include "workloads/linux/mm.h"

#include <sstream>
#include <string>

#include "mmu/check.h"
#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

/// Where anonymous mappings begin; the kernel would go downwards from the stack, which changes nothing here.
constexpr std::uint64_t kFirstMapping = std::uint64_t{1} << 40;

/// A page that a process has written to.
constexpr std::uint64_t kTouched =
    RadixEntry::kRead | RadixEntry::kWrite | RadixEntry::kReference | RadixEntry::kChange;

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

std::uint64_t in_gib(std::uint64_t bytes) {
  return bytes >> 30;
}

}  // namespace

Mm::Mm(mmu::Pid pid, PageSize base_page, cpus::System& system, PageAllocator& pages)
    : pid_(pid), base_page_(base_page), system_(system), pages_(pages), next_mapping_(kFirstMapping) {
  mmap_lock.line.line.name = pid.value();
  pgd_ = pages_.allocate_table(mmu::table_bytes(mmu::kRootBits));
}

EffectiveAddress Mm::mmap(std::uint64_t length) {
  if (length == 0) {
    throw mmu::UserError("mmap of 0 bytes; expected a length");
  }
  const std::uint64_t alignment =
      mmu::bytes(length >= mmu::bytes(PageSize::k1G) ? PageSize::k1G : PageSize::k2M);
  const std::uint64_t start = (next_mapping_ + alignment - 1) & ~(alignment - 1);
  if (start >= kTaskSize || length > kTaskSize - start) {
    throw mmu::UserError("mmap of " + std::to_string(in_gib(length)) +
                         " GiB does not fit the address space: of " + std::to_string(in_gib(kTaskSize)) +
                         " GiB, " + std::to_string(start < kTaskSize ? in_gib(kTaskSize - start) : 0) +
                         " GiB are free");
  }
  const std::uint64_t page = mmu::bytes(base_page_);
  const std::uint64_t end = start + ((length + page - 1) & ~(page - 1));
  vmas.emplace(start, Vma{start, end});
  next_mapping_ = end;
  return EffectiveAddress(start);
}

void Mm::populate(EffectiveAddress start, std::uint64_t length, PageSize size) {
  const std::uint64_t page = mmu::bytes(size);
  const std::uint64_t first = start.value();
  if (first % page != 0 || length % page != 0) {
    throw mmu::UserError("populate of " + hex(first) + ", " + std::to_string(length) +
                         " bytes: both must be multiples of the page, " + mmu::name(size));
  }
  if ((size == PageSize::k4K || size == PageSize::k64K) && size != base_page_) {
    throw mmu::UserError(std::string("populate with pages of ") + mmu::name(size) +
                         ": the base page of this mm is " + mmu::name(base_page_));
  }
  if (length > kLargestPopulated) {
    throw mmu::UserError("populate of " + std::to_string(in_gib(length)) + " GiB: at most " +
                         std::to_string(in_gib(kLargestPopulated)) + " GiB of memory can be simulated");
  }
  auto vma = vmas.upper_bound(first);
  if (vma == vmas.begin() || length > std::prev(vma)->second.end - first ||
      first >= std::prev(vma)->second.end) {
    throw mmu::UserError("populate of " + hex(first) + ", " + std::to_string(length) +
                         " bytes: not inside one mapping");
  }
  for (std::uint64_t address = first; address < first + length; address += page) {
    map_page(EffectiveAddress(address), size);
  }
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
  const auto [place, added] = pmd_tables.try_emplace(address.value() >> 30);
  if (added) {
    place->second.table = pages_.allocate_table(mmu::table_bytes(mmu::kDirectoryBits));
    place->second.lock.line.line.name = place->second.table.value();
    write(pud_table(address) + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits),
          RadixEntry::make_directory(place->second.table, mmu::kDirectoryBits));
  }
  return place->second;
}

PmdTable* Mm::pmd_table(EffectiveAddress address) {
  const auto place = pmd_tables.find(address.value() >> 30);
  return place == pmd_tables.end() ? nullptr : &place->second;
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

void Mm::map_page(EffectiveAddress address, PageSize size) {
  const RadixEntry leaf = RadixEntry::make_leaf(pages_.allocate_page(size), kTouched);
  if (size == PageSize::k1G) {
    const RealAddress entry =
        pud_table(address) + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits);
    if (read(entry).bits != 0) {
      throw mmu::UserError("populate of " + hex(address.value()) + ": there are pages already");
    }
    write(entry, leaf);
    return;
  }
  PmdTable& table = make_pmd_table(address);
  const RealAddress entry = pmd_entry(table, address);
  const RadixEntry present = read(entry);
  if (size == PageSize::k2M) {
    if (present.bits != 0) {
      throw mmu::UserError("populate of " + hex(address.value()) + ": there are pages already");
    }
    pages_.mapcount(RealAddress(leaf.real_page())) = 1;
    write(entry, leaf);
    ++table.entries;
    deposit(table, pages_.allocate_table(pte_table_bytes()));
    return;
  }
  RealAddress pte_table(present.next_table());
  if (present.leaf()) {
    throw mmu::UserError("populate of " + hex(address.value()) + ": there is a huge page already");
  }
  if (present.bits == 0) {
    pte_table = pages_.allocate_table(pte_table_bytes());
    pte_tables.emplace(address.value() >> 21, pte_table);
    write(entry, RadixEntry::make_directory(pte_table, pte_bits()));
    ++table.entries;
  }
  const RealAddress pte = pte_table + 8 * mmu::table_index(address.value(), 4, pte_bits());
  if (read(pte).bits != 0) {
    throw mmu::UserError("populate of " + hex(address.value()) + ": there are pages already");
  }
  write(pte, leaf);
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
