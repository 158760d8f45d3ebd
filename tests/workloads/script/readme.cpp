// The reference in workloads/script/README.md and the scripts that come with the program.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

const std::filesystem::path kWorkloads = std::filesystem::path(__FILE__).parent_path() / "../../../workloads";

/// The names between backquotes in the first cells of a document's tables, without arguments.
std::vector<std::string> names_in_tables(const std::filesystem::path& document) {
  std::ifstream in(document);
  REQUIRE(in);
  std::set<std::string> names;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) {
      continue;
    }
    std::istringstream cell(line.substr(2, line.find(" | ") - 2));
    for (std::string name; std::getline(std::getline(cell, name, '`'), name, '`');) {
      names.insert(name.substr(0, name.find_first_of("({ ")));
    }
  }
  return {names.begin(), names.end()};
}

TEST_CASE("the README lists every function and value that a script finds, and no others") {
  Script script;
  script.load(
      "for name, value in pairs(_G) do if type(value) == 'table' and name ~= '_G' then "
      "for field in pairs(value) do print(name .. '.' .. field) end else print(name) end end");
  std::set<std::string> found(script.printed.begin(), script.printed.end());
  for (const std::string& name : LuaHost::api_names()) {
    CHECK((name.find(':') != std::string::npos || found.contains(name)));
    found.insert(name);
  }
  CHECK_THAT(names_in_tables(kWorkloads / "script/README.md"),
             Equals(std::vector<std::string>(found.begin(), found.end())));
}

TEST_CASE("the README's example runs") {
  std::ifstream in(kWorkloads / "script/README.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = text.find("```lua\n") + 7;
  Script script;
  script.load(text.substr(begin, text.find("```", begin) - begin));
  CHECK(script.requests(0).size() == 4);
}

/// A script of the program's own, loaded with options into a machine of 128 CPUs.
struct Teardown {
  explicit Teardown(const Given& given) : script(given) {
    script.host.load_file((kWorkloads / "scripts/guest_teardown.lua").string());
  }
  Script script;
};

TEST_CASE("the README lists the options of the guest's teardown with their defaults") {
  const Teardown teardown(Given{});
  std::ifstream in(kWorkloads / "scripts/README.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(teardown.script.host.options().size() == 4);
  for (const OptionDeclared& option : teardown.script.host.options()) {
    CHECK_THAT(text, Contains("| `" + option.name + "` | `" + option.default_value + "` |"));
  }
}

TEST_CASE("the teardown maps the whole guest in 2M pages and unmaps it on the first CPU") {
  Teardown teardown(Given{{"guest", "4MiB"}, {"base_page", "4K"}, {"cpus", "8-127:8"}});
  CHECK_THAT(teardown.script.world.log,
             Equals(std::vector<std::string>{"create_mm 4K", "mmap 0 4194304",
                                             "populate 0 1099511627776 4194304 2M", "ran_on 0 15 CPUs"}));
  REQUIRE(teardown.script.host.spawned().size() == 1);
  CHECK(teardown.script.host.spawned()[0].cpu == interconnect::CpuId(8));
  const std::vector<Call> calls = teardown.script.requests(0);
  REQUIRE(calls.size() == 4);
  CHECK(std::holds_alternative<UseMm>(calls[0]));
  CHECK(std::get<MeasureBegin>(calls[1]).name == "munmap");
  CHECK(std::get<Munmap>(calls[2]).address == mmu::EffectiveAddress(RecordingWorld::kMapped));
  CHECK(std::get<Munmap>(calls[2]).length_bytes == 4194304);
  CHECK(std::get<MeasureEnd>(calls[3]).name == "munmap");
}

TEST_CASE("busy vCPUs run on every CPU of the guest but the first") {
  Teardown teardown(Given{{"vcpus", "busy"}, {"cpus", "0-3"}});
  const std::vector<SpawnedThread> threads = teardown.script.host.spawned();
  REQUIRE(threads.size() == 4);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(threads[i].cpu == interconnect::CpuId(i + 1));
    CHECK(std::holds_alternative<RunGuest>(teardown.script.requests(i, 1).at(0)));
  }
  CHECK(threads[3].cpu == interconnect::CpuId(0));
}

TEST_CASE("the published figures stand beside the published experiment only") {
  CHECK(Teardown(Given{}).script.host.published().at(0).ms_by_kernel ==
        std::map<std::string, double>{{"ipi", 82150}, {"ipi-free", 39}, {"ipi-free-flush", 369}});
  const Given other = GENERATE(Given{{"guest", "248GiB"}}, Given{{"base_page", "4K"}},
                               Given{{"cpus", "0-63"}}, Given{{"vcpus", "busy"}});
  CAPTURE(other.begin()->first);
  CHECK(Teardown(other).script.host.published().empty());
}

TEST_CASE("the published figures stand beside a likely host only: two sockets of 16 or more SMT4 cores") {
  struct Host {
    std::uint32_t cpus;
    std::uint32_t cores_per_chip;
    bool is_likely;
  };
  const auto host = GENERATE(Host{128, 16, true}, Host{176, 22, true}, Host{64, 16, false}, Host{4, 1, false},
                             Host{64, 8, false}, Host{256, 16, false});
  CAPTURE(host.cpus, host.cores_per_chip);
  RecordingWorld world(host.cpus, host.cores_per_chip);
  LuaHost lua(world, Script::small_limits(), 1, {}, [](std::string_view) {});
  lua.load_file((kWorkloads / "scripts/guest_teardown.lua").string());
  CHECK(lua.published().empty() != host.is_likely);
}

TEST_CASE("the teardown says what it assumes") {
  const Teardown teardown(Given{});
  CHECK(teardown.script.host.assumptions().size() == 4);
  CHECK_THAT(teardown.script.host.assumptions().at(0), Contains("128 of 128 CPUs"));
}

TEST_CASE("a guest larger than the address space is an error with the script's line") {
  CHECK_THAT(error_of([] {
               Teardown(Given{{"guest", "8PiB"}});
             }),
             Contains("guest_teardown.lua:38: a mapping of"));
}

}  // namespace
}  // namespace p9mmu::workloads::testing
