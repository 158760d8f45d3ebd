#include "interconnect/topology.h"

#include <catch2/catch.hpp>
#include <utility>

using namespace p9mmu::interconnect;

namespace {

/// How often each distance occurs from one CPU to all, itself included.
std::array<std::uint32_t, kDistances> census(const Topology& topology, CpuId from) {
  std::array<std::uint32_t, kDistances> count{};
  for (std::uint32_t to = 0; to < topology.cpus(); ++to) {
    ++count[static_cast<std::size_t>(topology.distance(from, CpuId(to)))];
  }
  return count;
}

}  // namespace

TEST_CASE("a CPU's core, chip and thread follow from its number") {
  struct Case {
    TopologyParameters machine;
    std::uint32_t cpu, core, chip, thread;
  };
  const Case c = GENERATE(values<Case>({
      {{2, 16, 4}, 0, 0, 0, 0},
      {{2, 16, 4}, 63, 15, 0, 3},
      {{2, 16, 4}, 64, 16, 1, 0},
      {{2, 16, 4}, 127, 31, 1, 3},
      {{2, 22, 4}, 87, 21, 0, 3},
      {{2, 22, 4}, 88, 22, 1, 0},
      {{2, 22, 4}, 175, 43, 1, 3},
      {{3, 5, 2}, 9, 4, 0, 1},
      {{3, 5, 2}, 10, 5, 1, 0},
      {{3, 5, 2}, 29, 14, 2, 1},
      {{2, 16, 1}, 16, 16, 1, 0},
  }));
  const Topology topology(c.machine);
  CAPTURE(c.machine.chips, c.machine.cores_per_chip, c.machine.threads_per_core, c.cpu);
  CHECK(topology.core_of(CpuId(c.cpu)) == CoreId(c.core));
  CHECK(topology.chip_of(CpuId(c.cpu)) == ChipId(c.chip));
  CHECK(topology.chip_of(CoreId(c.core)) == ChipId(c.chip));
  CHECK(topology.thread_of(CpuId(c.cpu)) == c.thread);
}

TEST_CASE("a machine counts its chips, cores and CPUs") {
  const auto [chips, cores, threads] = GENERATE(
      table<std::uint32_t, std::uint32_t, std::uint32_t>({{1, 1, 1}, {2, 16, 4}, {2, 22, 4}, {4, 7, 2}}));
  const Topology topology({chips, cores, threads});
  CHECK(topology.chips() == chips);
  CHECK(topology.cores() == chips * cores);
  CHECK(topology.cpus() == chips * cores * threads);
  CHECK(topology.threads_per_core() == threads);
}

TEST_CASE("every CPU sees its core, its pair, its chip and the rest of the machine at their distances") {
  struct Case {
    TopologyParameters machine;
    std::uint32_t cpu;
    std::array<std::uint32_t, kDistances> expected;
  };
  const Case c = GENERATE(values<Case>({
      {{2, 16, 4}, 0, {4, 4, 56, 64}},
      {{2, 16, 4}, 127, {4, 4, 56, 64}},
      {{2, 22, 4}, 90, {4, 4, 80, 88}},
      {{2, 16, 2}, 5, {2, 2, 28, 32}},
      {{2, 16, 1}, 31, {1, 1, 14, 16}},
      // The last core of a chip with an odd number of cores shares its L2 with nobody.
      {{2, 5, 4}, 0, {4, 4, 12, 20}},
      {{2, 5, 4}, 16, {4, 0, 16, 20}},
      {{2, 5, 4}, 20, {4, 4, 12, 20}},
      {{2, 5, 4}, 36, {4, 0, 16, 20}},
      {{1, 1, 4}, 2, {4, 0, 0, 0}},
      {{3, 1, 1}, 1, {1, 0, 0, 2}},
  }));
  CAPTURE(c.machine.chips, c.machine.cores_per_chip, c.machine.threads_per_core, c.cpu);
  CHECK(census(Topology(c.machine), CpuId(c.cpu)) == c.expected);
}

TEST_CASE("the distance is the same in both directions") {
  const Topology topology(GENERATE(values<TopologyParameters>({{2, 5, 2}, {3, 4, 4}, {1, 7, 1}})));
  for (std::uint32_t a = 0; a < topology.cpus(); ++a) {
    for (std::uint32_t b = 0; b < a; ++b) {
      CAPTURE(a, b);
      REQUIRE(topology.distance(CpuId(a), CpuId(b)) == topology.distance(CpuId(b), CpuId(a)));
    }
  }
}
