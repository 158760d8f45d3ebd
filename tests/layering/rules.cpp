// The rules catch what they are there for, and let pass what is allowed.
#include <catch2/catch.hpp>

#include "tests/layering/include_rules.h"

namespace p9mmu::layering {
namespace {

struct Case {
  const char* path;
  const char* text;
};

TEST_CASE("an include that the rules forbid is caught") {
  const Case forbidden = GENERATE(
      // arrows to the right
      Case{"mmu/walk.cpp", "#include \"interconnect/time.h\""},
      Case{"interconnect/line.h", "#include \"cpus/cpu.h\""},
      Case{"cpus/cpu.cpp", "#include \"workloads/linux/mm.h\""},
      Case{"workloads/linux/mm.cpp", "#include \"model/machine/machine.h\""},
      Case{"workloads/measurement.h", "#include \"tests/support/random.h\""},
      // libraries outside of their rooms
      Case{"mmu/walk.h", "#include <systemc>"}, Case{"mmu/walk.h", "#include <systemc.h>"},
      Case{"workloads/linux/mm.h", "#include <systemc>"}, Case{"workloads/script/stage.h", "#include <tlm>"},
      Case{"workloads/measurement.cpp", "#include <sysc/kernel/sc_time.h>"},
      Case{"model/explore/scheduler.cpp", "#include <systemc>"},
      Case{"model/cli/main.cpp", "#include <lua.hpp>"},
      Case{"workloads/linux/munmap.cpp", "#include <lauxlib.h>"}, Case{"cpus/cpu.cpp", "#include <lua.hpp>"},
      Case{"workloads/script/stage.cpp", "#include <boost/program_options.hpp>"},
      Case{"cpus/cpu.cpp", "#include <spdlog/spdlog.h>"}, Case{"cpus/cpu.cpp", "#include <fmt/core.h>"},
      Case{"interconnect/line.cpp", "#include <toml++/toml.h>"},
      Case{"workloads/measurement.h", "#include <nlohmann/json.hpp>"},
      Case{"mmu/real_memory.cpp", "#include <lzma.h>"}, Case{"model/cli/main.cpp", "#include <sqlite3.h>"},
      Case{"model/sweep/rank_workers.cpp", "#include <mpi.h>"},
      Case{"workloads/measurement.cpp", "#include <xxhash.h>"},
      Case{"model/cli/main.cpp", "#include <catch2/catch.hpp>"},
      // ways round
      Case{"mmu/walk.cpp", "  #  include   \"cpus/cpu.h\""}, Case{"mmu/walk.cpp", "#include\"cpus/cpu.h\""},
      Case{"mmu/walk.cpp", "#include <cpus/cpu.h>"}, Case{"mmu/walk.cpp", "#include \"../cpus/cpu.h\""},
      Case{"mmu/walk.cpp", "#include \"walk.h\""}, Case{"mmu/walk.cpp", "#include HEADER"},
      Case{"mmu/walk.cpp", "/* why */ #include <systemc>"},
      Case{"mmu/walk.cpp", "const char* text = \"/*\";\n#include <systemc>"},
      Case{"tests/mmu/walk.cpp", "#include \"tables.h\""});
  CAPTURE(forbidden.path, forbidden.text);
  CHECK(broken_rules(forbidden.path, forbidden.text).size() == 1);
}

TEST_CASE("an include that the rules allow is not") {
  const Case allowed = GENERATE(
      Case{"mmu/walk.cpp", "#include \"mmu/walk.h\""}, Case{"mmu/walk.cpp", "#include <systemd>"},
      Case{"interconnect/line.h", "#include \"mmu/strong.h\""}, Case{"cpus/modules.h", "#include <systemc>"},
      Case{"workloads/script/stage.h", "#include \"cpus/cpu.h\""},
      Case{"workloads/script/lua_host.cpp", "#include <lua.hpp>"},
      Case{"model/cli/options.cpp", "#include <boost/program_options.hpp>"},
      Case{"model/explore/scheduler.cpp", "#include \"cpus/scheduler.h\""},
      Case{"model/sweep/sqlite.cpp", "#include <sqlite3.h>"},
      Case{"model/sweep/mpi_ranks.cpp", "#include <mpi.h>"},
      Case{"tests/mmu/walk.cpp",
           "#include <systemc>\n#include \"model/cli/help.h\"\n#include \"tests/mmu/tables.h\""},
      Case{"mmu/walk.cpp", "// #include <systemc>"}, Case{"mmu/walk.cpp", "/*\n#include <systemc>\n*/"},
      Case{"mmu/walk.cpp", "const char* text = \"#include <systemc>\";"});
  CAPTURE(allowed.path, allowed.text);
  CHECK(broken_rules(allowed.path, allowed.text).empty());
}

TEST_CASE("what is wrong is said with file, line and reason") {
  CHECK(broken_rules("cpus/cpu.cpp", "#include \"cpus/cpu.h\"\n\n#include \"model/cli/help.h\"\n") ==
        std::vector<std::string>{"cpus/cpu.cpp:3: model/cli/help.h: cpus does not know model"});
}

TEST_CASE("every broken rule of a file is reported") {
  CHECK(broken_rules("mmu/walk.h", "#include <systemc>\n#include <lua.hpp>\n#include \"x.h\"\n").size() == 3);
}

}  // namespace
}  // namespace p9mmu::layering
