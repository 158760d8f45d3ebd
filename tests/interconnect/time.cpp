#include "interconnect/time.h"

#include "tests/support/time_printing.h"

using namespace p9mmu::interconnect;

TEST_CASE("a span of cycles is rounded to the nearest picosecond") {
  const auto [cycles, hertz, picoseconds] = GENERATE(table<double, double, std::int64_t>({
      {0, 3.8e9, 0},
      {1, 3.8e9, 263},      // 263.16
      {15.5, 3.8e9, 4079},  // 4,078.9
      {520, 3.8e9, 136'842},
      {1, 2e9, 500},
      {1, 512e6, 1953},  // 1,953.1
  }));
  CHECK(Frequency(hertz).cycles(cycles) == Time(picoseconds));
}

TEST_CASE("a second has as many cycles as the frequency says") {
  CHECK(Frequency(3.8e9).in_cycles(microseconds(1'000'000)) == Approx(3.8e9));
}

TEST_CASE("never is later than a hundred days") {
  CHECK(Time::never() > 100 * 24 * 3600 * microseconds(1'000'000));
}

TEST_CASE("times add, subtract and multiply as picoseconds do") {
  Time time = nanoseconds(2);
  time += Time(5);
  CHECK(time == Time(2005));
  time -= nanoseconds(1);
  CHECK(time == Time(1005));
  CHECK(3 * time - Time(15) == nanoseconds(3));
  CHECK(time.whole_ns() == 1);
}
