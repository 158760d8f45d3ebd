#include "workloads/script/pattern.h"

#include <catch2/catch.hpp>
#include <string>

#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

using Catch::Matchers::Contains;
using Outcome = PatternMatcher::Outcome;

/// What `pattern` matches at the start of `subject`, with its captures: "whole|first|second"; "-" for
/// nothing.
std::string match(std::string_view subject, std::string_view pattern) {
  PatternMatcher matcher(subject, pattern, 1'000'000);
  if (matcher.match_at(0) != Outcome::matched) {
    return "-";
  }
  std::string result(subject.substr(0, matcher.end()));
  for (std::size_t i = 0; i < matcher.captures(); ++i) {
    const PatternMatcher::Capture capture = matcher.capture(i);
    result += capture.is_position ? "|@" + std::to_string(capture.begin)
                                  : "|" + std::string(subject.substr(capture.begin, capture.length));
  }
  return result;
}

TEST_CASE("patterns match as Lua's manual says") {
  const auto [subject, pattern, result] = GENERATE(table<std::string, std::string, std::string>({
      {"hello", "h.l", "hel"},
      {"", "", ""},
      {"aaa", "a*", "aaa"},
      {"aaa", "a-", ""},
      {"aaab", "a-b", "aaab"},
      {"b", "a+", "-"},
      {"ab", "a?b", "ab"},
      {"b", "a?b", "b"},
      {"496GiB", "%d+%a+", "496GiB"},
      {"496GiB", "(%d+)(%a+)", "496GiB|496|GiB"},
      {"k = v", "(%w+)%s*=%s*(%w+)", "k = v|k|v"},
      {"abc", "()ab()", "ab|@0|@2"},
      {"f(a(b)c)d", "f%b()", "f(a(b)c)"},
      {"(((", "%b()", "-"},
      {"THE end", "%f[%a]%a+%f[%A]", "THE"},
      {"\"it's\"", "([\"'])(.-)%1", "\"it's\"|\"|it's"},
      {"x]y", "[^]]", "x"},
      {"]", "[]]", "]"},
      {"-", "[a-]", "-"},
      {"b", "[a-c]", "b"},
      {"d", "[^a-c]", "d"},
      {"5", "[%a_]", "-"},
      {"end", "end$", "end"},
      {"ends", "end$", "-"},
      {"a$b", "a$b", "a$b"},
      {"A1", "%u%x", "A1"},
      {"a.b", "a%.b", "a.b"},
      {"axb", "a%.b", "-"},
      {"\n", "%c", "\n"},
      {"!", "%p", "!"},
      {"ab", "(a)(b)%2", "-"},
      {"abb", "(a)(b)%2", "abb|a|b"},
  }));
  CAPTURE(subject, pattern);
  CHECK(match(subject, pattern) == result);
}

TEST_CASE("a malformed pattern is a mistake, whatever the subject") {
  const auto [pattern, problem] =
      GENERATE(table<std::string, std::string>({{"%", "it ends with '%'"},
                                                {"[a", "a '[' is never closed"},
                                                {"[]", "a '[' is never closed"},
                                                {"[%", "a '[' is never closed"},
                                                {"(a", "a '(' is never closed"},
                                                {"a)", "a ')' closes nothing"},
                                                {"%b", "expected after '%b'"},
                                                {"%bx", "expected after '%b'"},
                                                {"%fa", "expected after '%f'"},
                                                {"%1", "invalid capture index"},
                                                {"(%1)", "invalid capture index"}}));
  CAPTURE(pattern);
  CHECK_THROWS_WITH(match("aaa", pattern), Contains(problem));
}

TEST_CASE("captures and nesting are bounded") {
  std::string captures;
  std::string nested;
  for (int i = 0; i < 33; ++i) {
    captures += "()";
  }
  for (int i = 0; i < 300; ++i) {
    nested += "a?";
  }
  CHECK_THROWS_WITH(match("a", captures), Contains("too many captures"));
  CHECK_THROWS_WITH(match("a", nested), Contains("too complex"));
}

TEST_CASE("a pattern whose matching explodes runs out of steps") {
  const std::string subject(40, 'a');
  PatternMatcher matcher(subject, "a*a*a*a*a*a*a*a*b", 100'000);
  CHECK(matcher.match_at(0) == Outcome::out_of_steps);
  CHECK(matcher.steps_used() == 100'000);
}

TEST_CASE("steps are counted over all attempts of a matcher") {
  PatternMatcher matcher("aab", "b", 1000);
  REQUIRE(matcher.match_at(0) == Outcome::failed);
  const std::uint64_t once = matcher.steps_used();
  CHECK(once > 0);
  REQUIRE(matcher.match_at(2) == Outcome::matched);
  CHECK(matcher.steps_used() > once);
}

}  // namespace
}  // namespace p9mmu::workloads
