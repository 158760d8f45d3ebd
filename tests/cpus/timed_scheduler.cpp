// One process can have one SystemC simulation, so all its machines stand in one test case and run side by
// side.
#include "cpus/timed_scheduler.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "cpus/modules.h"
#include "interconnect/sc_time_conversion.h"
#include "tests/cpus/scheduler_contract.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;

namespace {

constexpr int kSteps = 40;
constexpr std::uint32_t kSeeds = 4;

std::vector<Effect> effects_without_systemc(std::uint32_t seed) {
  Bench bench(false);
  const RandomScene scene(bench.system, seed, kSteps);
  bench.run();
  return scene.effects;
}

struct Simulated {
  Simulated(std::uint32_t seed, bool exact_events)
      : name((exact_events ? "exact" : "ahead") + std::to_string(seed)),
        machine(name.c_str(), round_interconnect(), round_cpus(), {}, exact_events),
        scene(machine.system(), seed, kSteps) {}
  std::string name;
  Machine machine;
  RandomScene scene;
};

Task<void> fail(Cpu& cpu) {
  co_await cpu.compute(p9mmu::interconnect::nanoseconds(1));
  throw std::runtime_error("a program failed");
}

}  // namespace

TEST_CASE("under SystemC the same programs give the same effects at the same moments in the same order") {
  std::vector<std::unique_ptr<Simulated>> ahead;
  std::vector<std::unique_ptr<Simulated>> exact;
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    ahead.push_back(std::make_unique<Simulated>(seed, false));
    exact.push_back(std::make_unique<Simulated>(seed, true));
  }
  Machine& machine = ahead.front()->machine;
  CHECK(sc_core::sc_find_object("ahead1.chip1.core3.thread1") != nullptr);
  CHECK(sc_core::sc_find_object("ahead1.chip2") == nullptr);
  CHECK(sc_core::sc_find_object("ahead1.fabric") != nullptr);
  machine.run();

  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    const std::vector<Effect> expected = effects_without_systemc(seed);
    const Simulated& fast = *ahead[seed - 1];
    const Simulated& slow = *exact[seed - 1];
    CHECK(first_out_of_order(fast.scene.effects) == fast.scene.effects.size());
    CHECK(first_out_of_order(slow.scene.effects) == slow.scene.effects.size());
    CHECK(fast.scene.effects == expected);
    CHECK(slow.scene.effects == expected);
    CHECK(fast.machine.scheduler().kept() < slow.machine.scheduler().kept());
  }

  // The last thing, because it stops SystemC.
  System& system = machine.system();
  const Time present = p9mmu::interconnect::from_sc_time(sc_core::sc_time_stamp());
  system.spawn(CpuId(0), "failing", fail(system.cpu(CpuId(0))), present);
  CHECK_THROWS_WITH(machine.run(), "a program failed");
}
