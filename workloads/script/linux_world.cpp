#include "workloads/script/linux_world.h"

#include <set>
#include <string>
#include <utility>

#include "mmu/check.h"
#include "mmu/error.h"

namespace p9mmu::workloads {

std::uint32_t LinuxWorld::cpus() const {
  return kernel_.system().cpus();
}

std::uint32_t LinuxWorld::threads_per_core() const {
  return kernel_.system().topology().threads_per_core();
}

Mm& LinuxWorld::mm(MmHandle handle) {
  P9MMU_CHECK(handle.value() < mms_.size(), "mm " << handle.value() << " of " << mms_.size());
  Mm& found = *mms_[handle.value()];
  if (found.exited) {
    throw mmu::UserError("this address space has ended (exit_mm)");
  }
  return found;
}

MmHandle LinuxWorld::create_mm(PageSize base_page) {
  mms_.push_back(&kernel_.create_mm(base_page));
  return MmHandle(static_cast<std::uint32_t>(mms_.size() - 1));
}

std::uint64_t LinuxWorld::mmap(MmHandle handle, std::uint64_t length_bytes) {
  return mm(handle).mmap(length_bytes).value();
}

void LinuxWorld::populate(MmHandle handle, std::uint64_t address, std::uint64_t length_bytes, PageSize page) {
  mm(handle).populate(EffectiveAddress(address), length_bytes, page);
}

void LinuxWorld::populate_zero(MmHandle handle, std::uint64_t address, std::uint64_t length_bytes,
                               PageSize page) {
  mm(handle).populate_zero(EffectiveAddress(address), length_bytes, page);
}

void LinuxWorld::set_huge_pages(MmHandle handle, bool allowed) {
  mm(handle).thp = allowed ? HugePages::always : HugePages::never;
}

void LinuxWorld::share(MmHandle handle, std::uint64_t address, std::uint64_t length_bytes, MmHandle other,
                       std::uint64_t from) {
  mm(handle).share(EffectiveAddress(address), length_bytes, mm(other), EffectiveAddress(from));
}

MmHandle LinuxWorld::fork(MmHandle handle) {
  Mm& parent = mm(handle);
  const MmHandle child = create_mm(parent.base_page());
  mm(child).copy_page_range(parent);
  return child;
}

void LinuxWorld::ran_on(MmHandle handle, std::vector<std::uint32_t> cpus) {
  for (const std::uint32_t cpu : cpus) {
    if (cpu >= this->cpus()) {
      throw mmu::UserError("CPU " + std::to_string(cpu) + ": the machine has " +
                           std::to_string(this->cpus()) + " CPUs, 0 to " + std::to_string(this->cpus() - 1));
    }
    mm(handle).switch_to(CpuId(cpu));
  }
}

std::vector<std::uint32_t> LinuxWorld::cpus_that_ran() const {
  std::set<std::uint32_t> result;
  for (const Mm* mm : mms_) {
    for (const CpuId cpu : mm->cpumask().cpus()) {
      result.insert(cpu.value());
    }
  }
  return {result.begin(), result.end()};
}

GuestHandle LinuxWorld::create_guest(std::uint64_t memory_bytes, PageSize base_page,
                                     std::optional<PageSize> populated) {
  guests_.push_back(&kernel_.create_guest(memory_bytes, base_page, populated));
  return GuestHandle(static_cast<std::uint32_t>(guests_.size() - 1));
}

GuestMmHandle LinuxWorld::create_guest_mm(GuestHandle guest, PageSize base_page) {
  P9MMU_CHECK(guest.value() < guests_.size(), "guest " << guest.value() << " of " << guests_.size());
  guest_mms_.push_back(&guests_[guest.value()]->create_mm(base_page));
  return GuestMmHandle(static_cast<std::uint32_t>(guest_mms_.size() - 1));
}

GuestMm& LinuxWorld::guest_mm(GuestMmHandle handle) {
  P9MMU_CHECK(handle.value() < guest_mms_.size(), "mm " << handle.value() << " of " << guest_mms_.size());
  return *guest_mms_[handle.value()];
}

std::uint64_t LinuxWorld::guest_mmap(GuestMmHandle mm, std::uint64_t length_bytes, bool executable) {
  return guest_mm(mm).mmap(length_bytes, executable).value();
}

void LinuxWorld::guest_populate(GuestMmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                                PageSize page) {
  guest_mm(mm).populate(EffectiveAddress(address), length_bytes, page);
}

}  // namespace p9mmu::workloads
