#include "cpus/scheduler.h"

#include "tests/cpus/scheduler_contract.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;
using p9mmu::testing::ManualScheduler;

namespace {

struct Outcome {
  std::vector<Effect> effects;
  std::vector<Time> ends;
  std::int64_t kept;
};

Outcome run_scene(bool exact_events, std::uint32_t seed) {
  Bench bench(exact_events);
  const RandomScene scene(bench.system, seed, 60);
  bench.run();
  CHECK(bench.accounts_add_up());
  Outcome outcome{scene.effects, {}, bench.scheduler.kept()};
  for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
    outcome.ends.push_back(bench.cpu(id).account().charged_until());
  }
  return outcome;
}

}  // namespace

TEST_CASE("effects happen in the order of time and CPU, however far a CPU may run ahead") {
  const bool exact = GENERATE(false, true);
  const std::uint32_t seed = GENERATE(range(1U, 11U));
  CAPTURE(exact, seed);
  const Outcome outcome = run_scene(exact, seed);
  REQUIRE(outcome.effects.size() > 60 * 16);
  CHECK(first_out_of_order(outcome.effects) == outcome.effects.size());
}

TEST_CASE("running ahead changes no moment, it only saves appointments") {
  const std::uint32_t seed = GENERATE(range(1U, 11U));
  CAPTURE(seed);
  const Outcome ahead = run_scene(false, seed);
  const Outcome exact = run_scene(true, seed);
  CHECK(ahead.effects == exact.effects);
  CHECK(ahead.ends == exact.ends);
  CHECK(ahead.kept < exact.kept);
}

TEST_CASE("a CPU may go on up to another's appointment, and at that moment only if its number is lower") {
  const std::uint32_t other = GENERATE(0U, 2U);
  const auto [done, allowed] = GENERATE_COPY(table<Time, bool>({
      {nanoseconds(100) - Time(1), true},
      {nanoseconds(100), other > 1},
      {nanoseconds(100) + Time(1), false},
  }));
  CAPTURE(other, done);
  ManualScheduler scheduler(3, false);
  scheduler.schedule(CpuId(other), nanoseconds(100));
  CHECK(scheduler.may_advance(CpuId(1), done) == allowed);
  CHECK(scheduler.undisturbed_until(done) == (done < nanoseconds(100)));
  scheduler.cancel(CpuId(other));
  CHECK(scheduler.may_advance(CpuId(1), done));
  CHECK(scheduler.undisturbed_until(done));
}

TEST_CASE("with exact events nobody ever goes on without an appointment") {
  ManualScheduler scheduler(3, true);
  CHECK_FALSE(scheduler.may_advance(CpuId(1), Time()));
  CHECK_FALSE(scheduler.undisturbed_until(Time()));
  scheduler.schedule(CpuId(2), nanoseconds(100));
  scheduler.cancel(CpuId(2));
  CHECK_FALSE(scheduler.may_advance(CpuId(1), Time(1)));
}
