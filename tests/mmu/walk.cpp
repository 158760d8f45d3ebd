#include "mmu/walk.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

#include "mmu/core_mmu.h"
#include "tests/mmu/reference_mmu.h"
#include "tests/mmu/tables.h"

namespace p9mmu::mmu {
namespace {

using test::kKernelAll;
using test::kUserAll;
using test::Tables;

constexpr Lpid kHost(0);
constexpr Lpid kGuest(1);
constexpr Pid kProcess(5);
constexpr std::uint64_t kAddress = 0x7FFF40000000;
constexpr std::uint64_t kGuestPage = 0x80000000;
constexpr std::uint64_t kRealPage = 0x200000000;

std::size_t loads(const WalkTrace& trace) {
  return static_cast<std::size_t>(
      std::count_if(trace.references().begin(), trace.references().end(),
                    [](const WalkReference& r) { return r.kind != ReferenceKind::update; }));
}

/// A guest process with one page, and under it one host page.
struct Nested {
  Tables tables;
  Context context = Tables::guest(kGuest, kProcess);
  RealAddress guest_leaf;
  RealAddress host_leaf;

  Nested(PageSize guest, PageSize host, std::uint64_t guest_flags = kUserAll,
         std::uint64_t host_flags = kUserAll, PageSize under_tables = PageSize::k64K)
      : tables(under_tables) {
    tables.add_partition(kGuest);
    tables.add_process(kGuest, Pid(0));
    tables.add_process(kGuest, kProcess);
    guest_leaf = tables.map(kGuest, kProcess, kAddress, guest, kGuestPage, guest_flags);
    host_leaf = tables.map_partition(kGuest, kGuestPage, host, kRealPage, host_flags);
  }
  Walk access(Access access, std::uint64_t ea = kAddress, RcUpdate update = RcUpdate::interrupt) {
    WalkTrace trace;
    return walk_access(tables.memory, context, access, EffectiveAddress(ea), update, trace);
  }
};

TEST_CASE(
    "a nested walk makes as many loads as the ISA's arithmetic says, cold and with table entries cached") {
  // guest leaf, host leaf, loads with the partition and process table entries known, all cold
  const auto [guest, host, warm, cold] = GENERATE(table<PageSize, PageSize, std::size_t, std::size_t>({
      {PageSize::k4K, PageSize::k4K, 24, 30},
      {PageSize::k64K, PageSize::k64K, 24, 30},
      {PageSize::k4K, PageSize::k64K, 24, 30},
      {PageSize::k64K, PageSize::k4K, 24, 30},
      {PageSize::k4K, PageSize::k2M, 19, 24},
      {PageSize::k64K, PageSize::k2M, 19, 24},
      {PageSize::k2M, PageSize::k2M, 15, 20},
      {PageSize::k2M, PageSize::k1G, 11, 15},
      {PageSize::k1G, PageSize::k1G, 8, 12},
  }));
  CAPTURE(name(guest), name(host));
  Nested n(guest, host, kUserAll, kUserAll, host);
  WalkTrace trace;
  REQUIRE(walk_access(n.tables.memory, n.context, Access::load, EffectiveAddress(kAddress),
                      RcUpdate::interrupt, trace)
              .ok());
  CHECK(loads(trace) == cold);

  MmuParameters parameters;
  parameters.pwc_entries = 0;  // the arithmetic knows no walk cache
  CoreMmu core(parameters, 4);
  const auto translate = [&] {
    return core.translate(0, Access::load, n.context, EffectiveAddress(kAddress), n.tables.memory)
        .references.size();
  };
  CHECK(translate() == cold);
  core.tlbie(TlbInvalidate::for_pid(kGuest, kProcess, InvalidateCaches::tlb));
  CHECK(translate() == warm);
  CHECK(translate() == 0);
}

TEST_CASE(
    "a store whose walk sets R and C wherever they can be missing makes as many references as a trace "
    "holds") {
  Nested n(PageSize::k4K, PageSize::k4K, kUserAll, kUserAll, PageSize::k4K);
  const auto store = [&](WalkTrace& trace) {
    return walk_access(n.tables.memory, n.context, Access::store, EffectiveAddress(kAddress),
                       RcUpdate::hardware, trace)
        .ok();
  };
  WalkTrace before;
  REQUIRE(store(before));
  CHECK(before.references().size() == WalkTrace::kMostLoads);
  for (const WalkReference& reference : before.references()) {
    const bool of_a_tree = reference.level != 0;
    if (of_a_tree && reference.value.leaf()) {
      n.tables.memory.write64(reference.address,
                              reference.value.bits & ~(RadixEntry::kReference | RadixEntry::kChange));
    }
  }
  WalkTrace trace;
  REQUIRE(store(trace));
  CHECK(trace.due().size() == WalkTrace::kMostUpdates);
  CHECK(trace.references().size() == WalkTrace::kCapacity);
}

TEST_CASE(
    "a host walk makes a load for each level, and one each for the partition and process table entries") {
  const auto [size, levels] = GENERATE(table<PageSize, std::size_t>(
      {{PageSize::k4K, 4}, {PageSize::k64K, 4}, {PageSize::k2M, 3}, {PageSize::k1G, 2}}));
  Tables tables;
  const std::uint64_t root = tables.add_process(kHost, kProcess);
  const RealAddress leaf = tables.map(kHost, kProcess, kAddress, size, kRealPage, kUserAll);
  WalkTrace trace;
  const Context context = Tables::host(kProcess);
  const Walk walk = walk_access(tables.memory, context, Access::load, EffectiveAddress(kAddress + 0x123),
                                RcUpdate::interrupt, trace);
  REQUIRE(walk.ok());
  CHECK(walk.address == RealAddress(kRealPage + 0x123));
  CHECK(walk.process_leaf_address == leaf);
  CHECK(trace.references().size() == levels + 2);
  CHECK(trace.references().back().address == leaf);
  CHECK(trace.references().back().level == levels);

  WalkTrace from_root;
  const Walk alone =
      find_in_tree(tables.memory, RootDescriptor::at(root), EffectiveAddress(kAddress + 0x123), from_root);
  CHECK(alone.address == walk.address);
  CHECK(from_root.references().size() == levels);
}

TEST_CASE("the quadrant chooses whose tables translate") {
  // hypervisor, quadrant, LPID and PID; or a segment interrupt
  const auto [hypervisor, quadrant, owner] = GENERATE(table<bool, unsigned, std::optional<Owner>>({
      {true, 0, owner_of(Lpid(0), kProcess)},
      {true, 1, owner_of(kGuest, kProcess)},
      {true, 2, owner_of(kGuest, Pid(0))},
      {true, 3, owner_of(Lpid(0), Pid(0))},
      {false, 0, owner_of(kGuest, kProcess)},
      {false, 1, std::nullopt},
      {false, 2, std::nullopt},
      {false, 3, owner_of(kGuest, Pid(0))},
  }));
  Context context;
  context.hypervisor = hypervisor;
  context.lpidr = kGuest;
  context.pidr = kProcess;
  const std::uint64_t ea = std::uint64_t{quadrant} << 62 | 0x1000;
  CHECK(quadrant_owner(context, EffectiveAddress(ea)) == owner);
  for (unsigned bit = 52; bit < 62; ++bit) {
    CHECK_FALSE(quadrant_owner(context, EffectiveAddress(ea | std::uint64_t{1} << bit)).has_value());
  }
}

TEST_CASE("hypervisor real mode drops the top four bits and applies HRMOR unless the first is set") {
  Context context = Tables::host(kProcess, false);
  context.data_relocation = false;
  context.hrmor = 0x10000000;
  RealMemory memory;
  WalkTrace trace;
  const auto at = [&](std::uint64_t ea) {
    return walk_access(memory, context, Access::load, EffectiveAddress(ea), RcUpdate::interrupt, trace)
        .address.value();
  };
  CHECK(at(0x7000000000001234) == 0x10001234);
  CHECK(at(0xC000000000001234) == 0x1234);
  CHECK(trace.references().empty());
}

TEST_CASE("a guest in real mode goes through the partition-scoped tree alone") {
  Nested n(PageSize::k64K, PageSize::k2M);
  n.context.data_relocation = false;
  const Walk walk = n.access(Access::store, kGuestPage + 0x1234);
  REQUIRE(walk.ok());
  CHECK(walk.address == RealAddress(kRealPage + 0x1234));
  CHECK(walk.mapping.scope == Scope::partition);
  const Walk outside = n.access(Access::store, 0x123456789000);
  const Fault fault = make_fault(outside, Access::store, EffectiveAddress(0x123456789000));
  CHECK(fault.interrupt == Interrupt::hypervisor_data_storage);
  CHECK(fault.syndrome == (syndrome::kNoTranslation | syndrome::kStore));
  CHECK(fault.guest_address == GuestRealAddress(0x123456789000));
}

TEST_CASE("two leaves combine to the smaller size and to the rights that both give") {
  const auto [guest, host] = GENERATE(table<PageSize, PageSize>({{PageSize::k2M, PageSize::k64K},
                                                                 {PageSize::k64K, PageSize::k1G},
                                                                 {PageSize::k1G, PageSize::k2M},
                                                                 {PageSize::k4K, PageSize::k4K}}));
  Nested n(guest, host, kUserAll & ~RadixEntry::kExecute, kUserAll & ~RadixEntry::kWrite);
  const Walk walk = n.access(Access::load, kAddress + 0xFF8);
  REQUIRE(walk.ok());
  CHECK(walk.mapping.size == std::min(guest, host));
  CHECK(walk.address == RealAddress(kRealPage + 0xFF8));
  CHECK(walk.mapping.permits(n.context, Access::load));
  CHECK_FALSE(walk.mapping.permits(n.context, Access::store));
  CHECK_FALSE(walk.mapping.permits(n.context, Access::fetch));
}

}  // namespace
}  // namespace p9mmu::mmu
