// Lua's mathematics with the run's own random numbers: math.random draws from the stream of the thread that
// calls it, and nothing can be seeded from time.
#include <array>

#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

/// Beside randomseed, what Lua 5.4 has only when it was built to be compatible with its past.
constexpr std::array kRemoved = {"randomseed", "atan2", "cosh", "frexp", "ldexp",
                                 "log10",      "pow",   "sinh", "tanh"};

int math_random(lua_State* lua, HostState& host) {
  lua_Integer least = 1;
  lua_Integer most = 0;
  switch (lua_gettop(lua)) {
    case 0:
      lua_pushnumber(lua, host.random().real());
      return 1;
    case 1:
      most = luaL_checkinteger(lua, 1);
      if (most == 0) {
        lua_pushinteger(lua, static_cast<lua_Integer>(host.random().next()));
        return 1;
      }
      break;
    case 2:
      least = luaL_checkinteger(lua, 1);
      most = luaL_checkinteger(lua, 2);
      break;
    default:
      return luaL_error(lua, "wrong number of arguments");
  }
  luaL_argcheck(lua, least <= most, lua_gettop(lua), "interval is empty");
  const std::uint64_t span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  const std::uint64_t drawn = host.random().below_or_equal(span);
  lua_pushinteger(lua, static_cast<lua_Integer>(static_cast<std::uint64_t>(least) + drawn));
  return 1;
}

}  // namespace

void open_math_library(lua_State* lua) {
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
  lua_pushcfunction(lua, bind<math_random>);
  lua_setfield(lua, -2, "random");
  for (const char* const name : kRemoved) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
  lua_pop(lua, 1);
}

}  // namespace p9mmu::workloads
