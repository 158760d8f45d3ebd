#include <sstream>
#include <string>

#include "mmu/error.h"
#include "workloads/linux/mm.h"

namespace p9mmu::workloads {
namespace {

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

[[noreturn]] void refuse(EffectiveAddress address, const char* why) {
  throw mmu::UserError("populate of " + hex(address.value()) + ": " + why);
}

}  // namespace

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
  vmas.emplace(start, Vma{start, end, start});
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

void Mm::map_page(EffectiveAddress address, PageSize size) {
  const RealAddress page = pages_.allocate_page(size);
  const RadixEntry leaf = RadixEntry::make_leaf(page, kTouched);
  switch (size) {
    case PageSize::k1G:
      map_giant(address, leaf);
      return;
    case PageSize::k2M:
      map_huge(address, leaf);
      break;
    default:
      map_base(address, leaf);
  }
  Page& counted = pages_.head(page);
  counted.mapcount = 1;
  counted.index = index_of(address);
}

void Mm::map_giant(EffectiveAddress address, RadixEntry leaf) {
  const RealAddress entry =
      pud_table(address) + 8 * mmu::table_index(address.value(), 2, mmu::kDirectoryBits);
  if (read(entry).bits != 0) {
    refuse(address, "there are pages already");
  }
  write(entry, leaf);
}

void Mm::map_huge(EffectiveAddress address, RadixEntry leaf) {
  PmdTable& table = make_pmd_table(address);
  const RealAddress entry = pmd_entry(table, address);
  if (read(entry).bits != 0) {
    refuse(address, "there are pages already");
  }
  write(entry, leaf);
  ++table.entries;
  deposit(table, pages_.allocate_table(pte_table_bytes()));
}

void Mm::map_base(EffectiveAddress address, RadixEntry leaf) {
  PmdTable& table = make_pmd_table(address);
  const RealAddress entry = pmd_entry(table, address);
  RadixEntry present = read(entry);
  if (present.leaf()) {
    refuse(address, "there is a huge page already");
  }
  if (present.bits == 0) {
    const RealAddress pte_table = pages_.allocate_table(pte_table_bytes());
    add_pte_table(address, pte_table);
    present = RadixEntry::make_directory(pte_table, pte_bits());
    write(entry, present);
    ++table.entries;
  }
  const RealAddress pte = pte_entry(RealAddress(present.next_table()), address);
  if (read(pte).bits != 0) {
    refuse(address, "there are pages already");
  }
  write(pte, leaf);
}

}  // namespace p9mmu::workloads
