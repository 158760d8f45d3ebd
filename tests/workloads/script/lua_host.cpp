#include "workloads/script/lua_host.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("a script that is not there is named") {
  RecordingWorld world;
  LuaHost host(world, Limits{}, 1, {});
  CHECK(error_of([&] { host.load_file("no/such/script.lua"); }) ==
        "no/such/script.lua: no such script; expected a path such as workloads/scripts/guest_teardown.lua");
}

TEST_CASE("a script that is nearly there is suggested, and a directory is no script") {
  const std::filesystem::path scripts =
      std::filesystem::path(__FILE__).parent_path() / "../../../workloads/scripts";
  RecordingWorld world;
  CHECK_THAT(
      error_of([&] { LuaHost(world, Limits{}, 1, {}).load_file((scripts / "guest_taredown.lua").string()); }),
      Contains("no such script (did you mean 'guest_teardown.lua'?)"));
  CHECK_THAT(error_of([&] { LuaHost(world, Limits{}, 1, {}).load_file(scripts.string()); }),
             Contains("is a directory; expected a script"));
}

TEST_CASE("an error is one line with the script's path and line") {
  const auto [text, error] = GENERATE(table<std::string, std::string>({
      {"x = = 1", "dir/test.lua:1: unexpected symbol near '='"},
      {"\n\nlocal t = nil\nt.x = 1", "dir/test.lua:4: attempt to index a nil value (local 't')"},
      {"\nerror('no good')", "dir/test.lua:2: no good"},
      {"\nerror('no good', 0)", "dir/test.lua:2: no good"},
      {"error('two\\nlines')", "dir/test.lua:1: two lines"},
      {"\nerror({})", "dir/test.lua:2: error object is a table value"},
      {"\nerror()", "dir/test.lua:2: error object is a nil value"},
      {"\nassert(1 == 2)", "dir/test.lua:2: assertion failed!"},
      {"print(\n'a'", "dir/test.lua:2: ')' expected (to close '(' at line 1) near <eof>"},
      {"\x1bLua", "attempt to load a binary chunk"},
      {"\ncoroutine.yield()", "dir/test.lua:2: attempt to yield from outside a coroutine"},
      {"\nlocal co = coroutine.wrap(function()\nerror('deep') end) co()", "dir/test.lua:3: deep"},
      {"\nspawn(0, function(t)\nt:compute('1x') end)", "dir/test.lua:3: '1x' is not a time"},
      {"\nspawn(0, function(t)\nmeasure('m', function()\nerror('x', 0) end) end)", "dir/test.lua:4: x"},
      {"\nspawn(0, function(t)\ncoroutine.yield() end)", "dir/test.lua:3: attempt to yield from outside"},
  }));
  CAPTURE(text);
  const std::string found = script_error(text);
  CHECK_THAT(found, Contains(error) && StartsWith("dir/test.lua"));
  CHECK(found.find('\n') == std::string::npos);
}

TEST_CASE("a script never sees in which directory it lies") {
  RecordingWorld world;
  std::string printed;
  LuaHost host(world, Limits{}, 1, {}, [&](std::string_view line) { printed = line; });
  host.load_text("/some/where/a.lua",
                 "print(select(2, pcall(error, 'x', 1)), select(2, pcall(function() error('y') end)))");
  CHECK(printed == "x\ta.lua:1: y");
}

TEST_CASE("a script's name may be too long for Lua's messages") {
  RecordingWorld world;
  const std::string path = "dir/" + std::string(100, 'a') + ".lua";
  CHECK(error_of([&] { LuaHost(world, Limits{}, 1, {}).load_text(path, "\nerror('x')"); }) == path + ":2: x");
}

TEST_CASE("a first line for the shell is passed over and counted") {
  CHECK_THAT(script_error("#!/usr/bin/env p9mmu\nerror('x')"), Contains("dir/test.lua:2: x"));
}

TEST_CASE("two hosts with the same seed do the same, another seed does not") {
  const std::string text =
      "local out = {} for i = 1, 5 do out[i] = math.random(1, 1000000) end "
      "local keys = {} for i = 1, 50 do keys['k' .. math.random(0)] = i end "
      "for k, v in pairs(keys) do out[#out + 1] = k .. v end print(table.concat(out, ' '), math.random(), "
      "{})";
  const auto run = [&](std::uint64_t seed) {
    Script script({}, Script::small_limits(), seed);
    return script.load(text).printed.at(0);
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("a thread's random numbers do not depend on the order in which threads run") {
  const std::string text =
      "for i = 0, 1 do spawn(i, function(t) t:compute(math.random(1 << 40)) "
      "t:compute(math.random(1 << 40)) end) end";
  const auto span = [](const std::optional<Call>& call) { return std::get<Compute>(call.value()).span.ps(); };
  Script one_by_one;
  one_by_one.load(text);
  const std::vector<Call> first = one_by_one.requests(0);
  const std::vector<Call> second = one_by_one.requests(1);
  Script in_turns;
  in_turns.load(text);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(span(in_turns.host.resume(ThreadHandle(1))) == span(second[i]));
    CHECK(span(in_turns.host.resume(ThreadHandle(0))) == span(first[i]));
  }
  CHECK(span(first[0]) != span(second[0]));
}

TEST_CASE("math.random keeps to its interval") {
  CHECK(output_of(
            "for i = 1, 1000 do local r = math.random(3) assert(r >= 1 and r <= 3) r = math.random(-2, 2) "
            "assert(r >= -2 and r <= 2) r = math.random() assert(r >= 0 and r < 1) end "
            "math.random(math.mininteger, math.maxinteger) print(pcall(math.random, 2, 1))") ==
        "false\tbad argument #2 to 'math.random' (interval is empty)");
}

TEST_CASE("the host reports what threads are new since it was last asked") {
  Script script;
  script.load("spawn(3, 'first', function(t) t:compute('1ns') spawn(5, function() end) end)");
  const auto names = [](const std::vector<SpawnedThread>& threads) {
    std::string all;
    for (const SpawnedThread& thread : threads) {
      all += std::to_string(thread.thread.value()) + " " + thread.name + " on " +
             std::to_string(thread.cpu.value()) + ";";
    }
    return all;
  };
  CHECK(names(script.host.newly_spawned()) == "0 first on 3;");
  CHECK(names(script.host.newly_spawned()).empty());
  CHECK(script.host.resume(ThreadHandle(0)).has_value());
  CHECK(names(script.host.newly_spawned()).empty());
  CHECK_FALSE(script.host.resume(ThreadHandle(0)).has_value());
  CHECK(names(script.host.newly_spawned()) == "1 thread 1 on 5;");
  CHECK(names(script.host.spawned()) == "0 first on 3;1 thread 1 on 5;");
  CHECK_FALSE(script.host.resume(ThreadHandle(0)).has_value());
}

TEST_CASE("a host can be thrown away in the middle of everything") {
  Script script;
  script.load(
      "spawn(0, function(t) local x <close> = setmetatable({}, {__close = function() while true do end end}) "
      "measure('m', function() coroutine.wrap(function() t:spin() end)() end) end)");
  CHECK(script.requests(0, 2).size() == 2);
}

}  // namespace
}  // namespace p9mmu::workloads::testing
