#include "model/explore/search.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <sstream>

#include "model/explore/verdict.h"
#include "model/machine/resolve.h"
#include "workloads/linux/policy.h"

using namespace p9mmu::model;
using namespace p9mmu::model::explore;
using p9mmu::workloads::kernel_policy;

namespace {

Scenario scenario_of(const std::string& text, const char* kernel = "ipi-free-flush") {
  static const Machine machine = resolve_machine(MachineChoice{});
  return read_scenario(machine, kernel_policy(kernel), {"test.lua", text}, 1, {});
}

struct Explored {
  SearchResult result;
  std::set<std::string> outcomes;
};

Explored explore_all(const Scenario& scenario, Reduction reduction) {
  Explored explored;
  Search search(scenario, reduction, {});
  explored.result = search.run([&](const Executed& executed) {
    explored.outcomes.insert(executed.machine.outcome());
    return true;
  });
  return explored;
}

/// What every scenario here begins with: two pages of one process, which CPUs 0 to 3 may run.
constexpr const char* kTwoPages = R"(
local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(4 * 1024 * 1024)
mm:populate(page, 2 * 1024 * 1024, "2M")
local other = page + 2 * 1024 * 1024
mm:populate(other, 65536, "64K")
mm:ran_on{0, 1, 2}
)";

std::string thread_on(unsigned cpu, const std::string& body) {
  return "spawn(" + std::to_string(cpu) + ", function(t) " + body + " end)\n";
}

}  // namespace

TEST_CASE("steps commute unless they touch the same thing and one of them changes it") {
  using p9mmu::cpus::SharedKind;
  using p9mmu::cpus::Touch;
  struct Case {
    Touch one, other;
    bool same_thing, commute;
  };
  const Case c = GENERATE(values<Case>({
      {Touch::read, Touch::read, true, true},
      {Touch::read, Touch::write, true, false},
      {Touch::write, Touch::write, true, false},
      {Touch::write, Touch::write, false, true},
      {Touch::acquire, Touch::acquire, true, false},
      {Touch::acquire, Touch::release, true, false},
      {Touch::acquire_shared, Touch::acquire_shared, true, true},
      {Touch::acquire_shared, Touch::release_shared, true, true},
      {Touch::acquire, Touch::acquire_shared, true, false},
  }));
  const std::vector<Touched> one = {{{SharedKind::lock, 1}, c.one}};
  const std::vector<Touched> other = {{{SharedKind::lock, c.same_thing ? 1U : 2U}, c.other}};
  CHECK(commute(one, other) == c.commute);
  CHECK(commute(other, one) == c.commute);
}

TEST_CASE("leaving schedules out loses no outcome: the reduced search finds what full enumeration finds") {
  struct Case {
    const char* name;
    std::string threads;
  };
  const Case c = GENERATE(values<Case>({
      {"a store and a load of one page",
       thread_on(0, "t:store(mm, page)") + thread_on(2, "t:load(mm, page)")},
      {"two threads of one core that share its TLB",
       thread_on(0, "t:store(mm, page)") + thread_on(1, "t:load(mm, page)")},
      {"a TLB that makes room while its other thread reads",
       thread_on(0, "t:load(mm, page)") + thread_on(1, "t:displace(mm, page)")},
      {"stores that cross", thread_on(0, "t:store(mm, page)") + thread_on(2, "t:store(mm, page)")},
      {"a lockless walk and interrupts off",
       thread_on(0, "t:find_linux_pte(mm, page)") + thread_on(2, "t:irq_disable() t:irq_enable()")},
  }));
  CAPTURE(c.name);
  const Scenario scenario = scenario_of(kTwoPages + c.threads);
  const Explored every = explore_all(scenario, Reduction::none);
  const Explored sleeping = explore_all(scenario, Reduction::sleep_sets);
  const Explored reduced = explore_all(scenario, Reduction::full);
  CHECK(every.outcomes == sleeping.outcomes);
  CHECK(every.outcomes == reduced.outcomes);
  CHECK(every.result.interleavings > reduced.result.interleavings);
  // Sleep sets alone end in each class of equivalent schedules exactly once; so must the full reduction.
  CHECK(sleeping.result.interleavings == reduced.result.interleavings);
}

TEST_CASE("random pairs of short threads have the same outcomes with and without reduction") {
  const auto seed = GENERATE(range(1U, 13U));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> requests = {"t:load(mm, page) ", "t:store(mm, page) ", "t:load(mm, other) ",
                                             "t:store(mm, other) ", "t:irq_disable() t:irq_enable() "};
  const auto request = [&] { return requests[random() % requests.size()]; };
  const std::string threads = thread_on(0, request()) + thread_on(random() % 2 == 0 ? 1 : 2, request());
  CAPTURE(threads);
  const Scenario scenario = scenario_of(kTwoPages + threads);
  const Explored every = explore_all(scenario, Reduction::none);
  const Explored reduced = explore_all(scenario, Reduction::full);
  CHECK(every.outcomes == reduced.outcomes);
}

TEST_CASE("an unmapping with its tlbies, interrupts and barriers: as many classes as sleep sets alone find") {
  const char* kernel = GENERATE("ipi", "ipi-free");
  CAPTURE(kernel);
  const Scenario scenario = scenario_of(
      kTwoPages + thread_on(0, "t:munmap(mm, page, 2 * 1024 * 1024)") + thread_on(2, "t:load(mm, page)"),
      kernel);
  const Explored sleeping = explore_all(scenario, Reduction::sleep_sets);
  const Explored reduced = explore_all(scenario, Reduction::full);
  CHECK(sleeping.outcomes == reduced.outcomes);
  CHECK(sleeping.result.interleavings == reduced.result.interleavings);
  CHECK(reduced.result.redundant < sleeping.result.redundant / 10);
}

TEST_CASE("an access that is tried again after a fault waits for stores in as many orders as there are") {
  const Scenario scenario = scenario_of(kTwoPages + thread_on(0, "t:load(mm, other + 65536)") +
                                        thread_on(2, "t:store(mm, other + 131072)"));
  const Explored sleeping = explore_all(scenario, Reduction::sleep_sets);
  const Explored reduced = explore_all(scenario, Reduction::full);
  CHECK(sleeping.outcomes == reduced.outcomes);
  CHECK(sleeping.result.interleavings == reduced.result.interleavings);
}

TEST_CASE("a search is the same twice") {
  const Scenario scenario = scenario_of(kTwoPages + thread_on(0, "t:munmap(mm, page, 2 * 1024 * 1024)") +
                                        thread_on(2, "t:find_linux_pte(mm, page)"));
  std::vector<Schedule> first;
  std::vector<Schedule> second;
  for (std::vector<Schedule>* schedules : {&first, &second}) {
    Search search(scenario, Reduction::full, {});
    search.run([&](const Executed& executed) {
      schedules->push_back(executed.schedule);
      return true;
    });
  }
  CHECK(first == second);
}

TEST_CASE("limits cut a search off and say so") {
  const Scenario scenario =
      scenario_of(kTwoPages + thread_on(0, "t:store(mm, page)") + thread_on(2, "t:store(mm, page)"));
  Search few(scenario, Reduction::full, {2'000, 1});
  CHECK_FALSE(few.run([](const Executed&) { return true; }).complete);
  Search brief(scenario, Reduction::full, {3});
  const SearchResult cut = brief.run([](const Executed&) { return true; });
  CHECK_FALSE(cut.complete);
  CHECK(cut.cut_off > 0);
  CHECK(cut.longest == 3);
}

TEST_CASE("schedules survive being written down") {
  const Schedule schedule = GENERATE(values<Schedule>({{}, {0}, {0, 0, 0, 1}, {3, 1, 1, 3, 17, 17}}));
  CHECK(parse_schedule(to_text(schedule)) == schedule);
}

TEST_CASE("what is no schedule is refused") {
  const char* text = GENERATE("a", "0*", "0,,1", "0*3x", "0,", "*3", "0*999999999999");
  CAPTURE(text);
  CHECK_THROWS_AS(parse_schedule(text), p9mmu::mmu::UserError);
}

TEST_CASE("a schedule of another scenario is refused where it goes astray") {
  const Scenario scenario = scenario_of(kTwoPages + thread_on(0, "t:store(mm, page)"));
  CHECK_THROWS_WITH(replay(scenario, {0, 0, 5}), Catch::Contains("actor 5 cannot take step 3"));
}
