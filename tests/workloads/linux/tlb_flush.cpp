#include "workloads/linux/tlb_flush.h"

#include <algorithm>
#include <sstream>

#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::cpus::CoreTranslation;
using p9mmu::interconnect::CoreId;
using p9mmu::interconnect::TlbieIssued;
using p9mmu::mmu::TlbInvalidate;

namespace {

/// Writes down what is broadcast, and lets no core ever complete, so that operands pile up there.
class RecordingTransport final : public p9mmu::interconnect::TlbieTransport {
 public:
  TlbieIssued tlbie(CpuId, Time now) override {
    log.push_back("tlbie");
    return TlbieIssued{now, Time::never()};
  }
  void tlbsync(CpuId, Time) override { log.push_back("tlbsync"); }
  Time ptesync(CpuId, Time now, Time empty) override {
    log.push_back("ptesync");
    return now + empty;
  }
  [[nodiscard]] Time core_done(CoreId) const override { return Time::never(); }
  [[nodiscard]] Time core_served(CoreId) const override { return Time(); }

  std::vector<std::string> log;
};

std::string tlbie_text(unsigned ric, std::uint64_t rb, std::uint64_t rs) {
  std::ostringstream text;
  text << "tlbie RIC=" << ric << " PRS=1 R=1 RB=" << std::hex << rb << " RS=" << rs;
  return text.str();
}

/// A flush, what it broadcast and what it counted.
class Flushed {
 public:
  Flushed(SiliconLevel silicon, bool global, PageSize size, std::uint64_t pages, bool also_pwc)
      : bench(setting(silicon)), mm(bench.kernel.create_mm(PageSize::k64K)) {
    start = mm.mmap(kGiB);
    mm.populate(start, 2 * kMiB, PageSize::k2M);
    Bench::run_on_first(mm, global ? 5 : 1);
    bench.system.connect(recorder, *bench.ipi);
    REQUIRE(bench.translate(0, mm, start).ok());
    bench.spawn(0, flush(size, pages, also_pwc));
    bench.run();
  }

  /// The instructions as they were broadcast, with the operands of each tlbie.
  [[nodiscard]] std::vector<std::string> instructions() {
    const CoreTranslation& core = bench.system.core(CoreId(0));
    std::vector<std::string> result;
    std::size_t next = 0;
    for (const std::string& instruction : recorder.log) {
      if (instruction == "tlbie") {
        const TlbInvalidate& what = core.snoops.at(next++).operands;
        CHECK((what.process_scoped && what.radix));
        result.push_back(tlbie_text(static_cast<unsigned>(what.ric), what.encode_rb(), what.encode_rs()));
      } else {
        result.push_back(instruction);
      }
    }
    CHECK(next == core.snoops.size());
    return result;
  }

  Bench bench;
  Mm& mm;
  EffectiveAddress start;
  RecordingTransport recorder;

 private:
  static Setting setting(SiliconLevel silicon) {
    Setting result;
    result.silicon = silicon;
    return result;
  }
  Task<void> flush(PageSize size, std::uint64_t pages, bool also_pwc) {
    co_await bench.kernel.flush().radix__flush_tlb_range_psize(
        bench.cpu(0), mm, start.value(), start.value() + pages * p9mmu::mmu::bytes(size), size, also_pwc);
  }
};

// RB: IS in bits 52:53, AP in bits 56:58. RS: PID in the high word; the mm's is 1, the kernel's 0.
constexpr std::uint64_t kIsPid = 1 << 10;
constexpr std::uint64_t kAp2M = 1 << 5;
constexpr std::uint64_t kAp64K = 5 << 5;
constexpr std::uint64_t kPid1 = std::uint64_t{1} << 32;

/// What follows the last tlbie that the flush itself needs.
std::vector<std::string> ending(SiliconLevel silicon, const std::string& repeated) {
  std::vector<std::string> result{"ptesync", tlbie_text(0, kIsPid, 0)};  // the ERAT erratum
  if (silicon == SiliconLevel::dd2_2) {
    result.insert(result.end(), {"ptesync", repeated});  // the store queue's
  }
  result.insert(result.end(), {"tlbsync", "ptesync"});
  return result;
}

}  // namespace

TEST_CASE("a global flush of one huge page is the kernel's sequence, with each level's fix-ups") {
  const auto silicon = GENERATE(SiliconLevel::dd2_2, SiliconLevel::dd2_3);
  Flushed flushed(silicon, true, PageSize::k2M, 1, false);
  const std::string page = tlbie_text(0, flushed.start.value() | kAp2M, kPid1);
  std::vector<std::string> expected{"ptesync", page};
  const std::vector<std::string> end = ending(silicon, page);
  expected.insert(expected.end(), end.begin(), end.end());
  CHECK(flushed.instructions() == expected);
  CHECK(flushed.bench.system.counters().hwsync_count == 1);
  CHECK(flushed.bench.accounts_add_up());
}

TEST_CASE("a global flush of a range takes each page, first the walk cache if tables were freed") {
  const auto silicon = GENERATE(SiliconLevel::dd2_2, SiliconLevel::dd2_3);
  const bool also_pwc = GENERATE(false, true);
  const std::uint64_t pages = GENERATE(2U, 33U);
  CAPTURE(also_pwc, pages);
  Flushed flushed(silicon, true, PageSize::k64K, pages, also_pwc);
  std::vector<std::string> expected{"ptesync"};
  if (also_pwc) {
    expected.push_back(tlbie_text(1, kIsPid, kPid1));
  }
  std::string last;
  for (std::uint64_t i = 0; i < pages; ++i) {
    last = tlbie_text(0, (flushed.start.value() + i * 65536) | kAp64K, kPid1);
    expected.push_back(last);
  }
  const std::vector<std::string> end = ending(silicon, last);
  expected.insert(expected.end(), end.begin(), end.end());
  CHECK(flushed.instructions() == expected);
}

TEST_CASE("above 33 pages a global flush takes the whole PID") {
  const auto silicon = GENERATE(SiliconLevel::dd2_2, SiliconLevel::dd2_3);
  const bool also_pwc = GENERATE(false, true);
  const std::uint64_t pages = GENERATE(34U, 8198U);
  CAPTURE(also_pwc, pages);
  Flushed flushed(silicon, true, PageSize::k2M, pages, also_pwc);
  std::vector<std::string> expected{"ptesync", tlbie_text(also_pwc ? 2 : 0, kIsPid, kPid1)};
  // The store queue's erratum wants a page: the last below 4 PiB, which nobody uses.
  const std::string unused = tlbie_text(0, 0xFFFFFFFFFF000 | kAp64K, kPid1);
  const std::vector<std::string> end = ending(silicon, unused);
  expected.insert(expected.end(), end.begin(), end.end());
  CHECK(flushed.instructions() == expected);
}

TEST_CASE("a range that ends inside a page takes that page too") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  Bench::run_on_first(mm, 2);
  struct Program {
    static Task<void> flush(Bench& scene, Mm& space) {
      co_await scene.kernel.flush().radix__flush_tlb_range_psize(scene.cpu(0), space, 0, 65536 + 1,
                                                                 PageSize::k64K, false);
    }
  };
  bench.spawn(0, Program::flush(bench, mm));
  bench.run();
  CHECK(bench.system.counters().tlbie_count == 2 + 1);
}

TEST_CASE("an mm that has run on this CPU alone is flushed in its core alone") {
  const auto [pages, also_pwc, tlbiels] = GENERATE(table<std::uint64_t, bool, std::int64_t>({
      {1, false, 1},
      {1, true, 2},
      {256, false, 256},
      {256, true, 257},
      {257, false, 128},
      {257, true, 128},
  }));
  CAPTURE(pages, also_pwc);
  Flushed flushed(SiliconLevel::dd2_2, false, PageSize::k2M, pages, also_pwc);
  CHECK(flushed.recorder.log == std::vector<std::string>{"ptesync", "ptesync"});
  CHECK(flushed.bench.system.counters().tlbiel_count == tlbiels);
  CHECK(flushed.bench.system.counters().tlbie_count == 0);
  CHECK(flushed.bench.accounts_add_up());
}

TEST_CASE("a local flush takes the translation from every thread of the core and from no other core") {
  const std::uint64_t pages = GENERATE(1U, 257U);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  Bench::run_on_first(mm, 1);
  REQUIRE(bench.translate(0, mm, start).ok());
  REQUIRE(bench.translate(4, mm, start).ok());
  mm.write(Mm::pmd_entry(*mm.pmd_table(start), start), RadixEntry{0});
  struct Program {
    static Task<void> flush(Bench& scene, Mm& space, EffectiveAddress from, std::uint64_t count) {
      co_await scene.kernel.flush().radix__flush_tlb_range_psize(
          scene.cpu(0), space, from.value(), from.value() + count * 2 * kMiB, PageSize::k2M, false);
    }
  };
  bench.spawn(0, Program::flush(bench, mm, start, pages));
  bench.run();
  CHECK_FALSE(bench.translate(0, mm, start).ok());
  CHECK_FALSE(bench.translate(1, mm, start).ok());
  // Nobody told the other core: with the mm's bit set there, the flush would have been global.
  CHECK(bench.translate(4, mm, start).ok());
}

TEST_CASE("a flush is local only for a CPU that is alone in the mask") {
  struct Case {
    std::vector<std::uint32_t> mask;
    bool local;
  };
  const Case c = GENERATE(values<Case>({{{0}, true}, {{1}, false}, {{0, 1}, false}, {{}, false}}));
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  for (const std::uint32_t id : c.mask) {
    mm.switch_to(CpuId(id));
  }
  struct Program {
    static Task<void> flush(Bench& scene, Mm& space) {
      co_await scene.kernel.flush().radix__flush_pmd_tlb_range(scene.cpu(0), space, 0, 2 * kMiB);
    }
  };
  bench.spawn(0, Program::flush(bench, mm));
  bench.run();
  CHECK((bench.system.counters().tlbie_count == 0) == c.local);
  CHECK((bench.system.counters().tlbiel_count == 0) != c.local);
}

// --- When translations are gone ---

namespace {

Task<void> flush_page(Bench& bench, Mm& mm, EffectiveAddress address, std::vector<Time>& core_done) {
  Cpu& cpu = bench.cpu(0);
  co_await cpu.compute(microseconds(1));
  mm.write(Mm::pmd_entry(*mm.pmd_table(address), address), RadixEntry{0});
  const TlbInvalidate page = TlbInvalidate::for_page(p9mmu::mmu::Lpid(0), mm.pid(), address, PageSize::k2M);
  co_await cpu.tlbie(page);
  for (std::uint32_t core = 0; core < bench.system.topology().cores(); ++core) {
    core_done.push_back(bench.broadcast.core_done(CoreId(core)));
  }
  co_await cpu.eieio_tlbsync_ptesync();
}

}  // namespace

TEST_CASE("a core may use the old translation until it has completed the tlbie, and not from then on") {
  const std::uint32_t core = GENERATE(0U, 1U, 3U);
  const auto [after, usable] = GENERATE(table<Time, bool>({{Time(-1), true}, {Time(), false}}));
  CAPTURE(core, after);
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  REQUIRE(bench.translate(4 * core, mm, start).ok());
  std::vector<Time> core_done;
  bench.spawn(0, flush_page(bench, mm, start, core_done));
  bench.run();
  CoreTranslation& caches = bench.system.core(CoreId(core));
  caches.catch_up(core_done[core] + after);
  CHECK(caches.mmu
            ->translate(0, p9mmu::mmu::Access::load, bench.kernel.user_context(mm), start,
                        bench.system.memory())
            .ok() == usable);
  // The ptesync that ends the sequence has waited for every core.
  CHECK(bench.cpu(0).now() >= *std::max_element(core_done.begin(), core_done.end()));
}

TEST_CASE("a core that has never translated has no caches to invalidate") {
  Bench bench;
  Mm& mm = bench.kernel.create_mm(PageSize::k64K);
  const EffectiveAddress start = Bench::map(mm, 2 * kMiB);
  std::vector<Time> core_done;
  bench.spawn(0, flush_page(bench, mm, start, core_done));
  bench.run();
  CHECK_FALSE(bench.system.core(CoreId(1)).mmu.has_value());
  CHECK(bench.system.core(CoreId(1)).snoops.empty());
}
