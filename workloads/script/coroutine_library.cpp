// Coroutines of the script's own, inside of its main chunk or of one thread. A timed request made in one
// passes through all that wait for it up to the thread. There is no way here to get hold of a thread's own
// coroutine.
#include <array>

#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

int go_on(lua_State* lua, lua_State* coroutine, int arguments, bool is_wrapped);

lua_State* check_coroutine(lua_State* lua) {
  luaL_argexpected(lua, lua_isthread(lua, 1), 1, "coroutine");
  return lua_tothread(lua, 1);
}

int after_request_in_resume(lua_State* lua, int, lua_KContext) {
  lua_State* const coroutine = lua_tothread(lua, 1);
  state_of(lua).waiting.erase(coroutine);
  return go_on(lua, coroutine, 0, false);
}

int after_request_in_wrap(lua_State* lua, int, lua_KContext) {
  lua_State* const coroutine = lua_tothread(lua, lua_upvalueindex(1));
  state_of(lua).waiting.erase(coroutine);
  return go_on(lua, coroutine, 0, true);
}

/// Resumes `coroutine` and returns what coroutine.resume, or a wrapped coroutine, is to return.
int go_on(lua_State* lua, lua_State* coroutine, int arguments, bool is_wrapped) {
  HostState& host = state_of(lua);
  if (host.waiting.contains(coroutine)) {
    return luaL_error(lua, "cannot resume a coroutine that waits for a timed request");
  }
  if (lua_checkstack(coroutine, arguments) == 0) {
    return luaL_error(lua, "too many arguments to resume");
  }
  lua_xmove(lua, coroutine, arguments);
  int results = 0;
  const int status = lua_resume(coroutine, lua, arguments, &results);
  if (status == LUA_YIELD && host.pending) {
    if (lua_isyieldable(lua) == 0) {
      host.pending.reset();
      return luaL_error(lua,
                        "this takes simulated time, which a callback of sort, gsub or a metamethod cannot");
    }
    if (lua != host.running->coroutine) {
      host.waiting.insert(lua);
    }
    return lua_yieldk(lua, 0, 0, is_wrapped ? after_request_in_wrap : after_request_in_resume);
  }
  if (status != LUA_OK && status != LUA_YIELD) {
    rethrow_if_fatal(lua, status);
    if (is_wrapped) {
      lua_xmove(coroutine, lua, 1);
      return lua_error(lua);
    }
    // In this order, for a coroutine that tries to resume itself has but one stack.
    lua_xmove(coroutine, lua, 1);
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
  }
  luaL_checkstack(lua, results + 1, "too many results to resume");
  if (!is_wrapped) {
    lua_pushboolean(lua, 1);
  }
  lua_xmove(coroutine, lua, results);
  return results + (is_wrapped ? 0 : 1);
}

int coroutine_create(lua_State* lua, HostState&) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  // A new coroutine counts its instructions from 0, so some of the last interval would go uncounted.
  charge(lua, kHookInterval);
  lua_State* const coroutine = lua_newthread(lua);
  lua_pushvalue(lua, 1);
  lua_xmove(lua, coroutine, 1);
  return 1;
}

int coroutine_resume(lua_State* lua, HostState&) {
  lua_State* const coroutine = check_coroutine(lua);
  return go_on(lua, coroutine, lua_gettop(lua) - 1, false);
}

int resume_wrapped(lua_State* lua, HostState&) {
  return go_on(lua, lua_tothread(lua, lua_upvalueindex(1)), lua_gettop(lua), true);
}

int coroutine_wrap(lua_State* lua, HostState& host) {
  coroutine_create(lua, host);
  lua_pushcclosure(lua, bind<resume_wrapped>, 1);
  return 1;
}

int coroutine_yield(lua_State* lua, HostState& host) {
  if (lua == host.main_coroutine || (host.running != nullptr && lua == host.running->coroutine)) {
    return luaL_error(lua, "attempt to yield from outside a coroutine");
  }
  return lua_yield(lua, lua_gettop(lua));
}

int coroutine_status(lua_State* lua, HostState&) {
  lua_State* const coroutine = check_coroutine(lua);
  const char* status = "dead";
  if (lua == coroutine) {
    status = "running";
  } else if (lua_status(coroutine) == LUA_YIELD) {
    status = "suspended";
  } else if (lua_status(coroutine) == LUA_OK) {
    lua_Debug record{};
    if (lua_getstack(coroutine, 0, &record) != 0) {
      status = "normal";
    } else if (lua_gettop(coroutine) > 0) {
      status = "suspended";
    }
  }
  lua_pushstring(lua, status);
  return 1;
}

constexpr std::array kFunctions = {
    luaL_Reg{"create", bind<coroutine_create>}, luaL_Reg{"resume", bind<coroutine_resume>},
    luaL_Reg{"status", bind<coroutine_status>}, luaL_Reg{"wrap", bind<coroutine_wrap>},
    luaL_Reg{"yield", bind<coroutine_yield>},   luaL_Reg{nullptr, nullptr}};

}  // namespace

void open_coroutine_library(lua_State* lua) {
  lua_newtable(lua);
  luaL_setfuncs(lua, kFunctions.data(), 0);
  lua_setglobal(lua, "coroutine");
}

}  // namespace p9mmu::workloads
