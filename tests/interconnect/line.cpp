#include "interconnect/line.h"

#include "tests/support/time_printing.h"

using namespace p9mmu::interconnect;

namespace {

// Two chips of four SMT2 cores. CPU 0 asks; these are at each distance from it.
constexpr CpuId kAsker{0};
constexpr CpuId kSibling{1};
constexpr CpuId kPair{2};
constexpr CpuId kChip{4};
constexpr CpuId kOtherChip{8};

constexpr Time kL1 = nanoseconds(1);
constexpr Time kL2 = nanoseconds(4);
constexpr Time kMemory = nanoseconds(70);
constexpr Time kSameChip = nanoseconds(90);
constexpr Time kCrossChip = nanoseconds(250);

struct Bench {
  explicit Bench(double scale = 1.0)
      : topology({2, 4, 2}), lines({kL1, kL2, kMemory, kSameChip, kCrossChip, scale}, topology) {}
  Topology topology;
  LineTransfers lines;
};

Line held_by(CpuId owner, std::uint32_t reader = kNobody) {
  return Line{owner.value(), reader, Time()};
}

}  // namespace

TEST_CASE("a store waits for the line to come from where it is") {
  struct Case {
    const char* state;
    Line line;
    Time cost;
  };
  const Case c = GENERATE(values<Case>({
      {"held by nobody", Line{}, kMemory},
      {"its own", held_by(kAsker), kL1},
      {"its own, read by its sibling", held_by(kAsker, kSibling.value()), kL1},
      {"its own, read in its pair", held_by(kAsker, kPair.value()), kL2},
      {"its own, read on its chip", held_by(kAsker, kChip.value()), kSameChip},
      {"its own, read on the other chip", held_by(kAsker, kOtherChip.value()), kCrossChip},
      {"its sibling's", held_by(kSibling), kL1},
      {"held in its pair", held_by(kPair), kL2},
      {"held on its chip", held_by(kChip), kSameChip},
      {"held on the other chip", held_by(kOtherChip), kCrossChip},
      {"held on its chip and read by itself", held_by(kChip, kAsker.value()), kSameChip},
  }));
  CAPTURE(c.state);
  const Bench bench;
  Line line = c.line;
  CHECK(bench.lines.write(line, kAsker, nanoseconds(1000)) == nanoseconds(1000) + c.cost);
  CHECK(line.owner == kAsker.value());
  CHECK(line.reader == kNobody);
  CHECK(line.busy_until == nanoseconds(1000) + c.cost);
}

TEST_CASE("a load brings a copy and leaves the line where it is") {
  struct Case {
    const char* state;
    Line line;
    Time cost;
    std::uint32_t reader;
  };
  const Case c = GENERATE(values<Case>({
      {"held by nobody", Line{}, kMemory, kAsker.value()},
      {"its own", held_by(kAsker), kL1, kNobody},
      {"its own, read on the other chip", held_by(kAsker, kOtherChip.value()), kL1, kOtherChip.value()},
      {"read by itself before", held_by(kOtherChip, kAsker.value()), kL1, kAsker.value()},
      {"its sibling's", held_by(kSibling), kL1, kAsker.value()},
      {"held in its pair", held_by(kPair), kL2, kAsker.value()},
      {"held on its chip", held_by(kChip), kSameChip, kAsker.value()},
      {"held on the other chip", held_by(kOtherChip), kCrossChip, kAsker.value()},
      {"another has read it", held_by(kOtherChip, kChip.value()), kCrossChip, kAsker.value()},
  }));
  CAPTURE(c.state);
  const Bench bench;
  Line line = c.line;
  CHECK(bench.lines.read(line, kAsker, nanoseconds(1000)) == nanoseconds(1000) + c.cost);
  CHECK(line.owner == c.line.owner);
  CHECK(line.reader == c.reader);
}

TEST_CASE("a request waits for the transfer before it and not a picosecond longer") {
  const Bench bench;
  const auto [lateness, wait] = GENERATE(table<Time, Time>({
      {Time(), kSameChip},                   // asked at the same moment
      {nanoseconds(40), nanoseconds(50)},    // under way
      {kSameChip - Time(1), Time(1)},        // a picosecond too early
      {kSameChip, Time()},                   // just over
      {kSameChip + nanoseconds(1), Time()},  // long over
  }));
  CAPTURE(lateness);
  Line line = held_by(kChip);
  const Time first = bench.lines.write(line, kAsker, Time());
  CHECK(first == kSameChip);
  SECTION("a store, which then takes the line away from the one before") {
    CHECK(bench.lines.write(line, kOtherChip, lateness) == lateness + wait + kCrossChip);
  }
  SECTION("a load") {
    CHECK(bench.lines.read(line, kOtherChip, lateness) == lateness + wait + kCrossChip);
  }
  SECTION("a load by the CPU that is getting the line") {
    CHECK(bench.lines.read(line, kAsker, lateness) == lateness + wait + kL1);
  }
}

TEST_CASE("loads do not hold a line up") {
  const Bench bench;
  Line line = held_by(kChip);
  CHECK(bench.lines.read(line, kAsker, Time()) == kSameChip);
  CHECK(bench.lines.read(line, kPair, Time()) == kSameChip);
}

TEST_CASE("a line that goes back and forth costs the distance each time") {
  const Bench bench;
  Line line = held_by(kAsker);
  Time now;
  for (int i = 0; i < 10; ++i) {
    now = bench.lines.write(line, kOtherChip, now);
    now = bench.lines.write(line, kAsker, now);
  }
  CHECK(now == 20 * kCrossChip);
}

TEST_CASE("the scale stretches transfers between pairs of cores and nothing else") {
  const double scale = GENERATE(0.5, 1.0, 1.78);
  const Bench bench(scale);
  CHECK(bench.lines.hit() == kL1);
  CHECK(bench.lines.memory() == kMemory);
  CHECK(bench.lines.by_distance(Distance::same_core) == kL1);
  CHECK(bench.lines.by_distance(Distance::same_pair) == kL2);
  CHECK(bench.lines.by_distance(Distance::same_chip).ps() == Approx(90'000 * scale));
  CHECK(bench.lines.by_distance(Distance::cross_chip).ps() == Approx(250'000 * scale));
  CHECK(bench.lines.transfer(kAsker, kOtherChip) == bench.lines.by_distance(Distance::cross_chip));
}

TEST_CASE("no access is dearer than the dearest") {
  const Topology topology({2, 4, 2});
  const LineParameters costs =
      GENERATE(values<LineParameters>({{kL1, kL2, kMemory, kSameChip, kCrossChip, 1.0},
                                       {kL1, kL2, nanoseconds(900), kSameChip, kCrossChip, 1.0},
                                       {kL1, kL2, kMemory, nanoseconds(800), kCrossChip, 1.0}}));
  const LineTransfers lines(costs, topology);
  CHECK(lines.dearest() == std::max({costs.memory, costs.same_chip, costs.cross_chip}));
}
