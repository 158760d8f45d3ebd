#include "cpus/appointments.h"

#include <map>
#include <set>
#include <utility>

#include "tests/support/random.h"
#include "tests/support/time_printing.h"

using namespace p9mmu::cpus;

TEST_CASE("the first appointment is the earliest, and of those at one moment the lowest CPU's") {
  Appointments appointments(4);
  appointments.set(CpuId(2), Time(10));
  appointments.set(CpuId(3), Time(5));
  appointments.set(CpuId(1), Time(10));
  CHECK(appointments.first().cpu == 3);
  appointments.remove(CpuId(3));
  CHECK(appointments.first().cpu == 1);
  appointments.set(CpuId(1), Time(11));
  CHECK(appointments.first().cpu == 2);
  appointments.set(CpuId(1), Time(9));
  CHECK(appointments.first().cpu == 1);
  CHECK(appointments.first().at == Time(9));
}

TEST_CASE("removing an appointment that there is not changes nothing") {
  Appointments appointments(2);
  appointments.remove(CpuId(0));
  CHECK(appointments.empty());
  appointments.set(CpuId(1), Time(3));
  appointments.remove(CpuId(0));
  CHECK(appointments.first().cpu == 1);
}

TEST_CASE("appointments agree with an ordered set after any sequence of settings and removals") {
  const std::uint32_t seed = GENERATE(range(1U, 9U));
  const std::uint32_t cpus = GENERATE(1U, 2U, 7U, 200U);
  CAPTURE(seed, cpus);
  p9mmu::testing::Random random(seed);
  Appointments appointments(cpus);
  std::set<std::pair<Time, std::uint32_t>> ordered;
  std::map<std::uint32_t, Time> by_cpu;
  for (int step = 0; step < 3000; ++step) {
    CAPTURE(step);
    const std::uint32_t cpu = random.below(cpus);
    const auto had = by_cpu.find(cpu);
    if (had != by_cpu.end()) {
      ordered.erase({had->second, cpu});
      by_cpu.erase(had);
    }
    if (random.below(3) == 0) {
      appointments.remove(CpuId(cpu));
    } else {
      const Time at(random.below(50));  // few moments, so that many coincide
      appointments.set(CpuId(cpu), at);
      ordered.emplace(at, cpu);
      by_cpu.emplace(cpu, at);
    }
    REQUIRE(appointments.empty() == ordered.empty());
    const std::uint32_t other = random.below(cpus);
    REQUIRE(appointments.has(CpuId(other)) == by_cpu.contains(other));
    if (!ordered.empty()) {
      REQUIRE(appointments.first().at == ordered.begin()->first);
      REQUIRE(appointments.first().cpu == ordered.begin()->second);
    }
  }
  while (!ordered.empty()) {
    REQUIRE(appointments.first().cpu == ordered.begin()->second);
    appointments.remove(CpuId(ordered.begin()->second));
    ordered.erase(ordered.begin());
  }
  CHECK(appointments.empty());
}
