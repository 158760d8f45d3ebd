// What the files of the Lua host share: the state behind LuaHost, how a Lua function finds it, how C++ errors
// become Lua's. Lua is compiled as C++ here, so a Lua error is an exception that runs destructors; never
// catch
// (...) around a call of Lua. Not for use outside workloads/script.
#pragma once

#include <cstdint>
#include <deque>
#include <lua.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mmu/error.h"
#include "workloads/script/budget.h"
#include "workloads/script/call.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/options.h"
#include "workloads/script/random.h"
#include "workloads/script/world.h"

namespace p9mmu::workloads {

/// The hook counts this many instructions at a time.
inline constexpr int kHookInterval = 1000;

/// A software thread of the script. Its random numbers are its own, so that they do not depend on the order
/// in which threads run.
struct ScriptThread {
  SpawnedThread spawned;
  lua_State* coroutine = nullptr;
  int reference = 0;  ///< keeps the coroutine alive in Lua's registry
  bool started = false;
  bool finished = false;
  std::vector<std::string> measuring;  ///< phases begun and not ended, outermost first
  Random random;
};

struct CloseLua {
  void operator()(lua_State* lua) const { lua_close(lua); }
};

struct HostState {
  HostState(World& the_world, const Limits& limits, std::uint64_t the_seed,
            const std::map<std::string, std::string>& given_options, LuaHost::Print the_print);

  World& world;
  Budget budget;
  std::uint64_t seed;
  std::map<std::string, std::string> given;
  LuaHost::Print print;

  std::string script_path;  ///< as the user gave it, for errors
  std::string chunk_name;   ///< what Lua puts before its messages: the file's name without directories
  std::vector<OptionDeclared> options;
  std::vector<Published> published;
  std::vector<std::string> assumptions;

  std::deque<ScriptThread> threads;
  std::size_t threads_told = 0;
  ScriptThread* running = nullptr;  ///< null in the main chunk
  std::optional<Call> pending;      ///< the request for which a coroutine has just yielded
  /// Coroutines that have passed a request on to their thread and wait for it.
  std::set<const lua_State*> waiting;
  Random main_random;
  std::int64_t objects_named = 0;  ///< objects that tostring has given a number
  /// Why the script must end whatever it catches; complete, with file and line.
  std::optional<std::string> fatal;

  lua_State* main_coroutine = nullptr;
  std::unique_ptr<lua_State, CloseLua> lua;  // Last, so that it goes first: closing it uses the budget.

  [[nodiscard]] Random& random() { return running == nullptr ? main_random : running->random; }
};

/// The state of the host that `lua` belongs to.
[[nodiscard]] HostState& state_of(lua_State* lua);

/// The line of the innermost Lua function that runs on `lua`; 0 when none does.
[[nodiscard]] int current_line(lua_State* lua);

/// Ends the script for `reason`, whatever it catches. The first reason stays.
[[noreturn]] void end_script(lua_State* lua, const std::string& reason);

/// Charges work that the instruction hook does not see; ends the script when the budget is spent.
void charge(lua_State* lua, std::uint64_t work);

/// The reason for ending a script that has used up its instructions, or else its memory.
[[nodiscard]] std::string bound_exceeded(const HostState& host);

/// Goes on with an error that has been caught on behalf of the script if the script must not see it.
void rethrow_if_fatal(lua_State* lua, int status);

/// A request leaves the coroutine `lua` for whoever resumed it; what follows is `then`.
int make_request(lua_State* lua, Call call, lua_KContext context, lua_KFunction then);

/// Pushes what tostring gives for the value at `index`: as Lua, but a number for an object, not its address.
void push_text(lua_State* lua, int index);

/// The string at `index`, which must be one (or a number, as everywhere in Lua).
[[nodiscard]] std::string_view check_text(lua_State* lua, int index);

void push(lua_State* lua, std::string_view text);

/// Makes a C++ function a Lua function; a user's mistake becomes a Lua error with the script's line.
template <int (*kFunction)(lua_State*, HostState&)>
int bind(lua_State* lua) {
  std::string problem;
  try {
    return kFunction(lua, state_of(lua));
  } catch (const mmu::UserError& error) {
    problem = error.what();
  }
  return luaL_error(lua, "%s", problem.c_str());
}

// Each of these registers one part of what a script sees; the base library comes first.
void open_base_library(lua_State* lua);
void open_string_library(lua_State* lua);
void open_table_library(lua_State* lua);
void open_math_library(lua_State* lua);
void open_coroutine_library(lua_State* lua);
void open_option_bindings(lua_State* lua);
void open_machine_bindings(lua_State* lua);
/// After the machine's.
void open_guest_bindings(lua_State* lua);
void open_thread_bindings(lua_State* lua);

/// Makes reading an unknown field of the table on the top an error that names the nearest known one; `what`
/// is what a field is called there.
void make_strict(lua_State* lua, const char* what);

/// Pushes a new metatable of that name whose objects have `methods`; an unknown one is an error.
void push_class(lua_State* lua, const char* name, const luaL_Reg* methods);

/// The names in the bindings' tables, each with the prefix that a script writes before it.
[[nodiscard]] std::vector<std::string> option_names();
[[nodiscard]] std::vector<std::string> machine_names();
[[nodiscard]] std::vector<std::string> guest_names();
[[nodiscard]] std::vector<std::string> thread_names();

}  // namespace p9mmu::workloads
