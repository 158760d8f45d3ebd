#include "workloads/linux/policy.h"

#include <vector>

#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

/// The policy of that name in `policies`; `what` is what one is called.
template <typename Policies>
const auto& find(const Policies& policies, std::string_view name, const char* what) {
  std::vector<std::string> names;
  std::string all;
  for (const auto& policy : policies) {
    if (name == policy.name) {
      return policy;
    }
    names.emplace_back(policy.name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  throw mmu::UserError(std::string("there is no ") + what + " '" + std::string(name) + "'" +
                       mmu::did_you_mean(name, names) + "; there are " + all);
}

}  // namespace

const WalkerPolicy& walker_policy(std::string_view name) {
  return find(kWalkers, name, "walker");
}

const KernelPolicy& kernel_policy(std::string_view name) {
  return find(kKernels, name, "kernel");
}

}  // namespace p9mmu::workloads
