#include "workloads/linux/mm.h"

#include <algorithm>
#include <set>

#include "mmu/walk.h"
#include "tests/workloads/linux/fixture.h"

using namespace p9mmu::workloads;
using namespace p9mmu::workloads::testing;
using p9mmu::mmu::RootDescriptor;
using p9mmu::mmu::Walk;
using p9mmu::mmu::WalkTrace;

namespace {

struct Space {
  explicit Space(PageSize base_page = PageSize::k64K)
      : machine(p9mmu::testing::sample_interconnect(1, 1, 1)),
        memory(machine.system.memory()),
        mm(p9mmu::mmu::Pid(1), base_page, machine.system, pages) {}
  [[nodiscard]] Walk walk(std::uint64_t address) {
    trace.clear();
    return p9mmu::mmu::find_in_tree(memory, RootDescriptor::at(mm.pgd().value()), EffectiveAddress(address),
                                    trace);
  }
  p9mmu::testing::SampleMachine machine;
  p9mmu::mmu::RealMemory& memory;
  PageAllocator pages;
  Mm mm;
  WalkTrace trace;
};

constexpr std::uint64_t kTiB = 1024 * kGiB;

}  // namespace

TEST_CASE("populate writes tables that the hardware's walk translates, in every page size") {
  struct Case {
    PageSize base, page;
    std::uint64_t length;
    std::size_t levels;
  };
  const Case c = GENERATE(values<Case>({
      {PageSize::k64K, PageSize::k64K, 6 * kMiB, 4},
      {PageSize::k64K, PageSize::k2M, 1030 * kMiB, 3},
      {PageSize::k64K, PageSize::k1G, 3 * kGiB, 2},
      {PageSize::k4K, PageSize::k4K, 6 * kMiB, 4},
      {PageSize::k4K, PageSize::k2M, 1030 * kMiB, 3},
      {PageSize::k4K, PageSize::k1G, 3 * kGiB, 2},
  }));
  CAPTURE(p9mmu::mmu::name(c.base), p9mmu::mmu::name(c.page));
  Space space(c.base);
  const std::uint64_t start = space.mm.mmap(c.length).value();
  space.mm.populate(EffectiveAddress(start), c.length, c.page);
  const std::uint64_t page = p9mmu::mmu::bytes(c.page);
  std::set<std::uint64_t> real_pages;
  for (std::uint64_t address = start; address < start + c.length; address += page) {
    const Walk first = space.walk(address);
    const Walk last = space.walk(address + page - 1);
    REQUIRE(first.ok());
    REQUIRE(first.mapping.size == c.page);
    REQUIRE(first.address.value() % page == 0);
    REQUIRE(last.address.value() == first.address.value() + page - 1);
    REQUIRE(first.process_leaf.reference());
    REQUIRE(first.process_leaf.change());
    REQUIRE(first.process_leaf.writable());
    REQUIRE_FALSE(first.process_leaf.executable());
    real_pages.insert(first.address.value());
  }
  CHECK(real_pages.size() == c.length / page);
  CHECK(space.walk(start).ok());
  CHECK(space.trace.references().size() == c.levels);
  CHECK_FALSE(space.walk(start - 1).ok());
  CHECK_FALSE(space.walk(start + c.length).ok());
}

TEST_CASE("only what is populated is there, not all that is mapped") {
  Space space;
  const EffectiveAddress start = space.mm.mmap(4 * kGiB);
  space.mm.populate(start + kGiB, 2 * kMiB, PageSize::k2M);
  CHECK_FALSE(space.walk(start.value()).ok());
  CHECK(space.walk(start.value() + kGiB).ok());
  CHECK_FALSE(space.walk(start.value() + kGiB + 2 * kMiB).ok());
  CHECK(space.mm.pmd_tables.size() == 1);
}

TEST_CASE("huge and base pages can share a PMD table") {
  Space space;
  const EffectiveAddress start = space.mm.mmap(4 * kMiB);
  space.mm.populate(start, 2 * kMiB, PageSize::k2M);
  space.mm.populate(start + 2 * kMiB, 128 * 1024, PageSize::k64K);
  CHECK(space.walk(start.value()).mapping.size == PageSize::k2M);
  CHECK(space.walk(start.value() + 2 * kMiB + 65536).mapping.size == PageSize::k64K);
  CHECK(space.mm.pmd_table(start)->entries == 2);
}

TEST_CASE("mappings are aligned for huge pages, whole base pages long, and lie one behind the other") {
  Space space(GENERATE(PageSize::k64K, PageSize::k4K));
  const std::uint64_t page = p9mmu::mmu::bytes(space.mm.base_page());
  const std::uint64_t a = space.mm.mmap(1).value();
  const std::uint64_t b = space.mm.mmap(3 * kMiB).value();
  const std::uint64_t c = space.mm.mmap(kGiB).value();
  CHECK(a % (2 * kMiB) == 0);
  CHECK(space.mm.vmas.at(a).end == a + page);
  CHECK(b % (2 * kMiB) == 0);
  CHECK(b >= a + page);
  CHECK(c % kGiB == 0);
  CHECK(c >= b + 3 * kMiB);
}

TEST_CASE("a mapping that makes no sense is the user's error") {
  const auto [length, text] = GENERATE(table<std::uint64_t, const char*>({
      {0, "0 bytes"},
      {Mm::kTaskSize, "does not fit the address space: of 4194304 GiB"},
      {4095 * kTiB + 1, "4193280 GiB are free"},  // the first TiB is not given out
      {~std::uint64_t{0}, "does not fit"},
  }));
  Space space;
  CHECK_THAT(error_of([&, bytes = length] { space.mm.mmap(bytes); }), Catch::Contains(text));
}

TEST_CASE("the whole address space behind its first TiB can be mapped, once") {
  Space space;
  CHECK(space.mm.mmap(4095 * kTiB).value() == kTiB);
  CHECK_THAT(error_of([&] { space.mm.mmap(1); }), Catch::Contains("0 GiB are free"));
}

TEST_CASE("populating what cannot be is the user's error") {
  struct Case {
    const char* what;
    std::uint64_t offset, length;
    PageSize size;
    const char* text;
  };
  const Case c = GENERATE(values<Case>({
      {"an address inside a page", kMiB, 2 * kMiB, PageSize::k2M, "multiples of the page, 2M"},
      {"half a page", 0, kMiB, PageSize::k2M, "multiples of the page, 2M"},
      {"the other base page", 0, 65536, PageSize::k4K, "base page of this mm is 64K"},
      {"beyond the mapping", 2 * kGiB - 2 * kMiB, 4 * kMiB, PageSize::k2M, "not inside one mapping"},
      {"behind the mapping", 2 * kGiB, 2 * kMiB, PageSize::k2M, "not inside one mapping"},
      {"more than any machine has", 0, 65 * kTiB, PageSize::k2M, "at most 65536 GiB"},
      {"a huge page twice", 4 * kMiB, 2 * kMiB, PageSize::k2M, "there are pages already"},
      {"a base page over a huge one", 4 * kMiB, 65536, PageSize::k64K, "a huge page already"},
      {"a huge page over base pages", 8 * kMiB, 2 * kMiB, PageSize::k2M, "there are pages already"},
      {"a base page twice", 8 * kMiB, 65536, PageSize::k64K, "there are pages already"},
      {"a 1G page over a table", 0, kGiB, PageSize::k1G, "there are pages already"},
  }));
  CAPTURE(c.what);
  Space space;
  const EffectiveAddress start = space.mm.mmap(2 * kGiB);
  space.mm.populate(start + 4 * kMiB, 2 * kMiB, PageSize::k2M);
  space.mm.populate(start + 8 * kMiB, 65536, PageSize::k64K);
  CHECK_THAT(error_of([&] { space.mm.populate(start + c.offset, c.length, c.size); }),
             Catch::Contains(c.text));
}

TEST_CASE("deposited tables A, B, C come back as C, A, B") {
  Space space;
  PmdTable table;
  const RealAddress a = space.pages.allocate_table(256);
  const RealAddress b = space.pages.allocate_table(256);
  const RealAddress c = space.pages.allocate_table(256);
  for (const RealAddress deposited : {a, b, c}) {
    space.mm.deposit(table, deposited);
  }
  CHECK(space.mm.withdraw(table) == c);
  CHECK(space.mm.withdraw(table) == a);
  CHECK(space.mm.withdraw(table) == b);
  CHECK(table.deposited == RealAddress(0));
}

TEST_CASE("deposited tables are linked through their own first bytes, which are clear when they come back") {
  Space space;
  PmdTable table;
  const RealAddress a = space.pages.allocate_table(256);
  const RealAddress b = space.pages.allocate_table(256);
  space.mm.deposit(table, a);
  space.mm.deposit(table, b);
  CHECK(space.memory.read64(a) == b.value());
  CHECK(space.memory.read64(a + 8) == b.value());
  CHECK(space.memory.read64(b) == a.value());
  for (int i = 0; i < 2; ++i) {
    const RealAddress back = space.mm.withdraw(table);
    CHECK(space.memory.read64(back) == 0);
    CHECK(space.memory.read64(back + 8) == 0);
  }
}

TEST_CASE("every huge page deposits a table, and each comes back once") {
  Space space;
  const EffectiveAddress start = space.mm.mmap(kGiB);
  space.mm.populate(start, kGiB, PageSize::k2M);
  PmdTable& table = *space.mm.pmd_table(start);
  std::set<std::uint64_t> withdrawn;
  for (int i = 0; i < 512; ++i) {
    withdrawn.insert(space.mm.withdraw(table).value());
  }
  CHECK(withdrawn.size() == 512);
  CHECK(table.deposited == RealAddress(0));
}

TEST_CASE("the size of a PTE table follows from the base page") {
  CHECK(Space(PageSize::k64K).mm.pte_table_bytes() == 256);
  CHECK(Space(PageSize::k4K).mm.pte_table_bytes() == 4096);
}
