#include "workloads/linux/kernel.h"

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

TEST_CASE("each mm has a PID of its own, and the hardware finds its tree through the process table") {
  Bench bench;
  Mm& first = bench.kernel.create_mm(PageSize::k64K);
  Mm& second = bench.kernel.create_mm(PageSize::k4K);
  CHECK(first.pid() == p9mmu::mmu::Pid(1));
  CHECK(second.pid() == p9mmu::mmu::Pid(2));
  const EffectiveAddress a = Bench::map(first, 2 * kMiB);
  const EffectiveAddress b = Bench::map(second, 2 * kMiB);
  REQUIRE(a == b);
  const p9mmu::mmu::Walk in_first = bench.walk(first, a);
  const p9mmu::mmu::Walk in_second = bench.walk(second, b);
  CHECK(in_first.ok());
  CHECK(in_second.ok());
  CHECK(in_first.address != in_second.address);
}

TEST_CASE("the kernel's own PID has no user tree") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  p9mmu::mmu::Context context = bench.kernel.user_context(mm);
  context.pidr = p9mmu::mmu::Pid(0);
  p9mmu::mmu::WalkTrace trace;
  CHECK_FALSE(p9mmu::mmu::find_mapping(bench.system.memory(), context, start, trace).ok());
}

TEST_CASE("there are as many address spaces as a process table of 64 KiB has entries") {
  Bench bench;
  for (int i = 0; i < 4095; ++i) {
    (void)bench.kernel.create_mm(PageSize::k64K);
  }
  CHECK_THAT(error_of([&] { (void)bench.kernel.create_mm(PageSize::k64K); }),
             Catch::Contains("at most 4095 address spaces"));
}

TEST_CASE("a program's access costs a walk when it is cold, a hit afterwards") {
  struct Program {
    static Task<void> access(Bench& bench, const Mm& mm, EffectiveAddress address, std::vector<Time>& ended) {
      Cpu& cpu = bench.cpu(0);
      const p9mmu::mmu::Context context = bench.kernel.user_context(mm);
      for (int i = 0; i < 3; ++i) {
        const p9mmu::mmu::Translation translation =
            co_await cpu.access(p9mmu::mmu::Access::load, context, address + (i == 2 ? 65536 : 0));
        CHECK(translation.ok());
        ended.push_back(cpu.now());
      }
    }
  };
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB, PageSize::k64K);
  std::vector<Time> ended;
  bench.spawn(0, Program::access(bench, mm, start, ended));
  bench.run();
  const Time miss = cycles(20);
  const Time memory = nanoseconds(68);
  const Time hit = cycles(4);
  REQUIRE(ended.size() == 3);
  CHECK(ended[0] == miss + 6 * memory + hit);  // partition and process table entry, four levels
  CHECK(ended[1] - ended[0] == hit);
  CHECK(ended[2] - ended[1] == miss + memory + hit);  // the walk cache leads to the last level
  CHECK(bench.charged(0, p9mmu::cpus::Cause::translation) == 2 * miss + 7 * memory);
  CHECK(bench.accounts_add_up());
}
