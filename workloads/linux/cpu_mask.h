// A set of CPUs as the kernel keeps it in mm_cpumask: bits are set one by one and rarely cleared. Kept
// as a sorted list, because rounds of interrupts go through it in CPU order again and again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "interconnect/ids.h"

namespace p9mmu::workloads {

using interconnect::CpuId;

class CpuMask {
 public:
  void set(CpuId cpu) {
    const auto place = std::lower_bound(cpus_.begin(), cpus_.end(), cpu);
    if (place == cpus_.end() || *place != cpu) {
      cpus_.insert(place, cpu);
      ++version_;
    }
  }
  void clear(CpuId cpu) {
    const auto place = std::lower_bound(cpus_.begin(), cpus_.end(), cpu);
    if (place != cpus_.end() && *place == cpu) {
      cpus_.erase(place);
      ++version_;
    }
  }
  [[nodiscard]] bool test(CpuId cpu) const { return std::binary_search(cpus_.begin(), cpus_.end(), cpu); }
  [[nodiscard]] const std::vector<CpuId>& cpus() const { return cpus_; }
  [[nodiscard]] std::size_t count() const { return cpus_.size(); }
  /// Changes with every change of the set.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  std::vector<CpuId> cpus_;
  std::uint64_t version_ = 0;
};

}  // namespace p9mmu::workloads
