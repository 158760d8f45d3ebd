#include "workloads/linux/kernel.h"

#include <string>

#include "mmu/error.h"
#include "mmu/table_entries.h"

namespace p9mmu::workloads {
namespace {

constexpr unsigned kTableLog2 = 16;
/// PIDs whose entries fit a process table of 64 KiB; 0 is the kernel's.
constexpr std::uint32_t kPids = (1U << kTableLog2) / mmu::kProcessTableEntryBytes;
/// LPIDs whose entries fit a partition table of that size; 0 is the host's.
constexpr std::uint32_t kLpids = (1U << kTableLog2) / mmu::PartitionTableControl::kEntryBytes;

}  // namespace

Kernel::Kernel(System& system, const KernelParameters& parameters, const KernelPolicy& policy)
    : system_(system),
      parameters_(parameters),
      policy_(policy),
      page_locks_(pages_),
      rcu_(system, pages_),
      smp_(system, parameters),
      flush_(parameters_, policy_, smp_),
      partition_table_(pages_.allocate_table(std::uint64_t{1} << kTableLog2)),
      process_table_(pages_.allocate_table(std::uint64_t{1} << kTableLog2)) {
  for (std::uint32_t id = 0; id < system.cpus(); ++id) {
    online_.set(CpuId(id));
  }
  write_partition_table_entry(
      mmu::Lpid(0),
      mmu::PartitionTableEntry::make(mmu::RootDescriptor::at(0), process_table_.value(), kTableLog2));
}

void Kernel::write_partition_table_entry(mmu::Lpid lpid, const mmu::PartitionTableEntry& entry) {
  const RealAddress at = partition_table_ + mmu::PartitionTableControl::kEntryBytes * lpid.value();
  system_.memory().write64(at, entry.word0);
  system_.memory().write64(at + 8, entry.word1);
}

Guest& Kernel::create_guest(std::uint64_t memory_bytes, PageSize base_page,
                            std::optional<PageSize> populated) {
  const auto lpid = static_cast<std::uint32_t>(guests_.size() + 1);
  if (lpid >= kLpids) {
    throw mmu::UserError("at most " + std::to_string(kLpids - 1) + " guests can be made");
  }
  Guest& guest = guests_.emplace_back(*this, mmu::Lpid(lpid), create_mm(base_page), memory_bytes, populated);
  write_partition_table_entry(guest.lpid(), guest.partition_table_entry());
  return guest;
}

void Kernel::set_auditor(Auditor& auditor) {
  auditor_ = &auditor;
  pages_.set_auditor(auditor);
  flush_.set_auditor(auditor);
}

Mm& Kernel::create_mm(PageSize base_page) {
  const auto pid = static_cast<std::uint32_t>(mms_.size() + 1);
  if (pid >= kPids) {
    throw mmu::UserError("at most " + std::to_string(kPids - 1) + " address spaces can be made");
  }
  Mm& mm = mms_.emplace_back(mmu::Pid(pid), base_page, system_, pages_);
  system_.memory().write64(process_table_entry(mm), mmu::RootDescriptor::at(mm.pgd().value()).encode());
  return mm;
}

mmu::Context Kernel::user_context(const Mm& mm) const {
  mmu::Context context;
  context.problem_state = true;
  context.pidr = mm.pid();
  context.ptcr = mmu::PartitionTableControl::at(partition_table_, kTableLog2);
  return context;
}

mmu::Context Kernel::guest_kernel_context(const Guest& guest) const {
  mmu::Context context;
  context.hypervisor = false;
  context.lpidr = guest.lpid();
  context.ptcr = mmu::PartitionTableControl::at(partition_table_, kTableLog2);
  return context;
}

mmu::Context Kernel::guest_user_context(const GuestMm& mm) const {
  mmu::Context context = guest_kernel_context(mm.guest());
  context.problem_state = true;
  context.pidr = mm.pid();
  return context;
}

}  // namespace p9mmu::workloads
