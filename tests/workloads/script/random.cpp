#include "workloads/script/random.h"

#include <catch2/catch.hpp>
#include <set>

namespace p9mmu::workloads {
namespace {

TEST_CASE("a stream is the same for the same seed and number, and no other") {
  Random a(7, 3);
  Random same(7, 3);
  Random other_seed(8, 3);
  Random other_stream(7, 4);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t drawn = a.next();
    CHECK(drawn == same.next());
    CHECK(drawn != other_seed.next());
    CHECK(drawn != other_stream.next());
  }
}

TEST_CASE("a real number drawn lies in [0, 1) and its mean is in the middle") {
  const std::uint64_t seed = GENERATE(0U, 1U, 0xffff'ffffU);
  CAPTURE(seed);
  Random random(seed, 0);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double drawn = random.real();
    REQUIRE(drawn >= 0.0);
    REQUIRE(drawn < 1.0);
    sum += drawn;
  }
  CHECK(sum / 10'000 == Approx(0.5).margin(0.02));
}

TEST_CASE("below_or_equal reaches every value up to its bound and none beyond") {
  const std::uint64_t most = GENERATE(0U, 1U, 2U, 4U, 7U);
  CAPTURE(most);
  Random random(1, 0);
  std::set<std::uint64_t> drawn;
  for (int i = 0; i < 1000; ++i) {
    drawn.insert(random.below_or_equal(most));
  }
  CHECK(drawn.size() == most + 1);
  CHECK(*drawn.rbegin() == most);
}

TEST_CASE("below_or_equal takes the whole range of 64 bits") {
  Random random(1, 0);
  Random bits(1, 0);
  CHECK(random.below_or_equal(~std::uint64_t{0}) == bits.next());
}

}  // namespace
}  // namespace p9mmu::workloads
