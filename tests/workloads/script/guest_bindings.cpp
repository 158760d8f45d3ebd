#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

TEST_CASE("what a script does to a guest reaches the world in order") {
  Script script;
  script.load(
      "local g = linux.guest{memory = '8GiB', base_page = '64K'} "
      "linux.guest{memory = 1 << 30, base_page = '4K', populate = '2M'} "
      "local mm = g:mm{base_page = '4K'} "
      "mm:populate(mm:mmap('2MiB'), 4096, '4K') mm:mmap('2MiB', 'rwx') mm:mmap('2MiB', 'rw')");
  CHECK_THAT(script.world.log,
             Equals(std::vector<std::string>{"create_guest 8589934592 64K", "create_guest 1073741824 4K 2M",
                                             "create_guest_mm 0 4K", "guest_mmap 0 2097152",
                                             "guest_populate 0 1099511627776 4096 4K",
                                             "guest_mmap 0 2097152 rwx", "guest_mmap 0 2097152"}));
}

TEST_CASE("an access names the address space, on the host or in a guest") {
  Script script;
  script.load(
      "local host, inside = linux.mm{base_page = '64K'}, linux.guest{memory = '1GiB', base_page = "
      "'64K'}:mm{base_page "
      "= '64K'} "
      "spawn(0, function(t) t:load(host, 8) t:load(inside, 16) t:store(inside, 24) t:fetch(inside, 32) end)");
  const std::vector<Call> calls = script.requests(0);
  REQUIRE(calls.size() == 4);
  CHECK(std::get<AccessMemory>(calls[0]).address == mmu::EffectiveAddress(8));
  CHECK(std::get<AccessGuestMemory>(calls[1]).address == mmu::EffectiveAddress(16));
  CHECK(std::get<AccessGuestMemory>(calls[1]).kind == mmu::Access::load);
  CHECK(std::get<AccessGuestMemory>(calls[2]).kind == mmu::Access::store);
  CHECK(std::get<AccessGuestMemory>(calls[3]).kind == mmu::Access::fetch);
}

TEST_CASE("a wrong use of a guest is an error with the script's line") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"linux.guest{base_page = '4K'}", "no memory; expected linux.guest{memory = \"8GiB\""},
      {"linux.guest{memory = '8GiB'}", "no base page; expected linux.guest{memory"},
      {"linux.guest{memory = '8GiB', base_page = '2M'}", "a base page is 4K or 64K, not 2M"},
      {"linux.guest{memory = '8GiB', base_page = '4K', pages = '2M'}",
       "unknown field 'pages'; expected linux.guest{"},
      {"linux.guest{memory = '8GiB', base_page = '4K', populate = '3M'}", "'3M' is not a page size"},
      {"linux.guest{'8GiB'}", "unknown field '?'"},
      {"linux.guest('8GiB')", "bad argument #1 to 'guest' (table expected, got string)"},
      {"linux.guest{memory = '8GiB', base_page = '4K'}.mm({}, {})", "(guest expected, got table)"},
      {"linux.guest{memory = '8GiB', base_page = '4K'}:mm{}", "no base page; expected guest:mm{"},
      {"linux.guest{memory = '8GiB', base_page = '4K'}:mm{base_page = '4K'}:mmap(4096, 'rx')",
       "'rx' is no protection of memory; expected rw or rwx"},
      {"linux.guest{memory = '8GiB', base_page = '4K'}:mm{base_page = '4K'}:ran_on{0}", "ran_on"},
      {"local m = linux.guest{memory = '8GiB', base_page = '4K'}:mm{base_page = '4K'} "
       "spawn(0, function(t) t:munmap(m, 0, 4096) end)",
       "(mm expected, got guest's mm)"},
  }));
  CAPTURE(text);
  CHECK_THAT(script_error("\n" + text), Contains("dir/test.lua:2: ") && Contains(problem));
}

}  // namespace
}  // namespace p9mmu::workloads::testing
