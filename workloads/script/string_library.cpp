// Lua's strings in the sandbox: pattern matching whose steps are counted, a format that shows no addresses, a
// rep that cannot loop for ever, and neither bytecode nor the machine's own binary formats.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "workloads/script/host_state.h"
#include "workloads/script/pattern.h"

namespace p9mmu::workloads {
namespace {

using Outcome = PatternMatcher::Outcome;

/// A pattern without its anchor, and whether it had one.
struct Anchored {
  std::string_view pattern;
  bool at_start = false;
};

Anchored split_anchor(std::string_view pattern) {
  const bool at_start = !pattern.empty() && pattern.front() == '^';
  return {pattern.substr(at_start ? 1 : 0), at_start};
}

/// The 0-based place that a script's `init` means; beyond the end when there is none.
std::size_t start_of(lua_Integer init, std::size_t length) {
  if (init > 0) {
    return static_cast<std::size_t>(init) - 1;
  }
  if (init == 0 || init < -static_cast<lua_Integer>(length)) {
    return 0;
  }
  return length - static_cast<std::size_t>(-init);
}

/// The first place from `begin` on where the pattern matches; charges the steps. False when there is none.
bool search(lua_State* lua, PatternMatcher& matcher, bool at_start, std::size_t length, std::size_t& begin) {
  const std::uint64_t before = matcher.steps_used();
  while (true) {
    const Outcome outcome = matcher.match_at(begin);
    if (outcome == Outcome::failed && !at_start && begin < length) {
      ++begin;
      continue;
    }
    // Running out of steps leaves none in the budget either, so this one more ends the script.
    charge(lua, matcher.steps_used() - before + (outcome == Outcome::out_of_steps ? 1 : 0));
    return outcome == Outcome::matched;
  }
}

/// Pushes capture `index`, or the whole match when the pattern has no captures and the first is wanted.
void push_capture(lua_State* lua, const PatternMatcher& matcher, std::string_view subject, std::size_t begin,
                  std::size_t index) {
  if (index >= matcher.captures()) {
    if (index != 0) {
      throw mmu::UserError("invalid capture index %" + std::to_string(index + 1));
    }
    push(lua, subject.substr(begin, matcher.end() - begin));
    return;
  }
  const PatternMatcher::Capture capture = matcher.capture(index);
  if (capture.is_position) {
    lua_pushinteger(lua, static_cast<lua_Integer>(capture.begin) + 1);
  } else {
    push(lua, subject.substr(capture.begin, capture.length));
  }
}

/// Pushes all captures, or the whole match when `or_whole` and there are none; returns how many.
int push_captures(lua_State* lua, const PatternMatcher& matcher, std::string_view subject, std::size_t begin,
                  bool or_whole) {
  const std::size_t count = matcher.captures() == 0 && or_whole ? 1 : matcher.captures();
  luaL_checkstack(lua, static_cast<int>(count), "too many captures");
  for (std::size_t i = 0; i < count; ++i) {
    push_capture(lua, matcher, subject, begin, i);
  }
  return static_cast<int>(count);
}

int find_or_match(lua_State* lua, HostState& host, bool is_find) {
  const std::string_view subject = check_text(lua, 1);
  const std::string_view pattern = check_text(lua, 2);
  std::size_t begin = start_of(luaL_optinteger(lua, 3, 1), subject.size());
  if (begin > subject.size()) {
    lua_pushnil(lua);
    return 1;
  }
  const bool is_plain = lua_toboolean(lua, 4) != 0 || pattern.find_first_of("^$*+?.([%-") == pattern.npos;
  if (is_find && is_plain) {
    // At worst every place is compared in full, several characters at a time.
    const std::size_t rest = subject.size() - begin;
    charge(lua, pattern.size() > rest ? 0 : (rest - pattern.size() + 1) / 16 * (pattern.size() + 1));
    begin = subject.find(pattern, begin);
    if (begin == std::string_view::npos) {
      lua_pushnil(lua);
      return 1;
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(begin) + 1);
    lua_pushinteger(lua, static_cast<lua_Integer>(begin) + static_cast<lua_Integer>(pattern.size()));
    return 2;
  }
  const Anchored anchored = split_anchor(pattern);
  PatternMatcher matcher(subject, anchored.pattern, host.budget.work_left());
  if (!search(lua, matcher, anchored.at_start, subject.size(), begin)) {
    lua_pushnil(lua);
    return 1;
  }
  if (!is_find) {
    return push_captures(lua, matcher, subject, begin, true);
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(begin) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(matcher.end()));
  return 2 + push_captures(lua, matcher, subject, begin, false);
}

int string_find(lua_State* lua, HostState& host) {
  return find_or_match(lua, host, true);
}

int string_match(lua_State* lua, HostState& host) {
  return find_or_match(lua, host, false);
}

/// One step of gmatch. Upvalues: subject, pattern, where to go on, where the last match ended (-1: none yet).
int gmatch_step(lua_State* lua, HostState& host) {
  const std::string_view subject = check_text(lua, lua_upvalueindex(1));
  const std::string_view pattern = check_text(lua, lua_upvalueindex(2));
  const lua_Integer last_end = lua_tointeger(lua, lua_upvalueindex(4));
  auto begin = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
  PatternMatcher matcher(subject, pattern, host.budget.work_left());
  for (; begin <= subject.size() && search(lua, matcher, false, subject.size(), begin); ++begin) {
    const auto end = static_cast<lua_Integer>(matcher.end());
    if (end == last_end) {
      continue;  // An empty match right behind the last one is none.
    }
    lua_pushinteger(lua, end);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return push_captures(lua, matcher, subject, begin, true);
  }
  lua_pushnil(lua);
  return 1;
}

int string_gmatch(lua_State* lua, HostState&) {
  const std::string_view subject = check_text(lua, 1);
  luaL_checkstring(lua, 2);
  const std::size_t begin = start_of(luaL_optinteger(lua, 3, 1), subject.size());
  lua_settop(lua, 2);
  lua_pushinteger(lua, static_cast<lua_Integer>(std::min(begin, subject.size() + 1)));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, bind<gmatch_step>, 4);
  return 1;
}

/// Adds a replacement text, in which %0 to %9 stand for captures.
void add_replacement_text(lua_State* lua, luaL_Buffer& out, const PatternMatcher& matcher,
                          std::string_view subject, std::size_t begin) {
  const std::string_view text = check_text(lua, 3);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      luaL_addchar(&out, text[i]);
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == '%') {
      luaL_addchar(&out, '%');
    } else if (c == '0') {
      luaL_addlstring(&out, subject.data() + begin, matcher.end() - begin);
    } else if (c >= '1' && c <= '9') {
      push_capture(lua, matcher, subject, begin, static_cast<std::size_t>(c - '1'));
      luaL_tolstring(lua, -1, nullptr);
      lua_remove(lua, -2);
      luaL_addvalue(&out);
    } else {
      throw mmu::UserError("invalid use of '%' in replacement string");
    }
  }
}

/// Adds what replaces the present match; false when it is replaced by itself.
bool add_replacement(lua_State* lua, luaL_Buffer& out, const PatternMatcher& matcher,
                     std::string_view subject, std::size_t begin, int kind) {
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
    add_replacement_text(lua, out, matcher, subject, begin);
    return true;
  }
  if (kind == LUA_TFUNCTION) {
    lua_pushvalue(lua, 3);
    const int captures = push_captures(lua, matcher, subject, begin, true);
    lua_call(lua, captures, 1);
  } else {
    push_capture(lua, matcher, subject, begin, 0);
    lua_gettable(lua, 3);
  }
  if (lua_toboolean(lua, -1) == 0) {
    lua_pop(lua, 1);
    luaL_addlstring(&out, subject.data() + begin, matcher.end() - begin);
    return false;
  }
  if (lua_isstring(lua, -1) == 0) {
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  luaL_addvalue(&out);
  return true;
}

int string_gsub(lua_State* lua, HostState& host) {
  const std::string_view subject = check_text(lua, 1);
  const Anchored anchored = split_anchor(check_text(lua, 2));
  const int kind = lua_type(lua, 3);
  luaL_argexpected(lua,
                   kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE,
                   3, "string/function/table");
  if (kind == LUA_TNUMBER) {
    luaL_checkstring(lua, 3);  // Makes it a string in place.
  }
  const lua_Integer most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  lua_Integer count = 0;
  std::size_t copied = 0;
  std::size_t begin = 0;
  bool changed = false;
  std::size_t last_end = subject.size() + 1;  // None yet.
  while (count < most && begin <= subject.size()) {
    PatternMatcher matcher(subject, anchored.pattern, host.budget.work_left());
    if (!search(lua, matcher, anchored.at_start, subject.size(), begin)) {
      break;
    }
    if (matcher.end() != last_end) {
      luaL_addlstring(&out, subject.data() + copied, begin - copied);
      changed = add_replacement(lua, out, matcher, subject, begin, kind) || changed;
      ++count;
      copied = last_end = matcher.end();
    }
    // After an empty match, the next one begins a character later.
    begin = matcher.end() > begin ? matcher.end() : begin + 1;
    if (anchored.at_start) {
      break;
    }
  }
  luaL_addlstring(&out, subject.data() + copied, subject.size() - copied);
  luaL_pushresult(&out);
  if (!changed) {
    lua_pushvalue(lua, 1);
  }
  lua_pushinteger(lua, count);
  return 2;
}

/// Calls the library's own function, an upvalue, on the arguments.
int call_original(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

int string_rep(lua_State* lua, HostState&) {
  const std::size_t length = check_text(lua, 1).size() + std::string_view(luaL_optstring(lua, 3, "")).size();
  const lua_Integer count = luaL_checkinteger(lua, 2);
  if (length == 0 || count <= 0) {
    lua_pushstring(lua, "");
    return 1;
  }
  charge(lua, static_cast<std::uint64_t>(count) / 4);  // One copy each; the allocation is charged by itself.
  return call_original(lua);
}

/// Lua's format, for which objects are texts already.
int string_format(lua_State* lua, HostState&) {
  const std::string_view format = check_text(lua, 1);
  int argument = 1;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      continue;
    }
    if (++i < format.size() && format[i] == '%') {
      continue;
    }
    i = std::min(format.find_first_not_of("-+ #0123456789.", i), format.size());
    ++argument;
    if (i < format.size() && format[i] == 'p') {
      return luaL_error(lua, "no %%p here: addresses differ from run to run");
    }
    if (i < format.size() && format[i] == 's' && argument <= lua_gettop(lua)) {
      push_text(lua, argument);
      lua_replace(lua, argument);
    }
  }
  return call_original(lua);
}

constexpr std::array kKept = {"byte", "char", "len", "lower", "reverse", "sub", "upper"};
constexpr std::array kOwn = {luaL_Reg{"find", bind<string_find>}, luaL_Reg{"gmatch", bind<string_gmatch>},
                             luaL_Reg{"gsub", bind<string_gsub>}, luaL_Reg{"match", bind<string_match>},
                             luaL_Reg{nullptr, nullptr}};
constexpr std::array kWrapped = {luaL_Reg{"format", bind<string_format>}, luaL_Reg{"rep", bind<string_rep>}};

}  // namespace

void open_string_library(lua_State* lua) {
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
  lua_newtable(lua);
  for (const char* const name : kKept) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  luaL_setfuncs(lua, kOwn.data(), 0);
  for (const luaL_Reg& function : kWrapped) {
    lua_getfield(lua, -2, function.name);
    lua_pushcclosure(lua, function.func, 1);
    lua_setfield(lua, -2, function.name);
  }
  // Methods of strings, as in s:find(p), are looked up in the same table.
  lua_pushstring(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, "string");
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
  lua_setglobal(lua, LUA_STRLIBNAME);
  lua_pop(lua, 1);
}

}  // namespace p9mmu::workloads
