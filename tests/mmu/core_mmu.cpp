#include "mmu/core_mmu.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <set>

#include "mmu/error.h"
#include "tests/mmu/tables.h"

namespace p9mmu::mmu {
namespace {

using test::kUserAll;
using test::Tables;

constexpr Lpid kHost(0);
constexpr Pid kProcess(5);
constexpr std::uint64_t kAddress = 0x7FFF00200000;

struct Fixture {
  Tables tables;
  MmuParameters parameters;
  Context user = Tables::host(kProcess);

  Fixture() {
    tables.add_process(kHost, Pid(0));
    tables.add_process(kHost, kProcess);
  }
  TranslationSource source(CoreMmu& core, unsigned thread, Access access = Access::load,
                           std::uint64_t address = kAddress) {
    const Translation found = core.translate(thread, access, user, EffectiveAddress(address), tables.memory);
    REQUIRE(found.ok());
    return found.source;
  }
};

TEST_CASE("the first access walks, the second hits the ERAT, another slice pair hits the TLB") {
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  const Translation first =
      core.translate(0, Access::load, f.user, EffectiveAddress(kAddress + 0x1234), f.tables.memory);
  CHECK(first.source == TranslationSource::walk);
  CHECK(first.address == RealAddress(0x40001234));
  CHECK(first.size == PageSize::k2M);
  CHECK(first.references.size() == 1 + 1 + 3);
  CHECK(f.source(core, 0) == TranslationSource::erat);
  CHECK(f.source(core, 1) == TranslationSource::erat);
  CHECK(f.source(core, 2) == TranslationSource::tlb);
  CHECK(f.source(core, 3) == TranslationSource::erat);
  CHECK(f.source(core, 0, Access::fetch) == TranslationSource::tlb);
}

TEST_CASE("pages of two sizes by turns all hit the ERAT, and another size goes when its last page goes") {
  Fixture f;
  constexpr std::uint64_t kSmall = kAddress + (std::uint64_t{4} << 20);
  f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, kUserAll);
  f.tables.map(kHost, kProcess, kSmall, PageSize::k64K, 0x50000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  f.source(core, 0, Access::load, kSmall);
  for (int turn = 0; turn < 3; ++turn) {
    CHECK(f.source(core, 0, Access::store, kAddress + 0x1F0000) == TranslationSource::erat);
    CHECK(f.source(core, 0, Access::store, kSmall + 0xFFF8) == TranslationSource::erat);
  }
  core.tlbie(TlbInvalidate::for_page(kHost, kProcess, EffectiveAddress(kSmall), PageSize::k64K));
  CHECK(f.source(core, 0) == TranslationSource::erat);
  CHECK(f.source(core, 0, Access::load, kSmall) == TranslationSource::walk);
  CHECK(f.source(core, 0) == TranslationSource::erat);
  CHECK(core.counters().erat_hits == 8);
}

TEST_CASE("the walk cache shortens the next walk in the same region") {
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k64K, 0x40000000, kUserAll);
  f.tables.map(kHost, kProcess, kAddress + 0x10000, PageSize::k64K, 0x40010000, kUserAll);
  CoreMmu core(f.parameters, 4);
  CHECK(f.source(core, 0) == TranslationSource::walk);
  const Translation second =
      core.translate(0, Access::load, f.user, EffectiveAddress(kAddress + 0x10000), f.tables.memory);
  CHECK(second.source == TranslationSource::walk);
  CHECK(second.references.size() == 1);
}

TEST_CASE("a tlbie of the page takes it from TLB and ERATs, and a tlbie of another page does not") {
  const PageSize size = GENERATE(PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G);
  const PageSize limit = GENERATE(PageSize::k4K, PageSize::k64K, PageSize::k1G);
  Fixture f;
  f.parameters.erat_page_limit = limit;
  const std::uint64_t base = 0x7F40000000;
  f.tables.map(kHost, kProcess, base, size, 0x80000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0, Access::load, base + 0xFF8);
  core.tlbie(TlbInvalidate::for_page(kHost, kProcess, EffectiveAddress(base + bytes(size)), size));
  core.tlbie(TlbInvalidate::for_page(kHost, Pid(6), EffectiveAddress(base), size));
  core.tlbie(TlbInvalidate::for_page(Lpid(1), kProcess, EffectiveAddress(base), size));
  CHECK(f.source(core, 0, Access::load, base + 0xFF8) == TranslationSource::erat);
  core.tlbie(TlbInvalidate::for_page(kHost, kProcess, EffectiveAddress(base), size));
  CHECK(f.source(core, 0, Access::load, base + 0xFF8) == TranslationSource::walk);
}

TEST_CASE("a core that holds nothing of an LPID and PID says so, and says otherwise as soon as it does") {
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  CHECK_FALSE(core.may_hold(kHost, kProcess));
  CHECK_FALSE(core.may_reach(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::all)));
  f.source(core, 0);
  CHECK(core.may_hold(kHost, kProcess));
  CHECK(core.may_hold(kHost));
  CHECK_FALSE(core.may_hold(Lpid(3), kProcess));
  core.tlbie(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::all));
  CHECK_FALSE(core.may_hold(kHost, kProcess));
  CHECK(core.may_hold(kHost));  // the partition table entry, which only PRS=0 takes away
  core.tlbie(TlbInvalidate::for_lpid(kHost, false, InvalidateCaches::all));
  CHECK_FALSE(core.may_hold(kHost));
}

TEST_CASE("RIC chooses between translations, partial walks and both") {
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k64K, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  SECTION("RIC=0 leaves the walk cache") {
    core.tlbie(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::tlb));
    const auto again = core.translate(0, Access::load, f.user, EffectiveAddress(kAddress), f.tables.memory);
    CHECK(again.source == TranslationSource::walk);
    CHECK(again.references.size() == 1);
  }
  SECTION("RIC=1 leaves the translations") {
    core.tlbie(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::walk_cache));
    CHECK(f.source(core, 0) == TranslationSource::erat);
    CHECK(core.walk_cache().valid(3) == 0);
    CHECK(core.walk_cache().valid_process_entries() == 1);
  }
  SECTION("RIC=2 takes both, and the process table entry") {
    core.tlbie(TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::all));
    CHECK(core.walk_cache().valid_process_entries() == 0);
    const auto again = core.translate(0, Access::load, f.user, EffectiveAddress(kAddress), f.tables.memory);
    CHECK(again.references.size() == 1 + 4);
  }
}

TEST_CASE("with R=0 translations and partial walks stay, and RIC=2 takes cached table entries of the scope") {
  const bool local = GENERATE(false, true);
  const bool process_scoped = GENERATE(true, false);
  const auto ric = GENERATE(InvalidateCaches::tlb, InvalidateCaches::walk_cache, InvalidateCaches::all);
  CAPTURE(local, process_scoped, static_cast<int>(ric));
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k64K, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  TlbInvalidate hash = TlbInvalidate::for_lpid(kHost, process_scoped, ric);
  hash.radix = false;
  if (local) {
    core.tlbiel(0, hash);
  } else {
    core.tlbie(hash);
  }
  const bool all = ric == InvalidateCaches::all;
  CHECK(f.source(core, 0) == TranslationSource::erat);
  CHECK(f.source(core, 2) == TranslationSource::tlb);
  CHECK(core.walk_cache().valid(3) == 1);
  CHECK(core.walk_cache().valid_process_entries() == (all && process_scoped ? 0 : 1));
  CHECK(core.walk_cache().valid_partition_entries() == (all && !process_scoped ? 0 : 1));
}

TEST_CASE("tlbiel of a PID takes one congruence class a time, and the ERATs of the thread's own slice pair") {
  Fixture f;
  f.parameters.tlb_index = GENERATE(TlbIndex::modulo, TlbIndex::folded);
  CoreMmu core(f.parameters, 4);
  std::set<std::uint64_t> pages;
  for (std::uint64_t i = 0; i < 32; ++i) {
    pages.insert(kAddress + i * 0x10000);
    f.tables.map(kHost, kProcess, kAddress + i * 0x10000, PageSize::k64K, 0x40000000 + i * 0x10000, kUserAll);
  }
  for (const std::uint64_t page : pages) {
    f.source(core, 0, Access::load, page);
    f.source(core, 2, Access::load, page);
  }
  TlbInvalidate local = TlbInvalidate::for_pid(kHost, kProcess, InvalidateCaches::tlb);
  std::uint32_t before = core.tlb().valid();
  std::uint32_t classes = 0;
  for (local.set = 0; local.set < f.parameters.tlb_sets; ++local.set) {
    core.tlbiel(0, local);
    classes += core.tlb().valid() < before ? 1U : 0U;
    before = core.tlb().valid();
  }
  CHECK(before == 0);
  CHECK(classes > 8);
  CHECK(core.erat(0, false).valid() == 0);
  CHECK(core.erat(2, false).valid() == pages.size());
  core.slbia(2, 3);
  CHECK(core.erat(2, false).valid() == 0);
}

TEST_CASE("a form that is not valid invalidates nothing") {
  Fixture f;
  f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  TlbInvalidate what = TlbInvalidate::for_page(kHost, kProcess, EffectiveAddress(kAddress), PageSize::k2M);
  what.ric = InvalidateCaches::all;
  REQUIRE(what.form() == InvalidateForm::invalid);
  core.tlbie(what);
  CHECK(f.source(core, 0) == TranslationSource::erat);
}

TEST_CASE("gaining a right needs no invalidation: the core walks again before it faults") {
  Fixture f;
  const RealAddress leaf = f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, 0x104);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  const auto refused = core.translate(0, Access::store, f.user, EffectiveAddress(kAddress), f.tables.memory);
  CHECK(refused.fault.interrupt == Interrupt::data_storage);
  CHECK(refused.fault.syndrome == (syndrome::kProtection | syndrome::kStore));
  f.tables.memory.write64(leaf, f.tables.memory.read64(leaf) | RadixEntry::kWrite | RadixEntry::kChange);
  CHECK(f.source(core, 0, Access::store) == TranslationSource::walk);
  CHECK(f.source(core, 0, Access::store) == TranslationSource::erat);
}

TEST_CASE("without an invalidation the old translation stays in use") {
  Fixture f;
  const RealAddress leaf = f.tables.map(kHost, kProcess, kAddress, PageSize::k2M, 0x40000000, kUserAll);
  CoreMmu core(f.parameters, 4);
  f.source(core, 0);
  f.tables.memory.write64(leaf, 0);
  CHECK(f.source(core, 0) == TranslationSource::erat);
  core.tlbie(TlbInvalidate::for_page(kHost, kProcess, EffectiveAddress(kAddress), PageSize::k2M));
  const auto gone = core.translate(0, Access::load, f.user, EffectiveAddress(kAddress), f.tables.memory);
  CHECK(gone.fault.syndrome == syndrome::kNoTranslation);
  CHECK(gone.fault.address == EffectiveAddress(kAddress));
}

TEST_CASE("the TLB holds as many translations as it has entries, and the least recently used goes first") {
  Fixture f;
  f.parameters.replacement = Replacement::lru;
  f.parameters.tlb_sets = 1;
  f.parameters.tlb_ways = 4;
  f.parameters.derat_entries = 1;
  CoreMmu core(f.parameters, 1);
  for (std::uint64_t i = 0; i < 5; ++i) {
    f.tables.map(kHost, kProcess, kAddress + i * 0x200000, PageSize::k2M, 0x40000000, kUserAll);
  }
  for (const std::uint64_t i : {0U, 1U, 2U, 3U, 0U}) {
    f.source(core, 0, Access::load, kAddress + i * 0x200000);
  }
  f.source(core, 0, Access::load, kAddress + 4 * 0x200000);  // in place of page 1
  for (const std::uint64_t i : {0U, 2U, 3U, 4U}) {
    CHECK(f.source(core, 0, Access::load, kAddress + i * 0x200000) == TranslationSource::tlb);
  }
  CHECK(f.source(core, 0, Access::load, kAddress + 1 * 0x200000) == TranslationSource::walk);
}

TEST_CASE("parameters that make no MMU are the user's error") {
  MmuParameters parameters;
  SECTION("sets that are no power of two") {
    parameters.tlb_sets = 100;
  }
  SECTION("an ERAT without entries") {
    parameters.derat_entries = 0;
  }
  SECTION("a TLB beyond all bounds") {
    parameters.tlb_ways = 1U << 30;
  }
  CHECK_THROWS_AS(CoreMmu(parameters, 4), UserError);
}

}  // namespace
}  // namespace p9mmu::mmu
