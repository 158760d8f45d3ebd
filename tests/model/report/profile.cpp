#include "model/report/profile.h"

#include <catch2/catch.hpp>

namespace p9mmu::model::report {
namespace {

TEST_CASE("a chain of single calls is drawn without shares, branches with theirs, causes as leaves") {
  const std::vector<AccountRow> rows = {
      {"0", "sys_munmap;unmap_region;zap;lock", "lock", 100},
      {"0", "sys_munmap;unmap_region;zap;call", "IPI send", 500},
      {"0", "sys_munmap;unmap_region;zap;call", "memory", 250},
      {"0", "sys_munmap;unmap_region;free", "compute", 100},
      {"0", "sys_munmap;unmap_region", "compute", 50},
      {"others", "sys_munmap", "idle", 7},
  };
  CHECK(draw_profile(rows, "0", ProfileStyle{}) ==
        "   100.00%  sys_munmap\n"
        "            unmap_region\n"
        "            |\n"
        "            |--85.00%--zap\n"
        "            |          |\n"
        "            |          |--75.00%--call\n"
        "            |          |          |\n"
        "            |          |          |--50.00%--[IPI send]\n"
        "            |          |           --25.00%--[memory]\n"
        "            |          |\n"
        "            |           --10.00%--lock [lock]\n"
        "            |\n"
        "            |--10.00%--free [compute]\n"
        "             --5.00%--[compute]\n");
}

TEST_CASE("time outside any routine stands beside the outermost routines") {
  CHECK(draw_profile({{"others", "", "idle", 900}, {"others", "doorbell", "interrupt", 100}}, "others", {}) ==
        "    90.00%  [idle]\n"
        "    10.00%  doorbell [interrupt]\n");
}

TEST_CASE("small branches are drawn as one, or not at all if even together they are small") {
  const std::vector<AccountRow> rows = {{"0", "a", "compute", 9'900},
                                        {"0", "a", "memory", 60},
                                        {"0", "a;b", "lock", 20},
                                        {"0", "a;c", "lock", 20}};
  CHECK(draw_profile(rows, "0", ProfileStyle{0.3, 6}) ==
        "   100.00%  a\n"
        "            |\n"
        "            |--99.00%--[compute]\n"
        "            |--0.60%--[memory]\n"
        "             --0.40%--(less than 0.3% each)\n");
  CHECK(draw_profile(rows, "0", ProfileStyle{0.5, 6}) ==
        "   100.00%  a\n"
        "            |\n"
        "            |--99.00%--[compute]\n"
        "             --0.60%--[memory]\n");
  CHECK(draw_profile(rows, "0", ProfileStyle{2, 6}) == "   100.00%  a [compute]\n");
}

TEST_CASE("below the deepest branching a branch is drawn by its causes alone") {
  const std::vector<AccountRow> rows = {{"0", "a", "compute", 50},
                                        {"0", "a;b;c", "lock", 30},
                                        {"0", "a;b;d", "lock", 10},
                                        {"0", "a;b", "memory", 10}};
  CHECK(draw_profile(rows, "0", ProfileStyle{0.5, 1}) ==
        "   100.00%  a\n"
        "            |\n"
        "            |--50.00%--[compute]\n"
        "             --50.00%--b\n"
        "                       |\n"
        "                       |--40.00%--[lock]\n"
        "                        --10.00%--[memory]\n");
}

TEST_CASE("equal branches are in the order of their names and an empty account draws nothing") {
  CHECK(draw_profile({{"0", "b", "lock", 5}, {"0", "a", "lock", 5}}, "0", {}) ==
        "    50.00%  a [lock]\n"
        "    50.00%  b [lock]\n");
  CHECK(draw_profile({}, "0", {}).empty());
  CHECK(account_total({{"0", "b", "lock", 5}, {"1", "a", "lock", 6}, {"0", "", "idle", 2}}, "0") == 7);
}

}  // namespace
}  // namespace p9mmu::model::report
