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

void Mm::check_populate(EffectiveAddress start, std::uint64_t length, PageSize size) const {
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
  const auto vma = vmas.upper_bound(first);
  if (vma == vmas.begin() || length > std::prev(vma)->second.end - first ||
      first >= std::prev(vma)->second.end) {
    throw mmu::UserError("populate of " + hex(first) + ", " + std::to_string(length) +
                         " bytes: not inside one mapping");
  }
}

void Mm::populate(EffectiveAddress start, std::uint64_t length, PageSize size) {
  check_populate(start, length, size);
  for (std::uint64_t at = 0; at < length; at += mmu::bytes(size)) {
    map_page(start + at, size);
  }
}

void Mm::populate_zero(EffectiveAddress start, std::uint64_t length, PageSize size) {
  check_populate(start, length, size);
  if (size == PageSize::k1G) {
    refuse(start, "there is no zero page of 1G");
  }
  const std::uint64_t special = size == PageSize::k2M ? 0 : RadixEntry::kSpecial;
  const RadixEntry leaf =
      RadixEntry::make_leaf(pages_.zero_page(size), RadixEntry::kRead | RadixEntry::kReference | special);
  for (std::uint64_t at = 0; at < length; at += mmu::bytes(size)) {
    size == PageSize::k2M ? map_huge(start + at, leaf) : map_base(start + at, leaf);
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

void Mm::share(EffectiveAddress start, std::uint64_t length, Mm& other, EffectiveAddress from) {
  check_populate(start, length, base_page_);
  other.check_populate(from, length, base_page_);
  constexpr std::uint64_t kHuge = mmu::bytes(PageSize::k2M);
  for (std::uint64_t at = 0; at < length;) {
    const EffectiveAddress to = start + at;
    const PmdTable* const table = other.pmd_table(from + at);
    const RadixEntry pmd = table == nullptr ? RadixEntry{0} : read(pmd_entry(*table, from + at));
    if (pmd.leaf()) {
      if (to.value() % kHuge != 0 || (from + at).value() % kHuge != 0 || length - at < kHuge) {
        refuse(to, "a huge page is shared as a whole");
      }
      const RealAddress page(pmd.real_page());
      ++pages_.head(page).refcount;
      ++pages_.head(page).mapcount;
      map_huge(to, pmd);
      at += kHuge;
      continue;
    }
    const RadixEntry pte =
        pmd.bits == 0 ? pmd : read(other.pte_entry(RealAddress(pmd.next_table()), from + at));
    if (!pte.pte_present()) {
      refuse(to, "there is no page to be shared");
    }
    const RealAddress page(pte.real_page());
    ++pages_.head(page).refcount;
    ++pages_.page(page, base_page_).mapcount;
    map_base(to, pte);
    at += mmu::bytes(base_page_);
  }
}

void Mm::copy_page_range(Mm& parent) {
  vmas = parent.vmas;
  next_mapping_ = parent.next_mapping_;
  thp = parent.thp;
  std::erase(anon_vma->mms, this);
  anon_vma = parent.anon_vma;
  anon_vma->mms.push_back(this);
  for (const auto& [number, pud_table] : parent.pud_tables) {
    for (std::uint64_t i = 0; i < std::uint64_t{1} << mmu::kDirectoryBits; ++i) {
      if (read(pud_table + 8 * i).leaf()) {
        throw mmu::UserError("fork: 1G pages come from hugetlb, whose sharing is not modelled");
      }
    }
  }
  for (auto& [number, table] : parent.pmd_tables) {
    for (std::uint64_t i = 0; i < std::uint64_t{1} << mmu::kDirectoryBits; ++i) {
      copy_pmd(parent, table, EffectiveAddress((number << 30) + (i << 21)));
    }
  }
}

void Mm::copy_pmd(Mm& parent, PmdTable& from, EffectiveAddress huge) {
  const RealAddress pmd = pmd_entry(from, huge);
  const RadixEntry entry = read(pmd);
  if (entry.bits == 0) {
    return;
  }
  if (!entry.leaf()) {
    for (std::uint64_t at = 0; at < mmu::bytes(PageSize::k2M); at += mmu::bytes(base_page_)) {
      copy_pte(parent, pte_entry(RealAddress(entry.next_table()), huge + at), huge + at);
    }
    return;
  }
  const RealAddress page(entry.real_page());
  if (pages_.is_zero_page(page)) {
    map_huge(huge, entry);
    return;
  }
  ++pages_.head(page).refcount;
  ++pages_.head(page).mapcount;
  parent.write(pmd, RadixEntry{entry.bits & ~RadixEntry::kWrite});
  map_huge(huge, RadixEntry{entry.bits & ~(RadixEntry::kWrite | RadixEntry::kReference)});
}

void Mm::copy_pte(Mm& parent, RealAddress pte, EffectiveAddress address) {
  const RadixEntry entry = read(pte);
  if (entry.bits == 0) {
    return;
  }
  if ((entry.bits & RadixEntry::kSpecial) != 0) {
    map_base(address, entry);
    return;
  }
  const RealAddress page(entry.real_page());
  ++pages_.head(page).refcount;
  ++pages_.page(page, base_page_).mapcount;
  parent.write(pte, RadixEntry{entry.bits & ~RadixEntry::kWrite});
  map_base(address, RadixEntry{entry.bits & ~(RadixEntry::kWrite | RadixEntry::kReference)});
}

}  // namespace p9mmu::workloads
