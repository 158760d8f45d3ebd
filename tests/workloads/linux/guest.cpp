// Guests of KVM: their accesses, the page faults of their kernel and of the hypervisor, and what these cost.
#include "workloads/linux/guest.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/random.h"
#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/guest_fault.h"
#include "workloads/linux/kvm.h"

namespace p9mmu::workloads::testing {
namespace {

using mmu::Access;
using Populated = std::optional<PageSize>;

Task<void> access(Bench& bench, Cpu& cpu, GuestMm& mm, Access kind, EffectiveAddress address,
                  mmu::Translation& result) {
  result = co_await access_guest_memory(bench.kernel, cpu, mm, kind, address);
}

struct Accessed {
  mmu::Translation translation;
  cpus::Counters counted;
};

/// One access by CPU `id`, and what was counted on the way.
Accessed run_access(Bench& bench, std::uint32_t id, GuestMm& mm, EffectiveAddress address,
                    Access kind = Access::store) {
  Accessed result;
  const cpus::Counters before = bench.system.counters();
  bench.spawn(id, access(bench, bench.cpu(id), mm, kind, address, result.translation),
              bench.scheduler.present());
  bench.run();
  result.counted = cpus::difference(bench.system.counters(), before);
  return result;
}

/// Where the bytes in memory lead from `address`.
mmu::Walk nested_walk(Bench& bench, const GuestMm& mm, EffectiveAddress address) {
  mmu::WalkTrace trace;
  return mmu::find_mapping(bench.system.memory(), bench.kernel.guest_user_context(mm), address, trace);
}

Setting with(HugePages thp) {
  Setting setting;
  setting.thp = thp;
  return setting;
}

}  // namespace

TEST_CASE("a guest's access ends where a nested walk of its tables leads, in the smaller of the two pages") {
  struct Case {
    HugePages thp;
    PageSize guest;
    PageSize host;
    Populated populated;
    PageSize combined;
  };
  const auto c =
      GENERATE(Case{HugePages::always, PageSize::k64K, PageSize::k64K, {}, PageSize::k2M},
               Case{HugePages::always, PageSize::k4K, PageSize::k64K, PageSize::k64K, PageSize::k64K},
               Case{HugePages::always, PageSize::k64K, PageSize::k4K, PageSize::k1G, PageSize::k2M},
               Case{HugePages::never, PageSize::k64K, PageSize::k4K, {}, PageSize::k4K},
               Case{HugePages::never, PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k4K},
               Case{HugePages::never, PageSize::k64K, PageSize::k64K, {}, PageSize::k64K});
  const std::uint32_t seed = GENERATE(1U, 2U);
  CAPTURE(mmu::name(c.guest), mmu::name(c.host), static_cast<int>(c.thp), seed);
  p9mmu::testing::Random random(seed);
  Bench bench(with(c.thp));
  Guest& guest = bench.kernel.create_guest(kGiB, c.host, c.populated);
  GuestMm& mm = guest.create_mm(c.guest);
  const EffectiveAddress start = mm.mmap(32 * kMiB, false);
  for (int i = 0; i < 60; ++i) {
    const EffectiveAddress address = start + random.below(32 << 20);
    const std::uint32_t id = random.below(bench.system.cpus());
    const Accessed accessed = run_access(bench, id, mm, address, i % 2 == 0 ? Access::load : Access::store);
    REQUIRE(accessed.translation.ok());
    const mmu::Walk walk = nested_walk(bench, mm, address);
    REQUIRE(walk.ok());
    CHECK(walk.mapping.scope == mmu::Scope::nested);
    CHECK(accessed.translation.address == walk.address);
    CHECK(accessed.translation.size == c.combined);
    CHECK(run_access(bench, id, mm, address).counted.page_faults == 0);
  }
  CHECK(bench.accounts_add_up());
}

TEST_CASE(
    "a first access faults once in the guest, and in the hypervisor once for each page of the host under "
    "it") {
  struct Case {
    HugePages thp;
    PageSize guest;
    PageSize host;
    Populated populated;
    std::uint64_t next;  ///< how far the next access lies from the first
    std::int64_t
        first_faults;  ///< of the hypervisor: the page's, and those of a new page of the guest's tables
    std::int64_t next_faults;
  };
  constexpr std::uint64_t k4K = 4096;
  constexpr std::uint64_t k64K = 65536;
  const auto c =
      GENERATE(Case{HugePages::always, PageSize::k64K, PageSize::k64K, {}, 2 * kMiB, 2, 1},
               Case{HugePages::always, PageSize::k64K, PageSize::k64K, PageSize::k2M, 2 * kMiB, 0, 0},
               Case{HugePages::always, PageSize::k4K, PageSize::k4K, PageSize::k1G, 2 * kMiB, 0, 0},
               Case{HugePages::always, PageSize::k64K, PageSize::k64K, PageSize::k64K, 2 * kMiB, 0, 0},
               Case{HugePages::never, PageSize::k64K, PageSize::k64K, {}, k64K, 2, 1},
               Case{HugePages::never, PageSize::k64K, PageSize::k4K, {}, k64K, 32, 16},
               Case{HugePages::never, PageSize::k4K, PageSize::k64K, {}, k4K, 2, 0},
               Case{HugePages::never, PageSize::k4K, PageSize::k4K, {}, k4K, 17, 1});
  CAPTURE(mmu::name(c.guest), mmu::name(c.host), static_cast<int>(c.thp), c.first_faults);
  Bench bench(with(c.thp));
  Guest& guest = bench.kernel.create_guest(kGiB, c.host, c.populated);
  GuestMm& mm = guest.create_mm(c.guest);
  const EffectiveAddress start = mm.mmap(32 * kMiB, false);
  const cpus::Counters first = run_access(bench, 0, mm, start).counted;
  CHECK(first.page_faults == 1);
  CHECK(first.hypervisor_page_faults == c.first_faults);
  const cpus::Counters next = run_access(bench, 0, mm, start + c.next).counted;
  CHECK(next.page_faults == 1);
  CHECK(next.hypervisor_page_faults == c.next_faults);
  const cpus::Counters again = run_access(bench, 12, mm, start).counted;
  CHECK(again.page_faults == 0);
  CHECK(again.hypervisor_page_faults == 0);
}

TEST_CASE("a guest that touches all of its memory's pages once faults once for each in its kernel") {
  Bench bench(with(HugePages::never));
  Guest& guest = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(8 * kMiB, false);
  cpus::Counters before = bench.system.counters();
  for (std::uint64_t at = 0; at < 8 * kMiB; at += 65536) {
    run_access(bench, 0, mm, start + at);
  }
  const cpus::Counters counted = cpus::difference(bench.system.counters(), before);
  CHECK(counted.page_faults == 128);
  CHECK(counted.hypervisor_page_faults == 128 + 1);  // a page of 64K holds the guest's tables for all of it
}

TEST_CASE("a hypervisor's fault costs an exit, its handler, the host's own fault and an entry") {
  Bench bench(with(HugePages::never));
  Guest& guest = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(kMiB, false);
  const cpus::Counters counted = run_access(bench, 0, mm, start).counted;
  const cpus::GuestParameters& switching = bench.system.parameters().guest;
  const KernelParameters& kernel = bench.kernel.parameters();
  REQUIRE(counted.hypervisor_page_faults == 2);
  CHECK(bench.charged(0, cpus::Cause::guest_exit) == 2 * (switching.exit + switching.entry));
  // Both kernels clear both pages, the data's and the tables'; the host looks for its own with interrupts
  // off.
  const Time looking = kernel.lockless_walk + 2 * bench.system.lines().hit();
  CHECK(bench.charged(0, cpus::Cause::compute) ==
        kernel.page_fault + 2 * (kernel.kvm_page_fault + looking) + 4 * kernel.clear_64k);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("a cold access in a guest costs as many loads as the ISA's arithmetic says") {
  // The host's pages of one size under data and tables alike, and the guest's page.
  const auto [thp, base, populated, loads] = GENERATE(table<HugePages, PageSize, PageSize, std::int64_t>(
      {{HugePages::always, PageSize::k64K, PageSize::k2M, 20},
       {HugePages::always, PageSize::k64K, PageSize::k1G, 15},
       {HugePages::never, PageSize::k64K, PageSize::k2M, 24},
       {HugePages::never, PageSize::k64K, PageSize::k64K, 30},
       {HugePages::never, PageSize::k4K, PageSize::k64K, 30}}));
  CAPTURE(loads);
  Setting setting = with(thp);
  setting.mmu.pwc_entries = 0;  // the arithmetic knows no walk cache
  Bench bench(setting);
  GuestMm& mm = bench.kernel.create_guest(kGiB, PageSize::k64K, populated).create_mm(base);
  const EffectiveAddress start = mm.mmap(4 * kMiB, false);
  run_access(bench, 0, mm, start);
  constexpr std::uint32_t kOtherCore = 12;
  run_access(bench, kOtherCore, mm, start, Access::load);
  CHECK(bench.charged(kOtherCore, cpus::Cause::translation) == cycles(20) + loads * nanoseconds(68));
}

TEST_CASE("guests and their processes reach different memory at the same address") {
  Bench bench;
  Guest& first = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  Guest& second = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  CHECK(first.lpid() == mmu::Lpid(1));
  CHECK(second.lpid() == mmu::Lpid(2));
  std::vector<std::uint64_t> reached;
  for (GuestMm* mm : {&first.create_mm(PageSize::k64K), &first.create_mm(PageSize::k64K),
                      &second.create_mm(PageSize::k64K)}) {
    const EffectiveAddress start = mm->mmap(2 * kMiB, false);
    REQUIRE(start == EffectiveAddress(std::uint64_t{1} << 40));
    reached.push_back(run_access(bench, 0, *mm, start).translation.address.value());
  }
  std::sort(reached.begin(), reached.end());
  CHECK(std::adjacent_find(reached.begin(), reached.end()) == reached.end());
}

TEST_CASE("two vCPUs that touch one page at the same time map it once in each tree") {
  Bench bench;
  Guest& guest = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(2 * kMiB, false);
  mmu::Translation here;
  mmu::Translation there;
  bench.spawn(0, access(bench, bench.cpu(0), mm, Access::store, start, here));
  bench.spawn(12, access(bench, bench.cpu(12), mm, Access::load, start, there));
  bench.run();
  CHECK(bench.system.counters().page_faults == 2);
  CHECK(here.ok());
  CHECK(here.address == there.address);
  CHECK(here.address == nested_walk(bench, mm, start).address);
}

TEST_CASE("a fetch goes on where the mapping is executable, and is an error elsewhere") {
  Bench bench;
  Guest& guest = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress data = mm.mmap(2 * kMiB, false);
  const EffectiveAddress code = mm.mmap(2 * kMiB, true);
  CHECK(run_access(bench, 0, mm, code, Access::fetch).counted.page_faults == 1);
  CHECK(run_access(bench, 0, mm, code, Access::store).counted.page_faults == 0);
  CHECK_THAT(error_of([&] { run_access(bench, 0, mm, data, Access::fetch); }),
             Catch::Contains("fetch in a guest at 0x") && Catch::Contains("does not allow it"));
}

TEST_CASE("a guest kernel's first fetch or load from a page of its memory is the hypervisor's fault") {
  struct Program {
    static Task<void> touch(Bench& bench, Guest& guest, Access kind, GuestRealAddress address) {
      const mmu::Context context = bench.kernel.guest_kernel_context(guest);
      const mmu::Translation translation =
          co_await access_in_guest(bench.kernel, bench.cpu(0), guest, context, kind, Guest::linear(address));
      CHECK(translation.ok());
    }
  };
  const Access kind = GENERATE(Access::fetch, Access::load, Access::store);
  Bench bench;
  Guest& guest = bench.kernel.create_guest(kGiB + 2 * kMiB, PageSize::k64K, {});
  // The last page of the linear mapping is one of 2M, those before it of 1G.
  for (const std::uint64_t address : {kGiB - 8, kGiB + 2 * kMiB - 8}) {
    CHECK_FALSE(guest.maps(GuestRealAddress(address)));
    const std::int64_t before = bench.system.counters().hypervisor_page_faults;
    bench.spawn(0, Program::touch(bench, guest, kind, GuestRealAddress(address)), bench.scheduler.present());
    bench.run();
    CHECK(bench.system.counters().hypervisor_page_faults == before + 1);
    CHECK(guest.maps(GuestRealAddress(address)));
  }
}

TEST_CASE("what cannot be done with a guest is an error that says so") {
  const auto [bytes, problem] = GENERATE(table<std::uint64_t, std::string>({
      {63 * kMiB,
       "a guest with 66060288 bytes of memory; expected a multiple of 2 MiB, from 64 MiB to 64 TiB"},
      {kGiB + 65536, "expected a multiple of 2 MiB"},
      {std::uint64_t{1} << 47, "to 64 TiB"},
      {0, "from 64 MiB"},
  }));
  Bench bench;
  CHECK_THAT(error_of([&] { bench.kernel.create_guest(bytes, PageSize::k64K, {}); }),
             Catch::Contains(problem));
  CHECK_THAT(error_of([&] { bench.kernel.create_guest(kGiB, PageSize::k64K, PageSize::k4K); }),
             Catch::Contains("the base page of this mm is 64K"));
  Guest& guest = bench.kernel.create_guest(64 * kMiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(kGiB, false);
  CHECK_THAT(error_of([&] { mm.populate(start, kGiB, PageSize::k2M); }),
             Catch::Contains("all of the guest's 64 MiB of memory is in use"));
  CHECK_THAT(error_of([&] { mm.populate(start, 2 * kMiB, PageSize::k2M); }),
             Catch::Contains("there are pages already"));
  CHECK_THAT(error_of([&] { mm.populate(start + 65536, 2 * kMiB, PageSize::k2M); }),
             Catch::Contains("both must be multiples of the page, 2M"));
  CHECK_THAT(error_of([&] { mm.populate(start, 4096, PageSize::k4K); }),
             Catch::Contains("the base page of this mm is 64K"));
  CHECK_THAT(error_of([&] { mm.populate(start, 2 * kGiB, PageSize::k2M); }),
             Catch::Contains("not inside one mapping"));
  CHECK_THAT(error_of([&] { mm.mmap(std::uint64_t{1} << 52, false); }),
             Catch::Contains("expected a length that fits the 4 PiB"));
}

TEST_CASE("an access that a guest's mapping does not allow is an error that says so") {
  const auto [offset, problem] = GENERATE(table<std::uint64_t, std::string>(
      {{kMiB, "no mapping is there"}, {std::uint64_t{1} << 60, "the address is outside of user space"}}));
  Bench bench;
  GuestMm& mm = bench.kernel.create_guest(64 * kMiB, PageSize::k64K, {}).create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(kMiB, false);
  CHECK_THAT(error_of([&] { run_access(bench, 0, mm, start + offset, Access::load); }),
             Catch::Contains("load in a guest at 0x") && Catch::Contains(problem));
}

TEST_CASE("what a script populates in a guest faults nowhere") {
  const PageSize page = GENERATE(PageSize::k64K, PageSize::k2M, PageSize::k1G);
  Bench bench(with(HugePages::never));
  Guest& guest = bench.kernel.create_guest(4 * kGiB, PageSize::k64K, {});
  GuestMm& mm = guest.create_mm(PageSize::k64K);
  const EffectiveAddress start = mm.mmap(kGiB, false);
  mm.populate(start, page == PageSize::k1G ? kGiB : 4 * kMiB, page);
  const Accessed accessed = run_access(bench, 0, mm, start + 3 * kMiB);
  CHECK(accessed.counted.page_faults == 0);
  CHECK(accessed.counted.hypervisor_page_faults == 0);
  CHECK(accessed.translation.address == nested_walk(bench, mm, start + 3 * kMiB).address);
}

TEST_CASE("one event for each operation gives guests the same figures") {
  const auto run = [](bool exact_events) {
    Setting setting;
    setting.exact_events = exact_events;
    Bench bench(setting);
    Guest& guest = bench.kernel.create_guest(kGiB, PageSize::k64K, {});
    GuestMm& mm = guest.create_mm(PageSize::k64K);
    const EffectiveAddress start = mm.mmap(64 * kMiB, false);
    std::vector<mmu::Translation> results(bench.system.cpus());
    p9mmu::testing::Random random(1);
    for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
      bench.spawn(id,
                  access(bench, bench.cpu(id), mm, Access::store, start + random.below(8 << 20), results[id]),
                  nanoseconds(random.below(3000)));
    }
    bench.run();
    return spending_of(bench);
  };
  CHECK(run(true) == run(false));
}

}  // namespace p9mmu::workloads::testing
