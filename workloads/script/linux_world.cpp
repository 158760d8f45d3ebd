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
  return *mms_[handle.value()];
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

}  // namespace p9mmu::workloads
