#include "workloads/linux/policy.h"

#include <vector>

#include "mmu/error.h"

namespace p9mmu::workloads {

const KernelPolicy& kernel_policy(std::string_view name) {
  std::vector<std::string> names;
  for (const KernelPolicy& kernel : kKernels) {
    if (name == kernel.name) {
      return kernel;
    }
    names.emplace_back(kernel.name);
  }
  throw mmu::UserError("there is no kernel '" + std::string(name) + "'" + mmu::did_you_mean(name, names) +
                       "; there are ipi, ipi-free, ipi-free-flush");
}

}  // namespace p9mmu::workloads
