#include "workloads/linux/kernel.h"

#include <string>

#include "mmu/error.h"
#include "mmu/table_entries.h"

namespace p9mmu::workloads {
namespace {

constexpr unsigned kTableLog2 = 16;
/// PIDs whose entries fit a process table of 64 KiB; 0 is the kernel's.
constexpr std::uint32_t kPids = (1U << kTableLog2) / mmu::kProcessTableEntryBytes;

}  // namespace

Kernel::Kernel(System& system, const KernelParameters& parameters, const KernelPolicy& policy)
    : system_(system),
      parameters_(parameters),
      policy_(policy),
      rcu_(system, pages_),
      smp_(system, parameters),
      flush_(parameters_, policy_, smp_),
      partition_table_(pages_.allocate_table(std::uint64_t{1} << kTableLog2)),
      process_table_(pages_.allocate_table(std::uint64_t{1} << kTableLog2)) {
  const mmu::PartitionTableEntry host =
      mmu::PartitionTableEntry::make(mmu::RootDescriptor::at(0), process_table_.value(), kTableLog2);
  system.memory().write64(partition_table_, host.word0);
  system.memory().write64(partition_table_ + 8, host.word1);
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
  system_.memory().write64(process_table_ + mmu::kProcessTableEntryBytes * pid,
                           mmu::RootDescriptor::at(mm.pgd().value()).encode());
  return mm;
}

mmu::Context Kernel::user_context(const Mm& mm) const {
  mmu::Context context;
  context.problem_state = true;
  context.pidr = mm.pid();
  context.ptcr = mmu::PartitionTableControl::at(partition_table_, kTableLog2);
  return context;
}

}  // namespace p9mmu::workloads
