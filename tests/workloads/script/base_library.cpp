// The sandbox as a script sees it: what is not there, and what differs from Lua's own.
#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("what reaches outside of the sandbox is not there") {
  const std::string name = GENERATE("io", "os", "package", "debug", "require", "dofile", "loadfile", "load",
                                    "loadstring", "collectgarbage", "warn", "utf8");
  CAPTURE(name);
  CHECK_THAT(script_error("print(" + name + ")"),
             Contains("dir/test.lua:1: there is no variable '" + name + "'"));
  CHECK(output_of("print(rawget(_G, '" + name + "'))") == "nil");
}

TEST_CASE("nor is what reads clocks, makes bytecode or finds a thread's own coroutine") {
  const std::string name =
      GENERATE("string.dump", "string.pack", "math.randomseed", "coroutine.running", "coroutine.close");
  CAPTURE(name);
  CHECK(output_of("print(" + name + ")") == "nil");
}

TEST_CASE("protected metatables can neither be seen nor changed") {
  const std::string object =
      GENERATE("_G", "''", "machine", "linux", "linux.mm{base_page = '4K'}", "spawn(0, function() end)");
  CAPTURE(object);
  CHECK(output_of("print(type(getmetatable(" + object + ")))") == "string");
}

TEST_CASE("a metatable that would show the collector at work is refused") {
  const std::string field = GENERATE("__gc", "__mode");
  CHECK_THAT(script_error("\nsetmetatable({}, {" + field + " = 'k'})"),
             Contains("dir/test.lua:2: no " + field + " here"));
}

TEST_CASE("objects are printed with numbers in the order of printing, not with addresses") {
  CHECK(output_of("local a, b = {}, {} print(b, a, b, print)") ==
        "table: 1\ttable: 2\ttable: 1\tfunction: 3");
  CHECK(output_of("print(string.format('%s %5s', {}, 'x'), linux.mm{base_page = '4K'})") ==
        "table: 1     x\tmm: 2");
  CHECK_THAT(script_error("print(string.format('%p', {}))"), Contains("addresses differ from run to run"));
}

TEST_CASE("tostring follows __tostring, and a nan has no sign") {
  CHECK(output_of("print(setmetatable({}, {__tostring = function() return 'me' end}), 0/0, -(0/0))") ==
        "me\tnan\tnan");
  CHECK_THAT(script_error("tostring(setmetatable({}, {__tostring = function() return {} end}))"),
             Contains("'__tostring' must return a string"));
}

TEST_CASE("pairs goes through numbers, then strings, then booleans, each in order") {
  CHECK(output_of(
            "local t = {z = 1, a = 2, [10] = 3, [9] = 4, [2.5] = 5, [-1] = 6, [true] = 7, [false] = 8, B = 9}"
            "local keys = {} for k in pairs(t) do keys[#keys + 1] = tostring(k) end "
            "print(table.concat(keys, ' '))") == "-1 2.5 9 10 B a z false true");
}

TEST_CASE("integers and floats too large to convert are ordered exactly") {
  CHECK(output_of("local t = {[math.maxinteger] = 1, [2.0 ^ 63] = 1, [math.maxinteger - 1] = 1, "
                  "[math.mininteger] = 1,"
                  "[-2.0 ^ 64] = 1, [2.0 ^ 53] = 1, [(1 << 53) + 1] = 1, [0.5] = 1, [-1 / 0] = 1} "
                  "for k in pairs(t) do print(k) end") ==
        "-inf|-1.844674407371e+19|-9223372036854775808|0.5|9007199254740992|9007199254740993|"
        "9223372036854775806|9223372036854775807|9.2233720368548e+18");
}

TEST_CASE("next goes the same way as pairs, also from a key that is gone") {
  CHECK(output_of("local t = {b = 1, a = 2, c = 3} print(next(t)) print(next(t, 'a')) t.b = nil "
                  "print(next(t, 'b')) print(next(t, 'c')) print(next({}))") == "a\t2|b\t1|c\t3|nil|nil");
}

TEST_CASE("a table may be changed while it is traversed") {
  CHECK(output_of(
            "local t = {a = 1, b = 2, c = 3} for k, v in pairs(t) do print(k, v) t.b = nil t.d = 4 end") ==
        "a\t1|c\t3");
  CHECK(output_of("local t = setmetatable({}, {__pairs = function(t) return next, {x = 1}, nil end}) "
                  "for k, v in pairs(t) do print(k, v) end") == "x\t1");
}

TEST_CASE("a table with objects as keys has no order and is not traversed") {
  CHECK_THAT(script_error("for k in pairs({[{}] = 1}) do end"),
             Contains("a table with a table as key cannot be traversed"));
}

TEST_CASE("pcall and xpcall work as in Lua") {
  CHECK(output_of("print(pcall(function(a, b) return b, a end, 1, 2))") == "true\t2\t1");
  CHECK(output_of("print(pcall(error, 'x', 0))") == "false\tx");
  CHECK(output_of("print(xpcall(function(...) return select('#', ...) end, print, 1, nil, nil))") ==
        "true\t3");
  CHECK(output_of("print(xpcall(function() error('x', 0) end, function(m) return m .. '!' end))") ==
        "false\tx!");
  CHECK(output_of("print(pcall(function() error({code = 7}) end))") == "false\ttable: 1");
}

TEST_CASE("a name that is not known is an error that names the nearest one") {
  CHECK_THAT(script_error("\n\nmeasuer('a', print)"),
             Contains("dir/test.lua:3: there is no variable 'measuer' (did you mean 'measure'?)"));
  CHECK_THAT(script_error("print(machine.cpu)"), Contains("(did you mean 'cpus'?)"));
  CHECK_THAT(script_error("linux.mn{}"), Contains("(did you mean 'mm'?)"));
  CHECK_THAT(script_error("linux.mm{base_page = '4K'}:mapp(1)"),
             Contains("mm method 'mapp' (did you mean 'mmap'?)"));
  CHECK_THAT(script_error("spawn(0, function(t) t:munnap() end)"), Contains("(did you mean 'munmap'?)"));
}

TEST_CASE("a script may have global variables of its own") {
  CHECK(output_of("x = 1 function f() return x + 1 end print(f(), rawget(_G, 'y'))") == "2\tnil");
}

}  // namespace
}  // namespace p9mmu::workloads::testing
