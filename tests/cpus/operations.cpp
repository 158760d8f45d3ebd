#include "cpus/operations.h"

#include <array>
#include <tuple>

#include "tests/cpus/moments.h"

using namespace p9mmu::cpus;
using namespace p9mmu::cpus::testing;
using p9mmu::interconnect::Line;
using p9mmu::interconnect::microseconds;
using p9mmu::interconnect::nanoseconds;
using p9mmu::mmu::InvalidateCaches;
using p9mmu::mmu::Lpid;
using p9mmu::mmu::Pid;
using p9mmu::mmu::TlbInvalidate;

namespace {

Task<void> update_line(Cpu& cpu, Line& line, Shared& shared) {
  co_await cpu.read_modify_write(line);
  shared.note(cpu);
}

}  // namespace

// --- Steps ---

TEST_CASE("each instruction takes what the machine says, for its own cause") {
  const CpuParameters p = round_cpus();
  struct Program {
    static Task<void> run(Cpu& cpu, int which) {
      const TlbInvalidate set =
          TlbInvalidate::for_pid(p9mmu::mmu::Lpid(0), p9mmu::mmu::Pid(1), p9mmu::mmu::InvalidateCaches::tlb);
      Line line{cpu.id().value(), p9mmu::interconnect::kNobody, Time()};
      switch (which) {
        case 0:
          co_await cpu.hwsync();
          break;
        case 1:
          co_await cpu.lwsync();
          break;
        case 2:
          co_await cpu.isync();
          break;
        case 3:
          co_await cpu.ptesync();
          break;
        case 4:
          co_await cpu.atomic_update();
          break;
        case 5:
          co_await cpu.tlbiel(set, 128);
          break;
        case 6:
          co_await cpu.slbia();
          break;
        case 7:
          co_await cpu.load(line);
          break;
        case 8:
          co_await cpu.read_modify_write(line);
          break;
        case 9:
          co_await cpu.eieio_tlbsync_ptesync();
          break;
        default:
          co_await cpu.compute(nanoseconds(7));
          break;
      }
    }
  };
  const auto [which, span, cause] = GENERATE_COPY(table<int, Time, Cause>({
      {0, p.instructions.hwsync, Cause::barrier},
      {1, p.instructions.lwsync, Cause::barrier},
      {2, p.instructions.isync, Cause::barrier},
      {3, p.instructions.ptesync, Cause::barrier},
      {4, p.instructions.larx_stcx + kHit, Cause::memory},
      {5, 128 * p.instructions.tlbiel, Cause::tlbie},
      {6, p.instructions.slbia, Cause::tlbie},
      {7, kHit, Cause::memory},
      {8, kHit + p.instructions.larx_stcx, Cause::memory},
      {9, p.instructions.eieio + p.instructions.ptesync, Cause::barrier},
      {10, nanoseconds(7), Cause::compute},
  }));
  CAPTURE(which);
  Bench bench(GENERATE(false, true));
  bench.spawn(kHere, Program::run(bench.cpu(kHere), which));
  bench.run();
  CHECK(bench.cpu(kHere).now() == span);
  CHECK(bench.charged(kHere, cause) == span);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("instructions are counted one by one") {
  Bench bench(false);
  Shared shared;
  bench.spawn(kHere, tlbies(bench.cpu(kHere), 3, true, shared));
  bench.run();
  CHECK(bench.system.counters().tlbie_count == 3);
  CHECK(bench.system.counters().tlbsync_count == 1);
  CHECK(bench.system.counters().ptesync_count == 1);
}

TEST_CASE("an observer sees each invalidation once, with its operands, when it is issued") {
  class Observer final : public InvalidationObserver {
   public:
    void tlbie(CpuId cpu, const TlbInvalidate& operands, Time now) override {
      seen.emplace_back(Event{cpu.value(), now}, operands, 0);
    }
    void tlbiel(CpuId cpu, const TlbInvalidate& operands, std::uint32_t sets, Time now) override {
      seen.emplace_back(Event{cpu.value(), now}, operands, sets);
    }
    std::vector<std::tuple<Event, TlbInvalidate, std::uint32_t>> seen;
  };
  struct Program {
    static Task<void> run(Cpu& cpu, const TlbInvalidate& broadcast, const TlbInvalidate& local) {
      co_await cpu.compute(nanoseconds(7));
      co_await cpu.tlbie(broadcast);
      co_await cpu.compute(nanoseconds(5));
      co_await cpu.tlbiel(local, 127);
    }
  };
  const TlbInvalidate broadcast = TlbInvalidate::for_pid(Lpid(0), Pid(3), InvalidateCaches::all);
  TlbInvalidate local = TlbInvalidate::for_pid(Lpid(0), Pid(4), InvalidateCaches::tlb);
  local.set = 1;
  Bench bench(GENERATE(false, true));
  Observer observer;
  bench.system.set_invalidation_observer(&observer);
  bench.spawn(kChip, Program::run(bench.cpu(kChip), broadcast, local));
  bench.run();
  REQUIRE(observer.seen.size() == 2);
  CHECK(observer.seen[0] == std::make_tuple(Event{kChip, nanoseconds(7)}, broadcast, 0U));
  CHECK(std::get<Event>(observer.seen[1]).cpu == kChip);
  CHECK(std::get<Event>(observer.seen[1]).at > nanoseconds(12));
  CHECK(std::get<TlbInvalidate>(observer.seen[1]) == local);
  CHECK(std::get<std::uint32_t>(observer.seen[1]) == 127);
}

TEST_CASE("CPUs that change a line at once get it one after the other") {
  Bench bench(GENERATE(false, true));
  Shared shared;
  Line line;
  for (const std::uint32_t id : {kHere, kChip, kOtherChip}) {
    bench.spawn(id, update_line(bench.cpu(id), line, shared));
  }
  bench.run();
  const Time first = kMemory;
  const Time second = first + nanoseconds(90);
  const Time third = second + nanoseconds(250);
  CHECK(shared.events ==
        Events{{kHere, first + kAtomic}, {kChip, second + kAtomic}, {kOtherChip, third + kAtomic}});
  CHECK(bench.accounts_add_up());
}

TEST_CASE("the measured anchors: a barrier sequence takes 137 ns when empty and 200 ns after tlbies") {
  const int count = GENERATE(0, 1, 2, 10);
  CAPTURE(count);
  Bench bench(false);
  Shared shared;
  bench.spawn(kHere, tlbies(bench.cpu(kHere), count, true, shared));
  bench.run();
  CHECK(shared.events[0].at == count * nanoseconds(370));
  const double took = static_cast<double>((shared.events[1].at - shared.events[0].at).ps()) / 1000;
  CHECK(took == Approx(count == 0 ? 137 : 200).margin(0.5));
  CHECK(bench.accounts_add_up());
}

// --- Delays ---

TEST_CASE("random delays are a CPU's own, the same for the same seed, and accounted for") {
  // When each store of a CPU was done; `both`: the other CPU of the core stores elsewhere meanwhile.
  const auto stores = [](std::uint64_t seed, bool both) {
    CpuParameters parameters = round_cpus();
    parameters.random_delay = microseconds(1);
    Bench bench(false, parameters);
    bench.system.set_random_seed(seed);
    std::array<Shared, 2> shared;
    const auto store_often = [](Cpu& cpu, Shared& own) -> Task<void> {
      for (int i = 0; i < 20; ++i) {
        co_await cpu.store(own.line);
        own.note(cpu);
      }
    };
    for (std::uint32_t id = 0; id < (both ? 2U : 1U); ++id) {
      bench.spawn(id, store_often(bench.cpu(id), shared[id]));
    }
    bench.run();
    CHECK(bench.accounts_add_up());
    return shared[0].events;
  };
  const Events alone = stores(1, false);
  CHECK(stores(1, false) == alone);
  CHECK(stores(1, true) == alone);
  CHECK(stores(2, false) != alone);
  CHECK(alone.back().at < microseconds(20));
}
