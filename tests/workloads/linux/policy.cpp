#include "workloads/linux/policy.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

TEST_CASE("kernels differ in what a cleared PMD costs") {
  const auto [name, serialises, flushes, walkers] = GENERATE(table<const char*, bool, bool, const char*>({
      {"ipi", true, false, "old"},
      {"ipi-free", false, false, "new"},
      {"ipi-free-flush", false, true, "new"},
      {"v6.1", false, true, "new"},
  }));
  const KernelPolicy& policy = kernel_policy(name);
  CHECK(std::string(policy.name) == name);
  CHECK(policy.serialize_on_pmd_clear == serialises);
  CHECK(policy.flush_on_pmd_clear == flushes);
  CHECK(std::string(policy.walkers.name) == walkers);
}

TEST_CASE("old walkers read again and look at the present bit alone, new ones do neither") {
  const bool old = GENERATE(true, false);
  const WalkerPolicy& walkers = walker_policy(old ? "old" : "new");
  CHECK(walkers.rereads == old);
  CHECK(walkers.checks_leaf == !old);
  CHECK_THAT(error_of([] { (void)walker_policy("odl"); }),
             Catch::Contains("did you mean 'old'") && Catch::Contains("there are old, new"));
}

TEST_CASE("the kernels that are compared unless others are asked for are those of the patch series") {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kDefaultKernels; ++i) {
    names.emplace_back(kKernels[i].name);
  }
  CHECK(names == std::vector<std::string>{"ipi", "ipi-free", "ipi-free-flush"});
}

TEST_CASE("a kernel that there is not is an error that names the nearest and all") {
  const std::string error = error_of([] { (void)kernel_policy("ipi-fre"); });
  CHECK_THAT(error, Catch::Contains("'ipi-fre'") && Catch::Contains("did you mean 'ipi-free'") &&
                        Catch::Contains("ipi-free-flush"));
}
