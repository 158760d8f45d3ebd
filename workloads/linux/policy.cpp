#include "workloads/linux/policy.h"

#include <vector>

#include "mmu/error.h"

namespace p9mmu::workloads {

const KernelPolicy& kernel_policy(std::string_view name) {
  std::vector<std::string> names;
  std::string all;
  for (const KernelPolicy& kernel : kKernels) {
    if (name == kernel.name) {
      return kernel;
    }
    names.emplace_back(kernel.name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  throw mmu::UserError("there is no kernel '" + std::string(name) + "'" + mmu::did_you_mean(name, names) +
                       "; there are " + all);
}

}  // namespace p9mmu::workloads
