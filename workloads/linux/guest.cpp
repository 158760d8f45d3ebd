#include "workloads/linux/guest.h"

#include <string>

#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/radix_tree.h"

namespace p9mmu::workloads {
namespace {

constexpr unsigned kProcessTableLog2 = 16;
constexpr std::uint32_t kPids = (1U << kProcessTableLog2) / mmu::kProcessTableEntryBytes;

/// A page of memory for every use, touched.
constexpr std::uint64_t kAll = RadixEntry::kRead | RadixEntry::kWrite | RadixEntry::kExecute |
                               RadixEntry::kReference | RadixEntry::kChange;

std::uint64_t checked(std::uint64_t bytes) {
  if (bytes % mmu::bytes(PageSize::k2M) != 0 || bytes < Guest::kLeastMemory ||
      bytes > Mm::kLargestPopulated) {
    throw mmu::UserError("a guest with " + std::to_string(bytes) +
                         " bytes of memory; expected a multiple of 2 MiB, from 64 MiB to 64 TiB");
  }
  return bytes;
}

/// The leaf of a tree in real memory that maps the address.
mmu::Walk find_leaf(const mmu::RealMemory& memory, RealAddress root, std::uint64_t address) {
  mmu::WalkTrace trace;
  return mmu::find_in_tree(memory, mmu::RootDescriptor::at(root.value()), EffectiveAddress(address), trace);
}

}  // namespace

Guest::Guest(Kernel& kernel, mmu::Lpid lpid, Mm& host, std::uint64_t memory_bytes,
             std::optional<PageSize> populated)
    : kernel_(kernel),
      lpid_(lpid),
      host_(host),
      memory_bytes_(checked(memory_bytes)),
      start_(host.mmap(memory_bytes)),
      partition_root_(kernel.pages().allocate_table(mmu::table_bytes(mmu::kRootBits))),
      pages_(memory_bytes),
      process_table_(pages_.allocate_table(std::uint64_t{1} << kProcessTableLog2)) {
  mmu_lock.line.line.name = partition_root_.value();
  if (populated.has_value()) {
    host.populate(start_, memory_bytes, *populated);
    back(GuestRealAddress(0), memory_bytes);
  }
  back(process_table_, std::uint64_t{1} << kProcessTableLog2);
  map_linearly();
}

cpus::System& Guest::system() const {
  return kernel_.system();
}

const mmu::RealMemory& Guest::memory() const {
  return system().memory();
}

mmu::PartitionTableEntry Guest::partition_table_entry() const {
  return mmu::PartitionTableEntry::make(mmu::RootDescriptor::at(partition_root_.value()),
                                        process_table_.value(), kProcessTableLog2);
}

/// An empty tree for that PID, which the guest's kernel has cleared.
GuestRealAddress Guest::make_process_root(mmu::Pid pid) {
  const GuestRealAddress root = pages_.allocate_table(mmu::table_bytes(mmu::kRootBits));
  back(root, mmu::table_bytes(mmu::kRootBits));
  system().memory().write64(place(process_table_ + mmu::kProcessTableEntryBytes * pid.value()),
                            mmu::RootDescriptor::at(root.value()).encode());
  return root;
}

/// The kernel's own tree, PID 0, in the largest pages that fit.
void Guest::map_linearly() {
  const GuestRealAddress root = make_process_root(mmu::Pid(0));
  for (std::uint64_t at = 0; at < memory_bytes_;) {
    const bool giant = at + mmu::bytes(PageSize::k1G) <= memory_bytes_;
    const PageSize size = giant ? PageSize::k1G : PageSize::k2M;
    put_leaf(system(), root.value(), at, size, mmu::kLastBits64K,
             RadixEntry::make_leaf(RealAddress(at), kAll | RadixEntry::kPrivileged), places(),
             [this](std::uint64_t bytes) { return pages_.allocate_table(bytes).value(); });
    at += mmu::bytes(size);
  }
}

GuestMm& Guest::create_mm(PageSize base_page) {
  const auto pid = static_cast<std::uint32_t>(mms_.size() + 1);
  if (pid >= kPids) {
    throw mmu::UserError("at most " + std::to_string(kPids - 1) + " address spaces can be made in a guest");
  }
  return mms_.emplace_back(*this, mmu::Pid(pid), base_page, make_process_root(mmu::Pid(pid)));
}

mmu::Walk Guest::find(GuestRealAddress address) const {
  return find_leaf(memory(), partition_root_, address.value());
}

void Guest::map(GuestRealAddress address) {
  const EffectiveAddress in_host = host_address(address);
  const mmu::Walk host = find_leaf(memory(), host_.pgd(), in_host.value());
  P9MMU_CHECK(host.ok() && address.value() < memory_bytes_, "guest real address " << address.value());
  const std::uint64_t inside = mmu::bytes(host.mapping.size) - 1;
  const bool alike = (address.value() & inside) == (in_host.value() & inside);
  const PageSize size = alike ? host.mapping.size : host_.base_page();
  put_leaf(
      system(), partition_root_.value(), address.value(), size, host_.pte_bits(),
      RadixEntry::make_leaf(page_base(host.address, size), kAll),
      [](std::uint64_t entry) { return RealAddress(entry); },
      [this](std::uint64_t bytes) { return kernel_.pages().allocate_table(bytes).value(); });
}

void Guest::back(GuestRealAddress address, std::uint64_t bytes) {
  for (GuestRealAddress at = address; at < address + bytes;) {
    const EffectiveAddress in_host = host_address(at);
    if (!host_.maps(in_host)) {
      const bool huge = kernel_.parameters().thp == HugePages::always;
      const PageSize size = huge ? PageSize::k2M : host_.base_page();
      host_.map_page(page_base(in_host, size), size);
    }
    if (!maps(at)) {
      map(at);
    }
    const PageSize size = find(at).mapping.size;
    at = page_base(at, size) + mmu::bytes(size);
  }
}

RealAddress Guest::place(GuestRealAddress address) {
  mmu::Walk walk = find(address);
  if (!walk.ok()) {
    back(address, 1);
    walk = find(address);
  }
  return walk.address;
}

}  // namespace p9mmu::workloads
