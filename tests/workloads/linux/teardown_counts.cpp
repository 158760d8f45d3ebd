// What the teardown of a guest must count, derived from Linux's rules by the arithmetic below and from
// nothing that the kernel's routines use.
#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;

namespace {

struct Expected {
  std::int64_t pmds, rounds, ipis, hwsyncs, tlbies, ptesyncs, tlbsyncs, batch_flushes, tables;
};

/// `huge` pages of 2M, cleared by one munmap on a CPU of a mask with `targets` others.
Expected derive(const std::string& kernel, bool base_64k, bool dd2_2, std::int64_t huge,
                std::int64_t targets) {
  // A batch: 8 pointers on the stack and then one page of 8,190, or 19 of 510.
  const std::int64_t batch = base_64k ? 8 + 8190 : 8 + 19 * 510;
  const std::int64_t full = huge / batch;
  const std::int64_t rest = huge % batch;
  // Each flush adds a tlbie for the ERAT erratum and before DD2.3 one for the store queue's, a ptesync before
  // each, and has one ptesync at its beginning and one, after a tlbsync, at its end.
  const std::int64_t fixups = dd2_2 ? 2 : 1;

  std::int64_t flushes = full;
  std::int64_t tlbies = full;  // above 33 pages: the PID
  if (rest > 0) {              // when the page size changes, before tables are freed
    ++flushes;
    tlbies += rest > 33 ? 1 : rest;
  }
  // The last, with the walk cache, because tables were freed. Each added a base page where what it maps
  // begins: one page and the walk cache if there is one PMD table, otherwise far apart, so the PID.
  ++flushes;
  tlbies += huge <= 512 ? 2 : 1;
  const std::int64_t batch_flushes = flushes;
  if (kernel == "ipi-free-flush") {
    flushes += huge;
    tlbies += huge;
  }
  const std::int64_t rounds = kernel == "ipi" ? huge : 0;
  return Expected{
      huge,
      rounds,
      rounds * targets,
      flushes + rounds * (1 + 4 * targets),  // each flush begins with one, each round too
      tlbies + flushes * fixups,
      flushes * (2 + fixups),
      flushes,
      batch_flushes,
      huge + (huge + 511) / 512 + 1,  // deposited, PMD, and the PUD table
  };
}

}  // namespace

TEST_CASE("a guest's teardown counts what Linux's rules say, for every kernel, base page and silicon level") {
  const std::string kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  const std::uint64_t size =
      GENERATE(2 * kMiB, kGiB, 8 * kGiB, 16 * kGiB - 2 * kMiB, 16 * kGiB + 16 * kMiB, 20 * kGiB);
  const bool base_64k = GENERATE(true, false);
  const bool dd2_2 = GENERATE(false, true);
  constexpr std::uint32_t kTargets = 15;
  CAPTURE(kernel, size, base_64k, dd2_2);
  Setting setting;
  setting.kernel = kernel.c_str();
  setting.silicon = dd2_2 ? SiliconLevel::dd2_2 : SiliconLevel::dd2_3;
  Bench bench(setting);
  Mm& mm = bench.kernel.create_mm(base_64k ? PageSize::k64K : PageSize::k4K);
  Bench::run_on_first(mm, 1 + kTargets);
  const EffectiveAddress start = Bench::map(mm, size);
  const p9mmu::cpus::Counters counted = bench.run_munmap(0, mm, start, size);

  const Expected expected =
      derive(kernel, base_64k, dd2_2, static_cast<std::int64_t>(size / (2 * kMiB)), kTargets);
  CHECK(counted.pmds_cleared == expected.pmds);
  CHECK(counted.huge_pages_freed == expected.pmds);
  CHECK(counted.ipi_rounds == expected.rounds);
  CHECK(counted.ipis_sent == expected.ipis);
  CHECK(counted.ipis_handled == expected.ipis);
  CHECK(counted.hwsync_count == expected.hwsyncs);
  CHECK(counted.tlbie_count == expected.tlbies);
  CHECK(counted.tlbiel_count == 0);
  CHECK(counted.ptesync_count == expected.ptesyncs);
  CHECK(counted.tlbsync_count == expected.tlbsyncs);
  CHECK(counted.batch_flushes == expected.batch_flushes);
  CHECK(counted.page_tables_freed == expected.tables);
  CHECK(bench.accounts_add_up());
}

TEST_CASE("the derivation gives the 496 GiB guest the figures that follow from the published description") {
  const Expected ipi = derive("ipi", true, false, 496 * 512, 127);
  CHECK(ipi.pmds == 253'952);
  CHECK(ipi.ipis == 253'952 * 127LL);
  CHECK(ipi.batch_flushes == 32);  // 30 full batches, the change of page size, the last
  CHECK(ipi.tlbies == 64);
  CHECK(derive("ipi-free-flush", true, false, 496 * 512, 127).tlbies == 2 * (253'952 + 32));
  CHECK(derive("ipi-free-flush", true, true, 496 * 512, 127).tlbies == 3 * (253'952 + 32));
}
