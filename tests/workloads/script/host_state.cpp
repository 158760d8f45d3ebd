// The bounds: whatever a script does, it ends, and nothing that it catches keeps it going.
#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;

const std::string kInstructions = "the script has run more than 2000000 instructions, the bound for a script";
const std::string kMemory = "the script needs more than 8 MiB of memory, the bound for a script";

TEST_CASE("a script that does not end is stopped by the instruction bound") {
  const std::string body =
      GENERATE("while true do end",                                   //
               "for i = 1, math.maxinteger do end",                   //
               "local function f() return f() end f()",               //
               "repeat until false",                                  //
               "coroutine.wrap(function() while true do end end)()",  //
               "while true do coroutine.wrap(function() end)() end",  //
               "local co = coroutine.create(function() while true do coroutine.yield() end end) "
               "while true do coroutine.resume(co) end",                   //
               "table.sort({1, 2, 3}, function() while true do end end)",  //
               "('x'):gsub('x', function() while true do end end)",        //
               "local t = setmetatable({}, {__index = function() while true do end end}) print(t.x)",
               "for k in pairs(setmetatable({}, {__pairs = function() while true do end end})) do end",
               "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end",
               "while true do spawn(0, function() end) end");
  CAPTURE(body);
  SECTION("in the main chunk") {
    CHECK_THAT(script_error("\n" + body), Contains("dir/test.lua:2: " + kInstructions));
  }
  SECTION("in a thread") {
    CHECK_THAT(script_error("\nspawn(0, function(t) " + body + " end)"),
               Contains("dir/test.lua:2: " + kInstructions));
  }
  SECTION("in a measurement") {
    CHECK_THAT(script_error("\nspawn(0, function(t) measure('m', function() " + body + " end) end)"),
               Contains("dir/test.lua:2: " + kInstructions));
  }
}

TEST_CASE("nothing that catches errors catches the end of the script") {
  const std::string catcher = GENERATE(
      "while true do pcall(function() while true do end end) end",
      "local function again() pcall(again) while true do end end again()",
      "while true do xpcall(function() while true do end end, print) end",
      // The hook is off while a handler runs for an error of its own.
      "xpcall(function() while true do end end, function() while true do end end)",
      "xpcall(function() while true do end end, function() return 1 end) print('caught')",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
      "pcall(coroutine.wrap(function() while true do end end)) while true do end",
      "pcall(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) "
      "while true do end end) print('caught')",
      "pcall(table.sort, {1, 2}, function() while true do end end) print('caught')");
  CAPTURE(catcher);
  for (const std::string& text :
       {catcher, "spawn(0, function(t) " + catcher + " end)",
        "spawn(0, function(t) pcall(measure, 'm', function() " + catcher + " end) end)"}) {
    Script script;
    const std::string error = error_of([&] {
      script.load(text);
      if (!script.host.spawned().empty()) {
        script.requests(0);
      }
    });
    CHECK_THAT(error, Contains(kInstructions));
    CHECK(script.printed.empty());
  }
}

TEST_CASE("the bound holds for the main chunk and all threads together") {
  Script script;
  script.load("for i = 1, 4 do spawn(i, function(t) for j = 1, 700000 do end end) end");
  CHECK(script.requests(0).empty());
  CHECK(script.requests(1).empty());
  CHECK_THAT(error_of([&] { script.requests(2); }), Contains(kInstructions));
}

TEST_CASE("a library function that would loop for ever is charged for it") {
  const std::string call =
      GENERATE("string.rep('', math.maxinteger)  while true do end",
               "string.rep('x', 1, string.rep('y', 1000)):rep(0) while true do end",
               "table.move({}, 1, math.maxinteger - 1, 2)", "table.concat({}, '', 1, math.maxinteger)",
               "('a'):rep(40):find('a*a*a*a*a*a*a*a*b')", "('a'):rep(40):match('.-.-.-.-.-.-.-.-b')",
               "('a'):rep(40):gsub('a*a*a*a*a*a*a*a*b', '')",
               "for w in ('a'):rep(40):gmatch('a*a*a*a*a*a*a*a*b') do end",
               "('a'):rep(100000):find(('a'):rep(50000) .. 'b', 1, true)",
               "local s = ('x'):rep(1000000) while true do s = s:upper() end",
               "local s = ('x'):rep(1000000) while true do local t = s .. 'y' end",
               "local t = table.pack(('x'):rep(20000):byte(1, -1)) "
               "while true do table.insert(t, 1, table.remove(t)) end",
               "local t = {} for i = 1, 50000 do t[i] = i end while true do table.sort(t) end",
               "local t = {} for i = 1, 50000 do t[i] = i end while true do next(t) end",
               "while true do print(('x'):rep(1000)) end");
  CAPTURE(call);
  CHECK_THAT(script_error(call), Contains(kInstructions));
}

TEST_CASE("a table that lies about its length is not sorted or shifted") {
  const std::string call = GENERATE("table.sort(t)", "table.insert(t, 1, 0)", "table.concat(t)",
                                    "table.unpack(t)", "table.remove(t)");
  CAPTURE(call);
  CHECK_THAT(
      script_error("local t = setmetatable({}, {__len = function() return 1 << 31 end, __index = rawlen}) " +
                   call),
      Contains("table functions do not take tables with __len"));
}

TEST_CASE("a script that eats memory is stopped by the memory bound") {
  const std::string body = GENERATE(
      "local t = {} while true do t[#t + 1] = {} end", "local s = 'x' while true do s = s .. s end",
      "string.rep('x', 1 << 20, string.rep('y', 100))", "('x'):rep(5000):gsub('.', ('y'):rep(100000))",
      "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
      "table.concat({('x'):rep(5000000), ('y'):rep(5000000)})",
      "for i = 1, 1e9 do spawn(0, function() end) end");
  CAPTURE(body);
  // Enough instructions that memory runs out first.
  const Limits limits{std::size_t{8} << 20, 200'000'000};
  SECTION("in the main chunk") {
    CHECK_THAT(script_error("\n" + body, {}, limits), Contains("dir/test.lua:2: " + kMemory));
  }
  SECTION("in a thread") {
    CHECK_THAT(script_error("\nspawn(0, function(t) " + body + " end)", {}, limits),
               Contains("dir/test.lua:2: " + kMemory));
  }
  SECTION("and cannot catch that") {
    CHECK_THAT(script_error("pcall(function() " + body + " end) print('caught')", {}, limits),
               Contains(kMemory));
    CHECK_THAT(
        script_error("print(coroutine.resume(coroutine.create(function() " + body + " end)))", {}, limits),
        Contains(kMemory));
  }
}

TEST_CASE("memory that is given back can be used again") {
  CHECK(output_of("for i = 1, 10 do local s = ('0123456789'):rep(100000) end print('done')") == "done");
}

TEST_CASE("deep recursion and nesting are errors that a script may catch") {
  const auto [body, problem] = GENERATE(table<std::string, std::string>(
      {{"local function f() return 1 + f() end f()", "stack overflow"},
       {"local function f() return pcall(f) end f() local function g() return g(('x'):gsub('x', g)) end g()",
        "C stack overflow"},
       {"local function f() coroutine.wrap(f)() end f()", "C stack overflow"},
       {"local t = setmetatable({}, {}) getmetatable(t).__index = t print(t.x)", "loop"}}));
  CAPTURE(body);
  const Limits limits{std::size_t{256} << 20, 20'000'000};
  CHECK_THAT(script_error(body, {}, limits), Contains(problem));
  Script script({}, limits);
  script.load("print((pcall(function() " + body + " end)))");
  CHECK(script.printed == std::vector<std::string>{"false"});
}

TEST_CASE("a host too small for Lua itself says so") {
  RecordingWorld world;
  CHECK_THAT(error_of([&] {
               LuaHost(world, Limits{1000, 1000}, 1, {});
             }),
             Contains("more than 1000 bytes of memory"));
  CHECK_THAT(error_of([&] {
               LuaHost(world, Limits{8000, 1000}, 1, {});
             }),
             Contains("more than 8000 bytes of memory"));
}

}  // namespace
}  // namespace p9mmu::workloads::testing
