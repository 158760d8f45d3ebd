// Lua's tables in the sandbox. Sorting is stable and the same everywhere (Lua's own picks pivots by the
// clock), and what the others do by looping outside of the interpreter is charged.
#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

/// The length of the table at 1. One whose length is the script's own function could have any, so it is
/// refused.
lua_Integer checked_length(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (luaL_getmetafield(lua, 1, "__len") != LUA_TNIL) {
    luaL_error(lua, "table functions do not take tables with __len");
  }
  return static_cast<lua_Integer>(lua_rawlen(lua, 1));
}

/// Charges one unit for each element of [first, last].
void charge_range(lua_State* lua, lua_Integer first, lua_Integer last) {
  if (first <= last) {
    const std::uint64_t span = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
    charge(lua, span);
  }
}

int call_original(lua_State* lua) {
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int table_concat(lua_State* lua, HostState&) {
  const lua_Integer length = checked_length(lua);
  charge_range(lua, luaL_optinteger(lua, 3, 1), luaL_optinteger(lua, 4, length));
  return call_original(lua);
}

int table_insert(lua_State* lua, HostState&) {
  const lua_Integer length = checked_length(lua);
  if (lua_gettop(lua) == 3) {
    charge_range(lua, luaL_checkinteger(lua, 2), length);
  }
  return call_original(lua);
}

int table_remove(lua_State* lua, HostState&) {
  const lua_Integer length = checked_length(lua);
  if (lua_gettop(lua) > 1) {
    charge_range(lua, luaL_checkinteger(lua, 2), length);
  }
  return call_original(lua);
}

int table_move(lua_State* lua, HostState&) {
  charge_range(lua, luaL_checkinteger(lua, 2), luaL_checkinteger(lua, 3));
  return call_original(lua);
}

int table_unpack(lua_State* lua, HostState&) {
  const lua_Integer length = checked_length(lua);
  charge_range(lua, luaL_optinteger(lua, 2, 1), luaL_optinteger(lua, 3, length));
  return call_original(lua);
}

/// Whether the value at `a` goes before that at `b`; the function at 2 decides if there is one.
bool goes_before(lua_State* lua, int a, int b) {
  if (lua_isnil(lua, 2)) {
    return lua_compare(lua, a, b, LUA_OPLT) != 0;
  }
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, a - 1);
  lua_pushvalue(lua, b - 2);
  lua_call(lua, 2, 1);
  const bool before = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return before;
}

/// Merges [left, middle) and [middle, right) of the table at `from` into the one at `to`.
void merge(lua_State* lua, int from, int to, lua_Integer left, lua_Integer middle, lua_Integer right) {
  lua_Integer a = left;
  lua_Integer b = middle;
  for (lua_Integer out = left; out < right; ++out) {
    bool take_b = a == middle;
    if (a < middle && b < right) {
      lua_rawgeti(lua, from, b);
      lua_rawgeti(lua, from, a);
      take_b = goes_before(lua, -2, -1);
      lua_pop(lua, 2);
    }
    lua_rawgeti(lua, from, take_b ? b++ : a++);
    lua_rawseti(lua, to, out);
  }
}

int table_sort(lua_State* lua, HostState&) {
  const lua_Integer length = checked_length(lua);
  lua_settop(lua, 2);
  if (!lua_isnil(lua, 2)) {
    luaL_checktype(lua, 2, LUA_TFUNCTION);
  }
  // Sorts copies at 3 and 4 in turns, so that a comparison which looks at the table sees it whole.
  lua_newtable(lua);
  lua_newtable(lua);
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(lua, 1, i);
    lua_rawseti(lua, 3, i);
  }
  int from = 3;
  int to = 4;
  for (lua_Integer width = 1; width < length; width *= 2) {
    charge(lua, 4 * static_cast<std::uint64_t>(length));
    for (lua_Integer left = 1; left <= length; left += 2 * width) {
      const lua_Integer middle = std::min(left + width, length + 1);
      merge(lua, from, to, left, middle, std::min(left + 2 * width, length + 1));
    }
    std::swap(from, to);
  }
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(lua, from, i);
    lua_rawseti(lua, 1, i);
  }
  return 0;
}

constexpr std::array kWrapped = {luaL_Reg{"concat", bind<table_concat>},
                                 luaL_Reg{"insert", bind<table_insert>}, luaL_Reg{"move", bind<table_move>},
                                 luaL_Reg{"remove", bind<table_remove>},
                                 luaL_Reg{"unpack", bind<table_unpack>}};

}  // namespace

void open_table_library(lua_State* lua) {
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
  for (const luaL_Reg& function : kWrapped) {
    lua_getfield(lua, -1, function.name);
    lua_pushcclosure(lua, function.func, 1);
    lua_setfield(lua, -2, function.name);
  }
  lua_pushcfunction(lua, bind<table_sort>);
  lua_setfield(lua, -2, "sort");
  lua_pop(lua, 1);
}

}  // namespace p9mmu::workloads
