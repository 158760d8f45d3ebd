#include "interconnect/tlbie_broadcast.h"

#include <map>

#include "tests/interconnect/tlbie_transport_contract.h"

using namespace p9mmu::interconnect;

namespace {

constexpr Time kIssue = nanoseconds(370);
constexpr Time kSnoop = nanoseconds(60);
constexpr Time kFarther = nanoseconds(35);
constexpr Time kRetry = nanoseconds(63);
constexpr Time kEmpty = nanoseconds(123);
constexpr std::uint32_t kUnbounded = 1'000'000;

// Two chips of four SMT2 cores: CPUs 0 to 7 and 8 to 15.
constexpr CpuId kHere{0};
constexpr CpuId kSibling{1};
constexpr CpuId kSameChip{2};
constexpr CpuId kOtherChip{8};

struct Bench {
  explicit Bench(std::uint32_t pace = 4, std::uint32_t stall = 6, Time snoop = kSnoop,
                 TopologyParameters shape = {2, 4, 2})
      : topology(shape), broadcast({kIssue, snoop, kFarther, kRetry, pace, stall}, topology) {}
  Topology topology;
  TlbieBroadcast broadcast;
};

/// When the last of `each` tlbies of each of `masters` CPUs is completed, all issuing back to back from 0 on.
Time all_completed(Bench& bench, std::uint32_t masters, int each) {
  struct Master {
    CpuId cpu;
    int left;
  };
  std::multimap<Time, Master> next;
  for (std::uint32_t i = 0; i < masters; ++i) {
    next.emplace(Time(), Master{CpuId(i), each});
  }
  Time last;
  while (!next.empty()) {
    const auto [now, master] = *next.begin();
    next.erase(next.begin());
    const TlbieIssued issued = bench.broadcast.tlbie(master.cpu, now);
    last = std::max(last, issued.completed);
    if (master.left > 1) {
      next.emplace(issued.issuer_free, Master{master.cpu, master.left - 1});
    }
  }
  return last;
}

}  // namespace

TEST_CASE("the broadcast keeps the contract of a tlbie transport") {
  const auto shape = GENERATE(values<TopologyParameters>({{2, 4, 2}, {1, 1, 1}, {4, 3, 4}}));
  const auto [pace, stall] =
      GENERATE(table<std::uint32_t, std::uint32_t>({{4, 6}, {1, 1}, {kUnbounded, kUnbounded}, {6, 2}}));
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  Bench bench(pace, stall, kSnoop, shape);
  testing::check_tlbie_transport(bench.broadcast, bench.topology, seed);
}

TEST_CASE("each tlbie of one thread, back to back, takes the measured 370 ns") {
  Bench bench;
  Time now;
  for (int i = 1; i <= 20; ++i) {
    now = bench.broadcast.tlbie(kHere, now).issuer_free;
    REQUIRE(now == i * kIssue);
  }
}

TEST_CASE("cores on another chip complete a tlbie later by the system scope's latency") {
  Bench bench;
  const TlbieIssued issued = bench.broadcast.tlbie(kOtherChip, nanoseconds(1000));
  for (std::uint32_t core = 0; core < 8; ++core) {
    CAPTURE(core);
    const bool own_chip = core >= 4;
    CHECK(bench.broadcast.core_done(CoreId(core)) ==
          nanoseconds(1000) + kIssue + (own_chip ? Time() : kFarther));
  }
  CHECK(issued.issuer_free == nanoseconds(1000) + kIssue);
  CHECK(issued.completed == nanoseconds(1000) + kIssue + kFarther);
}

TEST_CASE("a core serves one snoop at a time") {
  Bench bench;
  const TlbieIssued first = bench.broadcast.tlbie(kHere, Time());
  SECTION("of two CPUs of one core") {
    const TlbieIssued second = bench.broadcast.tlbie(kSibling, Time());
    CHECK(second.issuer_free == kIssue + kSnoop);
    CHECK(second.completed == first.completed + kSnoop);
  }
  SECTION("of two chips: the second issuer's core is still busy with the first's") {
    const TlbieIssued second = bench.broadcast.tlbie(kOtherChip, Time());
    CHECK(second.issuer_free == kIssue + kFarther + kSnoop);
    CHECK(bench.broadcast.core_done(CoreId(0)) == kIssue + kSnoop);
  }
  SECTION("so a snoop that arrives when the core has just become free is served at once") {
    // The first keeps the issuer's own chip busy until kIssue; the second arrives there kSnoop earlier than
    // it is acknowledged.
    const Time begin = GENERATE(kSnoop - Time(1), kSnoop, kSnoop + Time(1));
    const TlbieIssued second = bench.broadcast.tlbie(kSameChip, begin);
    CHECK(second.issuer_free == std::max(begin + kIssue, kIssue + kSnoop));
  }
}

TEST_CASE("snoops of n masters at once are served one after the other") {
  const std::uint32_t masters = GENERATE(1U, 2U, 4U, 8U);
  Bench bench(kUnbounded, kUnbounded);
  Time last_free;
  for (std::uint32_t i = 0; i < masters; ++i) {
    last_free = std::max(last_free, bench.broadcast.tlbie(CpuId(i), Time()).issuer_free);
  }
  CHECK(last_free == kIssue + (masters - 1) * kSnoop);
  CHECK(bench.broadcast.core_served(CoreId(7)) == masters * kSnoop);
}

TEST_CASE("few masters do not hold each other up; many share the rate at which cores serve snoops") {
  constexpr int kEach = 200;
  const std::uint32_t masters = GENERATE(1U, 2U, 5U, 7U, 10U, 16U);
  Bench bench(kUnbounded, kUnbounded);
  const double ns_each =
      static_cast<double>(all_completed(bench, masters, kEach).ps()) / (1000.0 * kEach * masters);
  CAPTURE(masters);
  // One at a time takes 370 ns; a core completes at most one in 60 ns, whoever sent it.
  CHECK(ns_each >= 60.0);
  CHECK(ns_each == Approx(std::max(370.0 / masters, 60.0)).epsilon(0.03));
}

TEST_CASE("the stall threshold limits how many tlbies are in flight") {
  constexpr int kEach = 100;
  constexpr std::uint32_t kMasters = 12;
  const std::uint32_t stall = GENERATE(1U, 2U, 3U, 6U);
  Bench bench(kUnbounded, stall, nanoseconds(1));
  const double ns_each =
      static_cast<double>(all_completed(bench, kMasters, kEach).ps()) / (1000.0 * kEach * kMasters);
  CAPTURE(stall);
  // Each is in flight until the other chip's cores have completed it, 405 ns.
  CHECK(ns_each == Approx(405.0 / stall).epsilon(0.02));
}

TEST_CASE("a master that finds the threshold reached stalls until one is completed") {
  const std::uint32_t stall = GENERATE(1U, 3U, 6U);
  Bench bench(kUnbounded, stall, nanoseconds(1));
  Time first_completed = Time::never();
  for (std::uint32_t i = 0; i < stall; ++i) {
    first_completed = std::min(first_completed, bench.broadcast.tlbie(CpuId(i), Time()).completed);
  }
  const Time late = GENERATE(as<Time>(), Time(-1), Time(0), Time(1));
  const TlbieIssued next = bench.broadcast.tlbie(CpuId(8), first_completed + late);
  CHECK(next.issuer_free - kIssue == std::max(first_completed, first_completed + late));
}

TEST_CASE("from the pace threshold on a master begins one snoop later") {
  const std::uint32_t before = GENERATE(0U, 1U, 2U, 3U, 4U, 5U);
  Bench bench(4, kUnbounded, nanoseconds(1));
  for (std::uint32_t i = 0; i < before; ++i) {
    (void)bench.broadcast.tlbie(CpuId(i), Time());
  }
  // Late enough that no core is busy, early enough that all are in flight.
  const Time now = nanoseconds(100);
  const TlbieIssued issued = bench.broadcast.tlbie(kOtherChip, now);
  CHECK(issued.issuer_free == now + kIssue + (before >= 4 ? nanoseconds(1) : Time()));
}

TEST_CASE("a ptesync without a tlbsync waits for no other core") {
  Bench bench;
  const TlbieIssued issued = bench.broadcast.tlbie(kHere, Time());
  const Time now = issued.issuer_free;
  REQUIRE(issued.completed > now);
  CHECK(bench.broadcast.ptesync(kHere, now, Time(1)) == now + Time(1));
}

TEST_CASE("a ptesync after a tlbsync waits for the thread's tlbies in whole rebroadcasts") {
  Bench bench;
  const TlbieIssued issued = bench.broadcast.tlbie(kHere, Time());
  const auto [early, retries] = GENERATE(table<Time, int>({
      {Time(-1), 0},  // the tlbsync comes after the last completion
      {Time(), 0},    // and at it
      {Time(1), 1},   // one picosecond too early: one more broadcast
      {kRetry, 1},
      {kRetry + Time(1), 2},
      {nanoseconds(200), 4},
  }));
  CAPTURE(early);
  const Time now = issued.completed - early;
  bench.broadcast.tlbsync(kHere, now);
  CHECK(bench.broadcast.ptesync(kHere, now, kEmpty) == now + kEmpty + retries * kRetry);
}

TEST_CASE("a tlbsync orders one ptesync, not the next") {
  Bench bench;
  (void)bench.broadcast.tlbie(kHere, Time());
  bench.broadcast.tlbsync(kHere, nanoseconds(1));
  CHECK(bench.broadcast.ptesync(kHere, nanoseconds(1), kEmpty) > nanoseconds(1) + kEmpty);
  CHECK(bench.broadcast.ptesync(kHere, nanoseconds(2), kEmpty) == nanoseconds(2) + kEmpty);
}

TEST_CASE("a ptesync waits for all tlbies of its thread") {
  Bench bench(kUnbounded, kUnbounded);
  Time now;
  TlbieIssued last{};
  for (int i = 0; i < 5; ++i) {
    last = bench.broadcast.tlbie(kHere, now);
    now = last.issuer_free;
  }
  bench.broadcast.tlbsync(kHere, now);
  CHECK(bench.broadcast.ptesync(kHere, now, Time()) >= last.completed);
}

TEST_CASE("a ptesync does not wait for another thread's tlbies, not even its sibling's") {
  const CpuId other = GENERATE(kSibling, kSameChip, kOtherChip);
  Bench bench;
  (void)bench.broadcast.tlbie(kHere, Time());
  bench.broadcast.tlbsync(other, nanoseconds(1));
  CHECK(bench.broadcast.ptesync(other, nanoseconds(1), kEmpty) == nanoseconds(1) + kEmpty);
}
