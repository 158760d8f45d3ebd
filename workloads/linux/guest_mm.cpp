#include "workloads/linux/guest_mm.h"

#include <iterator>
#include <sstream>
#include <string>

#include "mmu/error.h"
#include "workloads/linux/guest.h"

namespace p9mmu::workloads {
namespace {

/// Where anonymous mappings begin, as on the host.
constexpr std::uint64_t kFirstMapping = std::uint64_t{1} << 40;

/// A page that a process has written to.
constexpr std::uint64_t kTouched =
    RadixEntry::kRead | RadixEntry::kWrite | RadixEntry::kReference | RadixEntry::kChange;

[[noreturn]] void refuse_populate(EffectiveAddress start, std::uint64_t length, const std::string& why) {
  std::ostringstream text;
  text << "populate of 0x" << std::hex << start.value() << ", " << std::dec << length << " bytes: " << why;
  throw mmu::UserError(text.str());
}

}  // namespace

GuestMm::GuestMm(Guest& guest, mmu::Pid pid, PageSize base_page, GuestRealAddress root)
    : guest_(guest), pid_(pid), base_page_(base_page), root_(root), next_mapping_(kFirstMapping) {
  const std::uint64_t name = (std::uint64_t{guest.lpid().value()} << 32) + pid.value();
  mmap_lock.line.line.name = name;
  page_table_lock.line.line.name = name;
}

EffectiveAddress GuestMm::mmap(std::uint64_t length, bool executable) {
  const std::uint64_t alignment =
      mmu::bytes(length >= mmu::bytes(PageSize::k1G) ? PageSize::k1G : PageSize::k2M);
  const std::uint64_t start = (next_mapping_ + alignment - 1) & ~(alignment - 1);
  if (length == 0 || start >= Mm::kTaskSize || length > Mm::kTaskSize - start) {
    throw mmu::UserError("mmap of " + std::to_string(length) +
                         " bytes; expected a length that fits the 4 PiB of the address space");
  }
  const std::uint64_t page = mmu::bytes(base_page_);
  next_mapping_ = start + ((length + page - 1) & ~(page - 1));
  vmas_.emplace(start, GuestVma{start, next_mapping_, executable});
  return EffectiveAddress(start);
}

void GuestMm::populate(EffectiveAddress start, std::uint64_t length, PageSize size) {
  const std::uint64_t page = mmu::bytes(size);
  const GuestVma* const vma = find_vma(start);
  if (start.value() % page != 0 || length % page != 0) {
    refuse_populate(start, length, std::string("both must be multiples of the page, ") + mmu::name(size));
  }
  if ((size == PageSize::k4K || size == PageSize::k64K) && size != base_page_) {
    refuse_populate(start, length, std::string("the base page of this mm is ") + mmu::name(base_page_));
  }
  if (vma == nullptr || length > vma->end - start.value()) {
    refuse_populate(start, length, "not inside one mapping");
  }
  for (EffectiveAddress at = start; at < start + length; at = at + page) {
    if (!has_room(at, size)) {
      refuse_populate(start, length, "there are pages already");
    }
    const GuestRealAddress data = guest_.pages().allocate_page(size);
    guest_.back(data, page);
    map_page(at, size, data);
  }
}

const GuestVma* GuestMm::find_vma(EffectiveAddress address) const {
  const auto after = vmas_.upper_bound(address.value());
  if (after == vmas_.begin() || std::prev(after)->second.end <= address.value()) {
    return nullptr;
  }
  return &std::prev(after)->second;
}

EndOfWay GuestMm::end_of(EffectiveAddress address) const {
  return find_end(guest_.memory(), root_.value(), address.value(), guest_.places());
}

bool GuestMm::maps(EffectiveAddress address) const {
  const RadixEntry entry = end_of(address).entry;
  return entry.valid() && entry.leaf();
}

bool GuestMm::has_room(EffectiveAddress address, PageSize size) const {
  const EndOfWay end = end_of(address);
  const unsigned level = size == PageSize::k1G ? 2 : size == PageSize::k2M ? 3 : mmu::kLastLevel;
  return !end.entry.valid() && end.level <= level;
}

PageSize GuestMm::fault_page(EffectiveAddress address, HugePages thp) const {
  const GuestVma* const vma = find_vma(address);
  const std::uint64_t huge = page_base(address, PageSize::k2M).value();
  const bool fits = huge >= vma->start && huge + mmu::bytes(PageSize::k2M) <= vma->end;
  return thp == HugePages::always && fits && has_room(address, PageSize::k2M) ? PageSize::k2M : base_page_;
}

void GuestMm::map_page(EffectiveAddress address, PageSize size, GuestRealAddress page) {
  const std::uint64_t rights = kTouched | (find_vma(address)->executable ? RadixEntry::kExecute : 0);
  put_leaf(guest_.system(), root_.value(), page_base(address, size).value(), size,
           base_page_ == PageSize::k64K ? mmu::kLastBits64K : mmu::kLastBits4K,
           RadixEntry::make_leaf(RealAddress(page.value()), rights), guest_.places(),
           [this](std::uint64_t bytes) { return guest_.pages().allocate_table(bytes).value(); });
}

}  // namespace p9mmu::workloads
