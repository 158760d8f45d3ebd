#include "workloads/linux/cpu_mask.h"

#include <catch2/catch.hpp>

using namespace p9mmu::workloads;

TEST_CASE("a mask lists its CPUs in their order, each once") {
  CpuMask mask;
  for (const std::uint32_t id : {7U, 0U, 130U, 7U, 3U}) {
    mask.set(CpuId(id));
  }
  CHECK(mask.cpus() == std::vector<CpuId>{CpuId(0), CpuId(3), CpuId(7), CpuId(130)});
  CHECK(mask.count() == 4);
  CHECK(mask.test(CpuId(7)));
  CHECK_FALSE(mask.test(CpuId(8)));
}

TEST_CASE("the version changes with the set and only then") {
  CpuMask mask;
  mask.set(CpuId(1));
  const std::uint64_t before = mask.version();
  mask.set(CpuId(1));
  CHECK(mask.version() == before);
  mask.set(CpuId(0));
  CHECK(mask.version() != before);
}
