#include "cpus/accounts.h"

#include <numeric>
#include <string>

#include "tests/support/random.h"
#include "tests/support/time_printing.h"

using namespace p9mmu::cpus;

namespace {

Time at(const std::vector<Time>& view, PathId path, Cause cause) {
  const std::uint32_t slot = account_slot(path, cause);
  return slot < view.size() ? view[slot] : Time();
}
Time sum(const std::vector<Time>& view) {
  return std::accumulate(view.begin(), view.end(), Time());
}

}  // namespace

TEST_CASE("the root is path 0, is called nothing and is its own parent") {
  const CallPaths paths;
  CHECK(paths.text(PathId(0)).empty());
  CHECK(paths.parent(PathId(0)) == PathId(0));
  CHECK(paths.size() == 1);
}

TEST_CASE("a path names its routines from the outermost inwards") {
  CallPaths paths;
  const PathId outer = paths.child(PathId(0), "sys_munmap");
  const PathId inner = paths.child(outer, "zap_huge_pmd");
  CHECK(paths.text(outer) == "sys_munmap");
  CHECK(paths.text(inner) == "sys_munmap;zap_huge_pmd");
  CHECK(paths.parent(inner) == outer);
  CHECK(paths.parent(outer) == PathId(0));
}

TEST_CASE("the same routine called from two others is two paths") {
  CallPaths paths;
  const PathId a = paths.child(paths.child(PathId(0), "a"), "leaf");
  const PathId b = paths.child(paths.child(PathId(0), "b"), "leaf");
  CHECK(a != b);
  CHECK(paths.text(a) == "a;leaf");
  CHECK(paths.text(b) == "b;leaf");
}

TEST_CASE("equal names from two literals are one path") {
  // Two arrays are two addresses, as literals of two translation units may be.
  static const char one[] = "down_write";
  static const char other[] = "down_write";
  REQUIRE(static_cast<const void*>(one) != static_cast<const void*>(other));
  CallPaths paths;
  const PathId parent = paths.child(PathId(0), "caller");
  const PathId first = paths.child(parent, one);
  CHECK(paths.child(parent, other) == first);
  CHECK(paths.child(parent, one) == first);
  CHECK(paths.size() == 3);
  // One that only begins the same is another.
  CHECK(paths.child(parent, "down_wri") != first);
}

TEST_CASE("charges of one path and cause add up, and stay apart from all others") {
  const PathId path(1);
  const PathId other(2);
  Account account;
  account.charge(path, Cause::compute, Time(10));
  account.charge(path, Cause::barrier, Time(3));
  account.charge(other, Cause::compute, Time(5));
  account.charge(path, Cause::compute, Time(7));
  const std::vector<Time> view = account.view(Time(25));
  CHECK(at(view, path, Cause::compute) == Time(17));
  CHECK(at(view, path, Cause::barrier) == Time(3));
  CHECK(at(view, other, Cause::compute) == Time(5));
  CHECK(sum(view) == Time(25));
  CHECK(account.charged_until() == Time(25));
}

TEST_CASE("a view cuts what reaches past its moment off the last charges") {
  const PathId path(1);
  Account account;
  account.charge(path, Cause::interrupt, Time(100));
  account.settle();
  account.charge(path, Cause::compute, Time(10));
  account.charge(path, Cause::memory, Time(20));
  account.charge(path, Cause::compute, Time(5));
  const auto [moment, compute, memory] = GENERATE(table<int, int, int>({
      {100, 0, 0},
      {101, 1, 0},
      {110, 10, 0},
      {111, 10, 1},
      {129, 10, 19},
      {130, 10, 20},
      {131, 11, 20},
      {135, 15, 20},
  }));
  CAPTURE(moment);
  const std::vector<Time> view = account.view(Time(moment));
  CHECK(at(view, path, Cause::interrupt) == Time(100));
  CHECK(at(view, path, Cause::compute) == Time(compute));
  CHECK(at(view, path, Cause::memory) == Time(memory));
}

TEST_CASE("at any moment among charges not yet final, a view adds up to it") {
  const std::uint32_t seed = GENERATE(range(1U, 6U));
  CAPTURE(seed);
  p9mmu::testing::Random random(seed);
  Account account;
  Time last_settled;
  for (int i = 0; i < 300; ++i) {
    const PathId path(random.below(40));
    const auto cause = static_cast<Cause>(random.below(kCauses));
    const Time span(random.below(30));
    switch (random.below(6)) {
      case 0:
        account.settle();
        last_settled = account.charged_until();
        break;
      case 1:
        account.settle();
        account.charge_summed(path, cause, span);
        last_settled = account.charged_until();
        break;
      default:
        // Sixteen charges fit one operation.
        if (i % 10 == 0) {
          account.settle();
          last_settled = account.charged_until();
        }
        account.charge(path, cause, span);
    }
    for (Time moment = last_settled; moment <= account.charged_until(); moment += Time(7)) {
      CAPTURE(i, moment);
      REQUIRE(sum(account.view(moment)) == moment);
    }
  }
}

TEST_CASE("a view after the last charge is what has been charged and no more") {
  Account account;
  account.charge(PathId(1), Cause::idle, Time(10));
  CHECK(sum(account.view(Time(1000))) == Time(10));
}
