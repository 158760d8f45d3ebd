// What is left of Lua's base library in the sandbox: nothing that reads files, loads code, or shows
// addresses, hash order or the collector; and pcall lets the ends of scripts through.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <string>

#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

constexpr std::array<const char*, 13> kKept = {"_G",     "_VERSION", "assert", "error",  "getmetatable",
                                               "ipairs", "rawequal", "rawget", "rawlen", "rawset",
                                               "select", "tonumber", "type"};

/// A key of a table, comparable: numbers first, then strings, then booleans.
struct Key {
  int kind = 0;
  bool is_integer = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

enum : int { kNumber, kString, kBoolean };

/// Whether integer `i` is less than `x`, exactly; a conversion to double would round.
bool less(std::int64_t i, double x) {
  if (x >= 0x1p63) {
    return true;
  }
  return x > -0x1p63 && i < static_cast<std::int64_t>(std::ceil(x));
}

bool greater(std::int64_t i, double x) {
  if (x < -0x1p63) {
    return true;
  }
  return x < 0x1p63 && i > static_cast<std::int64_t>(std::floor(x));
}

bool operator<(const Key& a, const Key& b) {
  if (a.kind != b.kind) {
    return a.kind < b.kind;
  }
  if (a.kind == kString) {
    return a.text < b.text;
  }
  if (a.is_integer && b.is_integer) {
    return a.integer < b.integer;
  }
  if (a.is_integer) {
    return less(a.integer, b.real);
  }
  return b.is_integer ? greater(b.integer, a.real) : a.real < b.real;
}

/// The value at `index` as a key; an error for one that has no order from run to run.
Key key_at(lua_State* lua, int index) {
  Key key;
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
      key.kind = kNumber;
      key.is_integer = lua_isinteger(lua, index) != 0;
      key.integer = key.is_integer ? lua_tointeger(lua, index) : 0;
      key.real = key.is_integer ? 0 : lua_tonumber(lua, index);
      return key;
    case LUA_TSTRING: {
      std::size_t length = 0;
      const char* const text = lua_tolstring(lua, index, &length);
      key.kind = kString;
      key.text = std::string_view(text, length);
      return key;
    }
    case LUA_TBOOLEAN:
      key.kind = kBoolean;
      key.is_integer = true;
      key.integer = lua_toboolean(lua, index);
      return key;
    default:
      luaL_error(lua, "a table with a %s as key cannot be traversed: its order would differ from run to run",
                 luaL_typename(lua, index));
      return key;
  }
}

/// The keys of the table at `index`, in no order. The texts live as long as the table is not changed.
std::vector<Key> keys_of(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  std::vector<Key> keys;
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    keys.push_back(key_at(lua, -2));
  }
  charge(lua, 4 * keys.size());
  return keys;
}

std::vector<Key> sorted_keys(lua_State* lua, int index) {
  std::vector<Key> keys = keys_of(lua, index);
  charge(lua, keys.size() * static_cast<std::uint64_t>(std::bit_width(keys.size())));
  std::sort(keys.begin(), keys.end());
  return keys;
}

void push_key(lua_State* lua, const Key& key) {
  if (key.kind == kString) {
    push(lua, key.text);
  } else if (key.kind == kBoolean) {
    lua_pushboolean(lua, static_cast<int>(key.integer));
  } else if (key.is_integer) {
    lua_pushinteger(lua, key.integer);
  } else {
    lua_pushnumber(lua, key.real);
  }
}

int base_next(lua_State* lua, HostState&) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  const std::vector<Key> keys = keys_of(lua, 1);
  charge(lua, 12 * keys.size());
  const bool from_start = lua_isnil(lua, 2);
  const Key last = from_start ? Key() : key_at(lua, 2);
  const Key* following = nullptr;
  for (const Key& key : keys) {
    if ((from_start || last < key) && (following == nullptr || key < *following)) {
      following = &key;
    }
  }
  if (following == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  push_key(lua, *following);
  lua_pushvalue(lua, -1);
  lua_rawget(lua, 1);
  return 2;
}

/// One step of a traversal. Upvalues: the keys in order, how many of them are done.
int pairs_step(lua_State* lua, HostState&) {
  lua_Integer done = lua_tointeger(lua, lua_upvalueindex(2));
  while (true) {
    ++done;
    lua_pushinteger(lua, done);
    lua_replace(lua, lua_upvalueindex(2));
    if (lua_rawgeti(lua, lua_upvalueindex(1), done) == LUA_TNIL) {
      return 1;
    }
    lua_pushvalue(lua, -1);
    // A key that has been cleared since the traversal began is passed over, as Lua's own does.
    if (lua_rawget(lua, 1) != LUA_TNIL) {
      return 2;
    }
    lua_pop(lua, 2);
  }
}

int base_pairs(lua_State* lua, HostState&) {
  luaL_checkany(lua, 1);
  if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 3);
    return 3;
  }
  luaL_checktype(lua, 1, LUA_TTABLE);
  const std::vector<Key> keys = sorted_keys(lua, 1);
  lua_createtable(lua, static_cast<int>(keys.size()), 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    push_key(lua, keys[i]);
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, bind<pairs_step>, 2);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

int base_setmetatable(lua_State* lua, HostState&) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, lua_isnil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(lua, "cannot change a protected metatable");
  }
  if (lua_istable(lua, 2)) {
    for (const char* const refused : {"__gc", "__mode"}) {
      lua_pushstring(lua, refused);
      if (lua_rawget(lua, 2) != LUA_TNIL) {
        return luaL_error(lua, "no %s here: when the collector runs must not show in results", refused);
      }
      lua_pop(lua, 1);
    }
  }
  lua_settop(lua, 2);
  lua_setmetatable(lua, 1);
  return 1;
}

int base_tostring(lua_State* lua, HostState&) {
  luaL_checkany(lua, 1);
  push_text(lua, 1);
  return 1;
}

int base_print(lua_State* lua, HostState& host) {
  std::string line;
  const int arguments = lua_gettop(lua);
  for (int i = 1; i <= arguments; ++i) {
    push_text(lua, i);
    line += i > 1 ? "\t" : "";
    line += check_text(lua, -1);
    lua_pop(lua, 1);
  }
  charge(lua, line.size());
  host.print(line);
  return 0;
}

/// What pcall and xpcall return: `below` values of theirs lie under the results, the true among them not
/// counted.
int protected_call_ended(lua_State* lua, int status, lua_KContext below) {
  if (status == LUA_OK || status == LUA_YIELD) {
    return lua_gettop(lua) - static_cast<int>(below);
  }
  rethrow_if_fatal(lua, status);
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

int base_pcall(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  const int status = lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, protected_call_ended);
  return protected_call_ended(lua, status, 0);
}

/// Stands for the script's handler (an upvalue). The hook is off while a handler runs for an error that the
/// hook itself has raised, so the script's must not run then.
int handle_error(lua_State* lua) {
  if (!state_of(lua).fatal) {
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 1, 1);
  }
  return 1;
}

int base_xpcall(lua_State* lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  const int arguments = lua_gettop(lua) - 2;
  lua_pushvalue(lua, 2);
  lua_pushcclosure(lua, handle_error, 1);
  lua_replace(lua, 2);
  lua_pushboolean(lua, 1);
  lua_pushvalue(lua, 1);
  lua_rotate(lua, 3, 2);
  const int status = lua_pcallk(lua, arguments, LUA_MULTRET, 2, 2, protected_call_ended);
  return protected_call_ended(lua, status, 2);
}

constexpr std::array kReplaced = {luaL_Reg{"next", bind<base_next>},
                                  luaL_Reg{"pairs", bind<base_pairs>},
                                  luaL_Reg{"pcall", base_pcall},
                                  luaL_Reg{"print", bind<base_print>},
                                  luaL_Reg{"setmetatable", bind<base_setmetatable>},
                                  luaL_Reg{"tostring", bind<base_tostring>},
                                  luaL_Reg{"xpcall", base_xpcall}};

/// Upvalues: what a field is called. The known names are those that the table has.
int unknown_field(lua_State* lua, HostState&) {
  const char* const what = lua_tostring(lua, lua_upvalueindex(1));
  if (lua_type(lua, 2) != LUA_TSTRING) {
    return luaL_error(lua, "there is no %s of that kind: a %s", what, luaL_typename(lua, 2));
  }
  std::vector<std::string> known;
  for (const Key& key : sorted_keys(lua, 1)) {
    if (key.kind == kString) {
      known.emplace_back(key.text);
    }
  }
  const std::string name(check_text(lua, 2));
  throw mmu::UserError("there is no " + std::string(what) + " '" + name + "'" +
                       mmu::did_you_mean(name, known));
}

/// As unknown_field, for an object; the methods are an upvalue.
int find_method(lua_State* lua, HostState& host) {
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(2)) != LUA_TNIL) {
    return 1;
  }
  lua_pushvalue(lua, lua_upvalueindex(2));
  lua_replace(lua, 1);
  return unknown_field(lua, host);
}

}  // namespace

void make_strict(lua_State* lua, const char* what) {
  lua_createtable(lua, 0, 2);
  lua_pushstring(lua, what);
  lua_pushcclosure(lua, bind<unknown_field>, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, what);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

void push_class(lua_State* lua, const char* name, const luaL_Reg* methods) {
  luaL_newmetatable(lua, name);
  lua_pushstring(lua, (std::string(name) + " method").c_str());
  lua_newtable(lua);
  luaL_setfuncs(lua, methods, 0);
  lua_pushcclosure(lua, bind<find_method>, 2);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, name);
  lua_setfield(lua, -2, "__metatable");
}

void open_base_library(lua_State* lua) {
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
  lua_pop(lua, 1);
  lua_pushglobaltable(lua);
  for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
    const std::string_view name = check_text(lua, -2);
    if (std::find(kKept.begin(), kKept.end(), name) == kKept.end()) {
      lua_pushvalue(lua, -2);
      lua_pushnil(lua);
      lua_rawset(lua, -5);  // Clearing a field that exists is allowed during a traversal.
    }
  }
  for (const luaL_Reg& function : kReplaced) {
    lua_pushcfunction(lua, function.func);
    lua_setfield(lua, -2, function.name);
  }
  lua_pop(lua, 1);
}

}  // namespace p9mmu::workloads
