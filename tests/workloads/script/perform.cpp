#include "workloads/script/perform.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/workloads/linux/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

/// Calls of one thread on CPU 0, one after the other.
struct Calls {
  Bench bench;
  LinuxWorld world{bench.kernel, 2};
  Performer performer{world, nullptr,
                      [](ThreadHandle) -> cpus::SoftwareThread& { throw mmu::UserError("none"); }};

  void run(const std::vector<Call>& calls) {
    bench.spawn(0, perform(*this, calls), bench.scheduler.present());
    bench.run();
    if (bench.system.failure) {
      std::rethrow_exception(bench.system.failure);
    }
  }
  static Task<void> perform(Calls& self, const std::vector<Call>& calls) {
    for (const Call& call : calls) {
      co_await self.performer.perform(self.bench.cpu(0), call);
    }
  }
};

}  // namespace

TEST_CASE("a thread enters a guest with its first access there, and leaves it for its next one on the host") {
  Calls calls;
  const GuestHandle guest = calls.world.create_guest(kGiB, PageSize::k64K, PageSize::k2M);
  const GuestMmHandle inside = calls.world.create_guest_mm(guest, PageSize::k64K);
  const MmHandle outside = calls.world.create_mm(PageSize::k64K);
  const std::uint64_t there = calls.world.guest_mmap(inside, 2 * kMiB, false);
  calls.world.guest_populate(inside, there, 2 * kMiB, PageSize::k2M);
  const std::uint64_t here = calls.world.mmap(outside, 2 * kMiB);
  calls.world.populate(outside, here, 2 * kMiB, PageSize::k2M);
  const cpus::GuestParameters& cost = calls.bench.system.parameters().guest;
  // Which of the accesses are made in the guest.
  const auto [accesses, entries, exits] = GENERATE(table<std::vector<bool>, int, int>({
      {{false, false}, 0, 0},
      {{true, true, true}, 1, 0},
      {{true, false, true, true}, 2, 1},
      {{false, true, false}, 1, 1},
  }));
  std::vector<Call> requests;
  for (const bool in_guest : accesses) {
    requests.push_back(in_guest ? Call(AccessGuestMemory{inside, EffectiveAddress(there), mmu::Access::load})
                                : Call(AccessMemory{outside, EffectiveAddress(here), mmu::Access::load}));
  }
  calls.run(requests);
  CHECK(calls.bench.charged(0, cpus::Cause::guest_exit) == entries * cost.entry + exits * cost.exit);
  CHECK(calls.bench.system.counters().page_faults == 0);
  CHECK(calls.bench.system.counters().hypervisor_page_faults == 0);
  CHECK(calls.bench.accounts_add_up());
}

TEST_CASE("a thread that goes from one guest to another leaves the first") {
  Calls calls;
  std::vector<Call> requests;
  for (int i = 0; i < 2; ++i) {
    const GuestHandle guest = calls.world.create_guest(kGiB, PageSize::k64K, PageSize::k2M);
    const GuestMmHandle mm = calls.world.create_guest_mm(guest, PageSize::k64K);
    const std::uint64_t address = calls.world.guest_mmap(mm, 2 * kMiB, false);
    calls.world.guest_populate(mm, address, 2 * kMiB, PageSize::k2M);
    requests.emplace_back(AccessGuestMemory{mm, EffectiveAddress(address), mmu::Access::store});
  }
  calls.run(requests);
  const cpus::GuestParameters& cost = calls.bench.system.parameters().guest;
  CHECK(calls.bench.charged(0, cpus::Cause::guest_exit) == 2 * cost.entry + cost.exit);
}

TEST_CASE("a vCPU is a thread of the process that owns the guest's memory") {
  Calls calls;
  const GuestHandle guest = calls.world.create_guest(kGiB, PageSize::k64K, {});
  const GuestMmHandle mm = calls.world.create_guest_mm(guest, PageSize::k64K);
  const std::uint64_t address = calls.world.guest_mmap(mm, 2 * kMiB, false);
  calls.run({AccessGuestMemory{mm, EffectiveAddress(address), mmu::Access::store}});
  CHECK(calls.world.guest_mm(mm).guest().host().cpumask().test(CpuId(0)));
}

}  // namespace p9mmu::workloads::testing
