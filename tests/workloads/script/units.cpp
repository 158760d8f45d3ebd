#include "workloads/script/units.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("a size is a number of bytes with a power of 1024 as unit") {
  const auto [text, bytes] =
      GENERATE(table<std::string, std::uint64_t>({{"0", 0},
                                                  {"4096", 4096},
                                                  {"7B", 7},
                                                  {"64K", 65536},
                                                  {"4KiB", 4096},
                                                  {"2M", 2097152},
                                                  {"2MiB", 2097152},
                                                  {"496GiB", 532575944704},
                                                  {"1.5GiB", 1610612736},
                                                  {"0.25K", 256},
                                                  {"1.50K", 1536},
                                                  {"4TiB", 4398046511104},
                                                  {"4PiB", 4503599627370496},
                                                  {"9223372036854775807", INT64_MAX}}));
  CAPTURE(text);
  CHECK(parse_size(text) == bytes);
}

TEST_CASE("what is no whole number of bytes is no size") {
  const std::string text =
      GENERATE("", "K", "GiB", "1.K", ".5K", "1.3K", "0.5", "-1K", "+1K", " 1K", "1 K", "1k", "1KB", "1Gi",
               "1e3", "0x10", "9223372036854775808", "8192PiB", "1.0000000000000000001K",
               "99999999999999999999999999999999999999999", "0.000000000000000000000000000000000000001K");
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_size(text), Contains("'" + text + "' is not a size") && Contains("496GiB"));
}

TEST_CASE("a time is a whole number of picoseconds") {
  const auto [text, ps] = GENERATE(table<std::string, std::int64_t>({{"7ps", 7},
                                                                     {"200ns", 200'000},
                                                                     {"10us", 10'000'000},
                                                                     {"1.5ms", 1'500'000'000},
                                                                     {"0.001ns", 1},
                                                                     {"2s", 2'000'000'000'000},
                                                                     {"0s", 0}}));
  CAPTURE(text);
  CHECK(parse_time(text).ps() == ps);
}

TEST_CASE("a time without a unit, with an unknown one, or finer than a picosecond is refused") {
  const std::string text = GENERATE("", "10", "10 us", "-1us", "1min", "0.5ps", "35cycles", "10000000s");
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_time(text), Contains("'" + text + "' is not a time") && Contains("10us"));
}

TEST_CASE("a list of CPUs is ranges, strides and single ones, in ascending order and each once") {
  using List = std::vector<std::uint32_t>;
  const auto [text, cpus] =
      GENERATE(table<std::string, List>({{"all", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
                                         {"0", {0}},
                                         {"11", {11}},
                                         {"2-4", {2, 3, 4}},
                                         {"3-3", {3}},
                                         {"0-11:4", {0, 4, 8}},
                                         {"1-9:4", {1, 5, 9}},
                                         {"0,4,8-11", {0, 4, 8, 9, 10, 11}},
                                         {"8-9,0,1-2,2", {0, 1, 2, 8, 9}},
                                         {"0-3:9", {0}}}));
  CAPTURE(text);
  CHECK(parse_cpu_list(text, 12) == cpus);
}

TEST_CASE("a bad list of CPUs says what is wrong with it") {
  const auto [text, problem] = GENERATE(
      table<std::string, std::string>({{"12", "there is no CPU 12; the machine has 12 CPUs, 0 to 11"},
                                       {"0-64", "there is no CPU 64; the machine has 12 CPUs"},
                                       {"0-4294967295", "there is no CPU 4294967295"},
                                       {"5-2", "the range 5-2 runs backwards"},
                                       {"0-3:0", "a stride is at least 1"},
                                       {"4:2", "a stride needs a range before it"},
                                       {"", "is not a list of CPUs"},
                                       {"1,", "is not a list of CPUs"},
                                       {",1", "is not a list of CPUs"},
                                       {"1-", "is not a list of CPUs"},
                                       {"-1", "is not a list of CPUs"},
                                       {"1--2", "is not a list of CPUs"},
                                       {"0-3:2:2", "is not a list of CPUs"},
                                       {"one", "is not a list of CPUs"},
                                       {"99999999999999", "is not a list of CPUs"},
                                       {"All", "expected all, a range such as 0-63"}}));
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_cpu_list(text, 12), Contains(problem));
}

TEST_CASE("page sizes have the names that the tables use") {
  CHECK(parse_page_size("4K") == mmu::PageSize::k4K);
  CHECK(parse_page_size("64K") == mmu::PageSize::k64K);
  CHECK(parse_page_size("2M") == mmu::PageSize::k2M);
  CHECK(parse_page_size("1G") == mmu::PageSize::k1G);
  CHECK_THROWS_WITH(parse_page_size("2MiB"), "'2MiB' is not a page size; expected 4K, 64K, 2M or 1G");
}

}  // namespace
}  // namespace p9mmu::workloads
