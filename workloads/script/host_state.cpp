#include "workloads/script/host_state.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace p9mmu::workloads {
namespace {

/// In Lua's registry: the numbers that stand for addresses in texts, by object.
constexpr const char* kObjectNumbers = "p9mmu.object_numbers";

void print_to_stderr(std::string_view line) {
  std::cerr << line << '\n';
}

std::string readable_bytes(std::size_t bytes) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  return bytes % kMiB == 0 ? std::to_string(bytes / kMiB) + " MiB" : std::to_string(bytes) + " bytes";
}

/// Pushes the number of the object at `index`, a new one if it has none yet.
void push_object_number(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  if (luaL_getsubtable(lua, LUA_REGISTRYINDEX, kObjectNumbers) == 0) {
    // Weak keys: a number does not keep its object alive.
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, "k");
    lua_setfield(lua, -2, "__mode");
    lua_setmetatable(lua, -2);
  }
  lua_pushvalue(lua, index);
  if (lua_rawget(lua, -2) == LUA_TNIL) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, index);
    lua_pushinteger(lua, ++state_of(lua).objects_named);
    lua_rawset(lua, -3);
    lua_pushvalue(lua, index);
    lua_rawget(lua, -2);
  }
  lua_remove(lua, -2);
}

}  // namespace

HostState::HostState(World& the_world, const Limits& limits, std::uint64_t the_seed,
                     const std::map<std::string, std::string>& given_options, LuaHost::Print the_print)
    : world(the_world),
      budget(limits.memory_bytes, limits.instructions),
      seed(the_seed),
      given(given_options),
      print(the_print ? std::move(the_print) : LuaHost::Print(print_to_stderr)),
      main_random(the_seed, 0) {}

HostState& state_of(lua_State* lua) {
  return **static_cast<HostState**>(lua_getextraspace(lua));
}

int current_line(lua_State* lua) {
  lua_Debug record{};
  for (int level = 0; lua_getstack(lua, level, &record) == 1; ++level) {
    lua_getinfo(lua, "l", &record);
    if (record.currentline > 0) {
      return record.currentline;
    }
  }
  return 0;
}

void end_script(lua_State* lua, const std::string& reason) {
  HostState& host = state_of(lua);
  if (!host.fatal) {
    host.fatal = mmu::UserError(host.script_path, current_line(lua), reason).what();
  }
  // The error's value has to take no memory, for there may be none left.
  lua_pushnil(lua);
  lua_error(lua);
  std::abort();  // lua_error does not return, but is not declared so.
}

void charge(lua_State* lua, std::uint64_t work) {
  HostState& host = state_of(lua);
  if (!host.budget.charge(work)) {
    end_script(lua, bound_exceeded(host));
  }
}

std::string bound_exceeded(const HostState& host) {
  const std::string bound =
      host.budget.spent()
          ? "has run more than " + std::to_string(host.budget.work_limit()) + " instructions"
          : "needs more than " + readable_bytes(host.budget.memory_limit_bytes()) + " of memory";
  return "the script " + bound + ", the bound for a script and its threads";
}

void rethrow_if_fatal(lua_State* lua, int status) {
  HostState& host = state_of(lua);
  if (status == LUA_ERRMEM || host.fatal) {
    end_script(lua, bound_exceeded(host));
  }
}

int make_request(lua_State* lua, Call call, lua_KContext context, lua_KFunction then) {
  HostState& host = state_of(lua);
  if (host.running == nullptr) {
    luaL_error(lua, "only a thread can do this, not the main chunk; see spawn");
  }
  if (lua_isyieldable(lua) == 0) {
    luaL_error(lua, "this takes simulated time, which a callback of sort, gsub or a metamethod cannot");
  }
  host.pending = std::move(call);
  if (lua != host.running->coroutine) {
    host.waiting.insert(lua);
  }
  return lua_yieldk(lua, 0, context, then);
}

void push_text(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  if (luaL_callmeta(lua, index, "__tostring") != 0) {
    if (lua_isstring(lua, -1) == 0) {
      luaL_error(lua, "'__tostring' must return a string");
    }
    return;
  }
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
      if (std::isnan(lua_tonumber(lua, index))) {
        lua_pushstring(lua, "nan");  // The C library may write a sign, and that differs between machines.
        return;
      }
      [[fallthrough]];
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TSTRING:
      luaL_tolstring(lua, index, nullptr);
      return;
    default:
      break;
  }
  if (luaL_getmetafield(lua, index, "__name") != LUA_TSTRING) {
    lua_pushstring(lua, luaL_typename(lua, index));
  }
  push_object_number(lua, index);
  lua_pushfstring(lua, "%s: %I", lua_tostring(lua, -2), lua_tointeger(lua, -1));
}

std::string_view check_text(lua_State* lua, int index) {
  std::size_t length = 0;
  const char* const text = luaL_checklstring(lua, index, &length);
  return {text, length};
}

void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

}  // namespace p9mmu::workloads
