#include "model/report/page/causes.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model::report::page {
namespace {

TEST_CASE("causes add up to the whole time, in their own order, whatever the paths") {
  PhaseResult result = sample_result("ipi");
  result.accounts = {{"0", "a", "tlbie", 5},
                     {"0", "b", "compute", 3},
                     {"0", "c", "tlbie", 4},
                     {"0", "d", "idle", 0},
                     {"others", "", "compute", 1000}};
  const std::vector<CauseTime> times = causes_of(result);
  REQUIRE(times.size() == 2);
  CHECK(times[0].cause == "compute");
  CHECK(times[0].ps == 3);
  CHECK(times[1].cause == "tlbie");
  CHECK(times[1].ps == 9);
}

TEST_CASE("a cause that this program does not know comes last and keeps its name") {
  PhaseResult result = sample_result("ipi");
  result.accounts = {{"0", "a", "thermal throttling", 5}, {"0", "b", "idle", 3}};
  const std::vector<std::string> causes = causes_in({&result});
  CHECK(causes == std::vector<std::string>{"idle", "thermal throttling"});
  CHECK(cause_class(causes[1]) == "thermal-throttling");
}

}  // namespace
}  // namespace p9mmu::model::report::page
