#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

TEST_CASE("a script sees the size of the machine and the name of the kernel") {
  CHECK(output_of("print(machine.cpus, machine.threads_per_core, machine.cores_per_chip, kernel)") ==
        "128\t4\t16\tipi-free");
}

TEST_CASE("what a script does to an address space reaches the world in order") {
  Script script;
  script.load(
      "local a, b = linux.mm{base_page = '64K'}, linux.mm{base_page = '4K'} "
      "local address = b:mmap('4MiB') b:populate(address, '2MiB', '2M') b:populate(address + (2 << 20), "
      "65536, '64K') "
      "a:ran_on{0, 5, 127} b:ran_on(cpus_option('cpus', 'all', 'where'))");
  CHECK_THAT(script.world.log,
             Equals(std::vector<std::string>{
                 "create_mm 64K", "create_mm 4K", "mmap 1 4194304", "populate 1 1099511627776 2097152 2M",
                 "populate 1 1099513724928 65536 64K", "ran_on 0 3 CPUs", "ran_on 1 128 CPUs"}));
}

TEST_CASE("huge pages, zero pages and forks are asked of the world") {
  Script script;
  script.load(
      "local a, b = linux.mm{base_page = '64K', thp = 'never'}, linux.mm{thp = 'always', base_page = '4K'} "
      "b:populate_zero(0, '2MiB', '2M') b:fork():ran_on{1} "
      "a:share(0, 65536, b, 2097152)");
  CHECK_THAT(script.world.log,
             Equals(std::vector<std::string>{"create_mm 64K", "set_huge_pages 0 never", "create_mm 4K",
                                             "set_huge_pages 1 always", "populate_zero 1 0 2097152 2M",
                                             "fork 1", "ran_on 2 1 CPUs", "share 0 0 65536 of 1 2097152"}));
}

TEST_CASE("a wrong use of an address space is an error with the script's line") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"linux.mm{}", "linux.mm needs a base page"},
      {"linux.mm{base_page = '2M'}", "a base page is 4K or 64K, not 2M"},
      {"linux.mm{base_page = '64KiB'}", "'64KiB' is not a page size; expected 4K, 64K, 2M or 1G"},
      {"linux.mm{base_page = 64}", "linux.mm: base_page is a text"},
      {"linux.mm{base_page = '4K', thp = true}", "linux.mm: thp is a text"},
      {"linux.mm{base_page = '4K', thp = 'madvise'}", "thp is \"always\" or \"never\", not \"madvise\""},
      {"linux.mm{page = '64K'}", "linux.mm takes base_page and thp only"},
      {"linux.mm()", "bad argument #1 to 'mm' (table expected, got no value)"},
      {"linux.mm{base_page = '4K'}:mmap('8PiB')", "a mapping of 9007199254740992 bytes does not fit 4 PiB"},
      {"linux.mm{base_page = '4K'}:mmap(-1)", "a size is not negative: -1"},
      {"linux.mm{base_page = '4K'}:populate(0, 4096)", "bad argument #3 to 'populate' (string expected"},
      {"linux.mm{base_page = '4K'}:populate(0, 4096, '3K')", "'3K' is not a page size"},
      {"linux.mm{base_page = '4K'}:ran_on{0, 128}", "there is no CPU 128; the machine has 128 CPUs"},
      {"linux.mm{base_page = '4K'}:ran_on('all')",
       "bad argument #1 to 'ran_on' (table expected, got string)"},
      {"linux.mm{base_page = '4K'}.mmap({}, 1)", "(mm expected, got table)"},
  }));
  CAPTURE(text);
  CHECK_THAT(script_error("\n" + text), Contains("dir/test.lua:2: ") && Contains(problem));
}

}  // namespace
}  // namespace p9mmu::workloads::testing
