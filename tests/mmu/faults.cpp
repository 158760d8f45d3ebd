// Which interrupt, with which bits, for each way in which a walk can fail. Each case is run through the bare
// walk, the caching MMU twice, and the reference.
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "mmu/core_mmu.h"
#include "mmu/walk.h"
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
constexpr std::uint32_t kNone = 0;

/// What every way of translating must answer.
Fault fault_of(Tables& tables, const Context& context, Access access, std::uint64_t ea,
               RcUpdate update = RcUpdate::interrupt) {
  WalkTrace trace;
  const Fault fault =
      make_fault(walk_access(tables.memory, context, access, EffectiveAddress(ea), update, trace), access,
                 EffectiveAddress(ea));
  MmuParameters parameters;
  parameters.rc_update = update;
  CoreMmu core(parameters, 4);
  for (int i = 0; i < 2; ++i) {
    CHECK(core.translate(0, access, context, EffectiveAddress(ea), tables.memory).fault == fault);
  }
  CHECK(
      test::ReferenceMmu(tables.memory, update == RcUpdate::hardware).translate(context, access, ea).fault ==
      fault);
  return fault;
}

struct Host {
  Tables tables;
  Context context = Tables::host(kProcess);
  Host() {
    tables.add_process(kHost, Pid(0));
    tables.add_process(kHost, kProcess);
  }
};

struct Guest {
  Tables tables;
  Context context = Tables::guest(kGuest, kProcess);
  Guest() {
    tables.add_partition(kGuest);
    tables.add_process(kGuest, Pid(0));
    tables.add_process(kGuest, kProcess);
  }
};

void check_fault(const Fault& fault, Interrupt interrupt, std::uint32_t bits, std::uint64_t guest = 0) {
  CHECK(std::string(name(fault.interrupt)) == name(interrupt));
  CHECK(fault.syndrome == bits);
  CHECK(fault.guest_address == GuestRealAddress(guest));
}

TEST_CASE("an address that nothing maps is no translation, with the store bit for a store") {
  Host h;
  check_fault(fault_of(h.tables, h.context, Access::load, kAddress), Interrupt::data_storage, 0x40000000);
  check_fault(fault_of(h.tables, h.context, Access::store, kAddress), Interrupt::data_storage, 0x42000000);
  check_fault(fault_of(h.tables, h.context, Access::fetch, kAddress), Interrupt::instruction_storage,
              0x40000000);
}

TEST_CASE("address bits 2 to 11 and a guest's quadrants 1 and 2 are segment interrupts") {
  Guest g;
  const std::uint64_t ea =
      GENERATE(0x0010000000000000U, 0x3000000000000000U, 0x4000000000001000U, 0x8000000000001000U);
  check_fault(fault_of(g.tables, g.context, Access::store, ea), Interrupt::data_segment, kNone);
  check_fault(fault_of(g.tables, g.context, Access::fetch, ea), Interrupt::instruction_segment, kNone);
}

TEST_CASE("authority that is missing is a protection fault, and no execute on the instruction side") {
  // leaf's flags, problem state, access, bits expected (0: none)
  const auto [flags, problem_state, access, bits] =
      GENERATE(table<std::uint64_t, bool, Access, std::uint32_t>({{0x184, true, Access::load, 0},
                                                                  {0x184, true, Access::store, 0x0A000000},
                                                                  {0x184, true, Access::fetch, 0x10000000},
                                                                  {0x181, true, Access::load, 0x08000000},
                                                                  {0x181, true, Access::fetch, 0},
                                                                  {0x182, true, Access::load, 0},
                                                                  {0x180, true, Access::load, 0x08000000},
                                                                  {0x18F, true, Access::load, 0x08000000},
                                                                  {0x18F, true, Access::store, 0x0A000000},
                                                                  {0x18F, true, Access::fetch, 0x08000000},
                                                                  {0x18F, false, Access::store, 0},
                                                                  {0x18C, false, Access::store, 0x0A000000},
                                                                  {0x187, false, Access::load, 0},
                                                                  {0x1A7, true, Access::load, 0},
                                                                  {0x1A7, true, Access::fetch, 0x10000000},
                                                                  {0x1B7, true, Access::fetch, 0},
                                                                  {0x197, true, Access::fetch, 0}}));
  CAPTURE(flags, problem_state, static_cast<int>(access));
  Host h;
  h.context.problem_state = problem_state;
  h.tables.map(kHost, kProcess, kAddress, PageSize::k64K, kRealPage, flags);
  const Interrupt storage =
      access == Access::fetch ? Interrupt::instruction_storage : Interrupt::data_storage;
  check_fault(fault_of(h.tables, h.context, access, kAddress), bits == 0 ? Interrupt::none : storage, bits);
}

TEST_CASE("reservations need memory: at I/O they are a bad access, after what the page's rights say") {
  // ATT of the guest's leaf, of the host's under it; who is told of a load and reserve. SAO is memory.
  const auto [guest, host, told] = GENERATE(
      table<std::uint64_t, std::uint64_t, Interrupt>({{0x00, 0x00, Interrupt::none},
                                                      {0x10, 0x10, Interrupt::none},
                                                      {0x20, 0x20, Interrupt::data_storage},
                                                      {0x30, 0x30, Interrupt::data_storage},
                                                      {0x00, 0x30, Interrupt::hypervisor_data_storage}}));
  CAPTURE(guest, host);
  const bool bad = told != Interrupt::none;
  const bool hypervisor = told == Interrupt::hypervisor_data_storage;
  const std::uint64_t asdr = hypervisor ? kGuestPage : 0;
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, kUserAll | guest);
  g.tables.map_partition(kGuest, kGuestPage, PageSize::k64K, kRealPage, kUserAll | host);
  check_fault(fault_of(g.tables, g.context, Access::load_reserve, kAddress), told, bad ? 0x04000000 : 0,
              asdr);
  check_fault(fault_of(g.tables, g.context, Access::store_conditional, kAddress), told, bad ? 0x06000000 : 0,
              asdr);
  if (!hypervisor) {
    CHECK_FALSE(fault_of(g.tables, g.context, Access::load, kAddress).raised());
    CHECK_FALSE(fault_of(g.tables, g.context, Access::store, kAddress).raised());
  }
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, 0x181 | guest);
  check_fault(fault_of(g.tables, g.context, Access::load_reserve, kAddress), Interrupt::data_storage,
              0x08000000);
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, 0x184 | guest);
  check_fault(fault_of(g.tables, g.context, Access::store_conditional, kAddress), Interrupt::data_storage,
              0x0A000000);
}

TEST_CASE("a load and reserve does not hit what a plain load has cached of I/O") {
  Host h;
  h.tables.map(kHost, kProcess, kAddress, PageSize::k64K, kRealPage, kUserAll | 0x30);
  CoreMmu core(MmuParameters{}, 4);
  const auto fault = [&](Access access) {
    return core.translate(0, access, h.context, EffectiveAddress(kAddress), h.tables.memory).fault;
  };
  CHECK_FALSE(fault(Access::store).raised());
  check_fault(fault(Access::load_reserve), Interrupt::data_storage, 0x04000000);
  check_fault(fault(Access::store_conditional), Interrupt::data_storage, 0x06000000);
  CHECK_FALSE(fault(Access::load).raised());
}

TEST_CASE("key 0 of AMR and IAMR binds privileged accesses to pages that are not privileged, and no others") {
  const auto [flags, problem_state, refused] = GENERATE(table<std::uint64_t, bool, bool>(
      {{kUserAll, false, true}, {kUserAll, true, false}, {kKernelAll, false, false}}));
  CAPTURE(flags, problem_state);
  Host h;
  h.context.problem_state = problem_state;
  h.tables.map(kHost, kProcess, kAddress, PageSize::k2M, kRealPage, flags);
  const auto check = [&](Access access, std::uint64_t amr, std::uint64_t iamr, Interrupt interrupt,
                         std::uint32_t bits) {
    h.context.amr = amr;
    h.context.iamr = iamr;
    check_fault(fault_of(h.tables, h.context, access, kAddress), refused ? interrupt : Interrupt::none,
                refused ? bits : kNone);
  };
  check(Access::load, std::uint64_t{1} << 62, 0, Interrupt::data_storage, 0x08000000);
  check(Access::store, std::uint64_t{2} << 62, 0, Interrupt::data_storage, 0x0A000000);
  check(Access::fetch, 0, std::uint64_t{1} << 62, Interrupt::instruction_storage, 0x10000000);
  h.context.amr = std::uint64_t{2} << 62;
  check_fault(fault_of(h.tables, h.context, Access::load, kAddress), Interrupt::none, kNone);
}

TEST_CASE("R and C that must be set interrupt, or are set by the walk when the machine does that") {
  const auto [flags, access, bits, after] =
      GENERATE(table<std::uint64_t, Access, std::uint32_t, std::uint64_t>(
          {{0x007, Access::load, 0x00040000, 0x107},
           {0x087, Access::fetch, 0x00040000, 0x187},
           {0x007, Access::store, 0x02040000, 0x187},
           {0x107, Access::store, 0x02040000, 0x187},
           {0x107, Access::load, 0, 0x107},
           {0x104, Access::store, 0x0A000000, 0x104}}));
  CAPTURE(flags, static_cast<int>(access));
  Host h;
  const RealAddress leaf = h.tables.map(kHost, kProcess, kAddress, PageSize::k2M, kRealPage, flags);
  const Interrupt storage =
      access == Access::fetch ? Interrupt::instruction_storage : Interrupt::data_storage;
  check_fault(fault_of(h.tables, h.context, access, kAddress), bits == 0 ? Interrupt::none : storage, bits);
  CHECK((h.tables.memory.read64(leaf) & 0xFFF) == flags);
  const bool refused = (bits & syndrome::kProtection) != 0;
  check_fault(fault_of(h.tables, h.context, access, kAddress, RcUpdate::hardware),
              refused ? Interrupt::data_storage : Interrupt::none, refused ? bits : kNone);
  CHECK((h.tables.memory.read64(leaf) & 0xFFF) == after);
}

TEST_CASE(
    "what the partition-scoped tree refuses is the hypervisor's interrupt, with the guest real address") {
  const auto [flags, access, bits] = GENERATE(table<std::uint64_t, Access, std::uint32_t>(
      {{0x184, Access::store, 0x0A000000},
       {0x181, Access::load, 0x08000000},
       {0x186, Access::fetch, 0x10000000},
       {0x087, Access::load, 0x00040000},
       {0x107, Access::store, 0x02040000},
       {0x1A7, Access::load, 0x20000000},
       {0x18F, Access::load, 0}}));  // the privilege bit means nothing in this scope
  CAPTURE(flags, static_cast<int>(access));
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, kUserAll);
  g.tables.map_partition(kGuest, kGuestPage, PageSize::k64K, kRealPage, flags);
  const Interrupt storage = access == Access::fetch ? Interrupt::hypervisor_instruction_storage
                                                    : Interrupt::hypervisor_data_storage;
  check_fault(fault_of(g.tables, g.context, access, kAddress + 0x118), bits == 0 ? Interrupt::none : storage,
              bits, bits == 0 ? 0 : kGuestPage + 0x118);
}

TEST_CASE("a guest page that the host does not map is no translation for the hypervisor") {
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k2M, kGuestPage, kUserAll);
  check_fault(fault_of(g.tables, g.context, Access::store, kAddress + 0x1238),
              Interrupt::hypervisor_data_storage, 0x42000000, kGuestPage + 0x1238);
  check_fault(fault_of(g.tables, g.context, Access::fetch, kAddress),
              Interrupt::hypervisor_instruction_storage, 0x40000000, kGuestPage);
}

TEST_CASE("the guest's own tables come first: what they refuse never reaches the hypervisor") {
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k2M, kGuestPage, 0x184);
  check_fault(fault_of(g.tables, g.context, Access::store, kAddress), Interrupt::data_storage, 0x0A000000);
  check_fault(fault_of(g.tables, g.context, Access::load, kAddress + 0x40000000), Interrupt::data_storage,
              0x40000000);
}

TEST_CASE("a guest's table that the host does not map is a fault on a table access") {
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k2M, kGuestPage, kUserAll);
  g.tables.map_partition(kGuest, kGuestPage, PageSize::k2M, kRealPage, kUserAll);
  const std::uint64_t root = g.tables.root(kGuest, kProcess);
  const std::uint64_t nowhere = std::uint64_t{1} << 41;
  SECTION("the process table") {
    const RealAddress entry = Tables::partition_entry_address(kGuest) + 8;
    g.tables.memory.write64(entry, RadixEntry::kValid | nowhere | 4);
    check_fault(fault_of(g.tables, g.context, Access::load, kAddress), Interrupt::hypervisor_data_storage,
                0x40020000, nowhere + 16 * kProcess.value());
  }
  SECTION("the root") {
    g.tables.set_root(kGuest, kProcess, nowhere);
    check_fault(fault_of(g.tables, g.context, Access::fetch, kAddress),
                Interrupt::hypervisor_instruction_storage, 0x40020000, nowhere + 8 * (kAddress >> 39));
  }
  SECTION("a directory") {
    g.tables.memory.write64(g.tables.entry_address(kGuest, root, kAddress, 1),
                            RadixEntry::make_directory(RealAddress(nowhere), 9).bits);
    check_fault(fault_of(g.tables, g.context, Access::store, kAddress), Interrupt::hypervisor_data_storage,
                0x42020000, nowhere + 8 * (kAddress >> 30 & 511));
  }
}

TEST_CASE("hardware sets R and C in a guest's table only if the host lets that page be stored to") {
  Guest g;
  const RealAddress leaf = g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, 0x007);
  g.tables.map_partition(kGuest, kGuestPage, PageSize::k64K, kRealPage, 0x007);
  const std::uint64_t guest_leaf =
      leaf.value() - g.tables.real(kGuest, Tables::kGuestArena).value() + Tables::kGuestArena;
  const std::uint64_t page = guest_leaf & ~std::uint64_t{0xFFFF};
  SECTION("it does") {
    check_fault(fault_of(g.tables, g.context, Access::store, kAddress, RcUpdate::hardware), Interrupt::none,
                kNone);
    CHECK((g.tables.memory.read64(leaf) & 0xFFF) == 0x187);
  }
  SECTION("it does not") {
    g.tables.map_partition(kGuest, page, PageSize::k64K, g.tables.real(kGuest, page).value(), 0x184);
    check_fault(fault_of(g.tables, g.context, Access::load, kAddress, RcUpdate::hardware),
                Interrupt::hypervisor_data_storage, 0x0A020000, guest_leaf);
    CHECK((g.tables.memory.read64(leaf) & 0xFFF) == 0x007);
  }
}

TEST_CASE("a malformed table is an unsupported configuration") {
  Host h;
  h.tables.map(kHost, kProcess, kAddress, PageSize::k64K, kRealPage, kUserAll);
  const std::uint64_t root = h.tables.root(kHost, kProcess);
  const RealAddress process_entry = h.tables.process_entry_address(kHost, kProcess);
  const auto entry = [&](unsigned level) { return h.tables.entry_address(kHost, root, kAddress, level); };
  const auto spoil = [&](RealAddress at, std::uint64_t value) { h.tables.memory.write64(at, value); };
  const auto spoil_bits = [&](RealAddress at, std::uint64_t mask) {
    h.tables.memory.write64(at, h.tables.memory.read64(at) ^ mask);
  };
  std::uint32_t expected = 0x00080000;
  SECTION("RTS other than 52 bits") {
    spoil_bits(process_entry, 0x20);
  }
  SECTION("a root of 12 index bits") {
    spoil_bits(process_entry, 1);
  }
  SECTION("a root that is not aligned to its size") {
    spoil_bits(process_entry, 0x8000);
  }
  SECTION("a process table entry never written") {
    spoil(process_entry, 0);
  }
  SECTION("a leaf of 512 GiB") {
    spoil(entry(1), RadixEntry::make_leaf(RealAddress(0), kUserAll).bits);
  }
  SECTION("a second level of 8 bits") {
    spoil_bits(entry(1), 1);
  }
  SECTION("a third level of 5 bits") {
    spoil_bits(entry(2), 9 ^ 5);
  }
  SECTION("a fourth level of 6 bits") {
    spoil_bits(entry(3), 5 ^ 6);
  }
  SECTION("a next level size of 0") {
    spoil_bits(entry(3), 5);
  }
  SECTION("a table that is not aligned to its size") {
    spoil_bits(entry(1), 0x800);
  }
  SECTION("a directory entry where only a leaf may be") {
    spoil_bits(entry(4), RadixEntry::kLeaf);
  }
  SECTION("a table that is its own next level, to the end") {
    const std::uint64_t address = std::uint64_t{1} << 51;
    spoil(h.tables.entry_address(kHost, root, kAddress, 1),
          RadixEntry::make_directory(RealAddress(address), 9).bits);
  }
  SECTION("a table outside memory") {
    spoil(entry(1), RadixEntry::make_directory(RealAddress(std::uint64_t{1} << 55), 9).bits);
  }
  SECTION("no host radix") {
    spoil_bits(Tables::partition_entry_address(kHost), RadixEntry::kValid);
  }
  SECTION("no guest radix") {
    spoil_bits(Tables::partition_entry_address(kHost) + 8, RadixEntry::kValid);
  }
  SECTION("a process table larger than the largest") {
    spoil_bits(Tables::partition_entry_address(kHost) + 8, 0x1F ^ 4);
  }
  SECTION("a process table outside memory") {
    spoil_bits(Tables::partition_entry_address(kHost) + 8, std::uint64_t{1} << 56);
  }
  SECTION("a partition table outside memory") {
    h.context.ptcr.value |= std::uint64_t{1} << 57;
  }
  SECTION("a PID beyond the process table finds no translation") {
    h.context.pidr = Pid(4096);
    expected = 0x40000000;
  }
  if (h.tables.memory.read64(entry(1)) ==
      RadixEntry::make_directory(RealAddress(std::uint64_t{1} << 51), 9).bits) {
    // Each entry of the page at 2^51 leads back to that page.
    for (std::uint64_t i = 0; i < 512; ++i) {
      spoil(RealAddress((std::uint64_t{1} << 51) + 8 * i),
            RadixEntry::make_directory(RealAddress(std::uint64_t{1} << 51), 9).bits);
    }
  }
  check_fault(fault_of(h.tables, h.context, Access::load, kAddress), Interrupt::data_storage, expected);
}

TEST_CASE("a malformed partition-scoped table is the hypervisor's unsupported configuration") {
  Guest g;
  g.tables.map(kGuest, kProcess, kAddress, PageSize::k64K, kGuestPage, kUserAll);
  g.tables.map_partition(kGuest, kGuestPage, PageSize::k64K, kRealPage, kUserAll);
  const RealAddress directory = g.tables.entry_address(kHost, g.tables.partition_root(kGuest), kGuestPage, 3);
  g.tables.memory.write64(directory, g.tables.memory.read64(directory) ^ 1);
  check_fault(fault_of(g.tables, g.context, Access::load, kAddress), Interrupt::hypervisor_data_storage,
              0x00080000, kGuestPage);
  SECTION("and so is a partition that has no entry") {
    g.context.lpidr = Lpid(77);
    check_fault(fault_of(g.tables, g.context, Access::load, kAddress), Interrupt::hypervisor_data_storage,
                0x00080000);
  }
  SECTION("or lies beyond the partition table") {
    g.context.lpidr = Lpid(0xFFF);
    g.context.ptcr = PartitionTableControl::at(RealAddress(g.context.ptcr.base()), 12);
    check_fault(fault_of(g.tables, g.context, Access::load, kAddress), Interrupt::hypervisor_data_storage,
                0x00080000);
  }
  SECTION("or is the hypervisor's own") {
    g.context.lpidr = Lpid(0);
    check_fault(fault_of(g.tables, g.context, Access::fetch, kAddress),
                Interrupt::hypervisor_instruction_storage, 0x00080000);
  }
}

}  // namespace
}  // namespace p9mmu::mmu
