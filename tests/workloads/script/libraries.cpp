// Lua's string, table, math and coroutine libraries as far as the sandbox replaces them.
#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("strings are found, matched and replaced as in Lua") {
  const auto [expression, result] = GENERATE(table<std::string, std::string>({
      {"('hello'):find('l')", "3\t3"},
      {"('hello'):find('l', 4)", "4\t4"},
      {"('hello'):find('xyz')", "nil"},
      {"('hello'):find('')", "1\t0"},
      {"('hello'):find('', 6)", "6\t5"},
      {"('hello'):find('', 7)", "nil"},
      {"('hello'):find('l', -2)", "4\t4"},
      {"('hello'):find('h', -100)", "1\t1"},
      {"('hello'):find('(l)(l)')", "3\t4\tl\tl"},
      {"('a.b'):find('.', 2, true)", "2\t2"},
      {"('a+b'):find('+', 1, true)", "2\t2"},
      {"('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key\tvalue"},
      {"('key'):match('()y()')", "3\t4"},
      {"('  x '):match('^%s*(.-)%s*$')", "x"},
      {"('hello'):match('^l')", "nil"},
      {"('hello'):match('.', -1)", "o"},
      {"('hello world'):gsub('o', '0')", "hell0 w0rld\t2"},
      {"('hello'):gsub('', '-')", "-h-e-l-l-o-\t6"},
      {"('abc'):gsub('%w', '%0%0', 2)", "aabbc\t2"},
      {"('abc'):gsub('^a', 'x')", "xbc\t1"},
      {"('aaa'):gsub('^a', 'x')", "xaa\t1"},
      {"('k=v'):gsub('(%w)=(%w)', '%2=%1')", "v=k\t1"},
      {"('k=v'):gsub('()', '%1')", "1k2=3v4\t4"},
      {"('$a $b'):gsub('%$(%w)', {a = 1})", "1 $b\t2"},
      {"('ab'):gsub('.', function(c) return c == 'a' and 'x' end)", "xb\t2"},
      {"('100%'):gsub('%%', '%%%%')", "100%%\t1"},
      {"('a'):rep(3, ',')", "a,a,a"},
      {"('a'):rep(-1)", ""},
      {"(''):rep(1 << 60)", ""},
      {"string.format('%5.1f|%-4s|%%|%d|%q', 2.25, 'ab', 7, 'x')", "  2.2|ab  |%|7|\"x\""},
      {"string.format('%s %s %s', nil, true, 1.0)", "nil true 1.0"},
      {"('abc'):upper():lower():reverse():byte(1, -1)", "99\t98\t97"},
  }));
  CAPTURE(expression);
  CHECK(output_of("print(" + expression + ")") == result);
}

TEST_CASE("gmatch goes through all matches, empty ones between others included") {
  CHECK(output_of("for w in ('one two'):gmatch('%a+') do print(w) end") == "one|two");
  CHECK(output_of("for k, v in ('a=1, b=2'):gmatch('(%w)=(%w)') do print(k, v) end") == "a\t1|b\t2");
  CHECK(output_of("for p in ('ab'):gmatch('()') do print(p) end") == "1|2|3");
  CHECK(output_of("for w in ('abc'):gmatch('%w', 3) do print(w) end for w in ('abc'):gmatch('%w', 5) do "
                  "print(w) end") == "c");
  CHECK(output_of("for w in ('a,b,,c'):gmatch('[^,]*') do print('<' .. w .. '>') end") == "<a>|<b>|<>|<c>");
}

TEST_CASE("a wrong use of strings is an error with a line") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"('x'):find('[')", "malformed pattern"},
      {"('x'):gsub('x', '%2')", "invalid capture index %2"},
      {"('x'):gsub('x', '%x')", "invalid use of '%' in replacement string"},
      {"('x'):gsub('x', '%')", "invalid use of '%' in replacement string"},
      {"('x'):gsub('x', function() return {} end)", "invalid replacement value (a table)"},
      {"('x'):gsub('x')", "string/function/table expected, got no value"},
      {"string.find()", "bad argument #1 to 'find' (string expected, got no value)"},
      {"string.format('%d', 'x')", "number expected, got string"},
      {"string.format('%s')", "no value"},
      {"string.format('%y', 1)", "invalid conversion '%y' to 'format'"},
  }));
  CAPTURE(text);
  CHECK_THAT(script_error("\n" + text), Contains("dir/test.lua:2: ") && Contains(problem));
}

TEST_CASE("sorting is stable and takes any comparison without harm") {
  CHECK(output_of("local t = {5, 3, 1, 4, 2} table.sort(t) print(table.concat(t, ' '))") == "1 2 3 4 5");
  CHECK(output_of("local t = {'b', 'a', 'C'} table.sort(t, function(x, y) return x > y end) "
                  "print(table.concat(t, ' '))") == "b a C");
  CHECK(output_of(
            "local t = {} for i = 1, 100 do t[i] = {i % 3, i} end "
            "table.sort(t, function(x, y) return x[1] < y[1] end) local ok = true "
            "for i = 2, 100 do ok = ok and (t[i - 1][1] < t[i][1] or t[i - 1][2] < t[i][2]) end print(ok)") ==
        "true");
  CHECK(output_of("local t = {3, 1, 2} table.sort(t, function() return true end) table.sort(t) "
                  "print(table.concat(t, ' '))") == "1 2 3");
  CHECK(output_of("local t = {} table.sort(t) t = {1} table.sort(t) print(#t)") == "1");
  CHECK_THAT(script_error("table.sort{1, 'x'}"), Contains("attempt to compare"));
}

TEST_CASE("sorting gives the order of values, whatever order they come in") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(seed);
  Script script({}, Script::small_limits(), seed);
  script.load(
      "local n = math.random(0, 300) local t, sum = {}, 0 for i = 1, n do t[i] = math.random(100) sum = sum "
      "+ t[i] end "
      "table.sort(t) local ok = #t == n for i = 1, n do sum = sum - t[i] ok = ok and (i == 1 or t[i - 1] <= "
      "t[i]) end "
      "print(ok, sum)");
  CHECK(script.printed.at(0) == "true\t0");
}

TEST_CASE("tables are changed as in Lua") {
  CHECK(output_of("local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) print(table.concat(t, ' '), "
                  "table.remove(t), "
                  "table.remove(t, 1), table.unpack(t))") == "0 1 2 3\t3\t0\t1\t2");
  CHECK(output_of(
            "local t = table.move({1, 2, 3}, 2, 3, 1) print(table.concat(t, ' '), table.pack(1, nil).n)") ==
        "2 3 3\t2");
  CHECK_THAT(script_error("table.insert({}, 5, 1)"), Contains("position out of bounds"));
}

TEST_CASE("coroutines pass values both ways and report how they ended") {
  CHECK(
      output_of("local co = coroutine.create(function(a) print(a, coroutine.yield(a + 1)) return 'end' end) "
                "print(coroutine.status(co), coroutine.resume(co, 1)) print(coroutine.status(co)) "
                "print(coroutine.resume(co, 'back')) print(coroutine.status(co), coroutine.resume(co))") ==
      "suspended\ttrue\t2|suspended|1\tback|true\tend|dead\tfalse\tcannot resume dead coroutine");
  CHECK(
      output_of("local co co = coroutine.create(function() print(coroutine.status(co), coroutine.resume(co)) "
                "coroutine.wrap(function() print(coroutine.status(co)) end)() error('x') end) "
                "print(coroutine.resume(co)) print(coroutine.status(co))") ==
      "running\tfalse\tcannot resume non-suspended coroutine|normal|false\ttest.lua:1: x|dead");
  CHECK(output_of("print(pcall(coroutine.wrap(function() error('x', 0) end)))") == "false\tx");
}

}  // namespace
}  // namespace p9mmu::workloads::testing
