#include "workloads/script/lua_host.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "mmu/check.h"
#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr std::size_t kLongestScript = std::size_t{16} << 20;
/// Lua shortens names from here on.
constexpr std::size_t kLongestChunkName = LUA_IDSIZE - 1;

void count_instructions(lua_State* lua, lua_Debug*) {
  if (state_of(lua).budget.spent() || state_of(lua).fatal) {
    // From now on every instruction ends the script, wherever its errors are caught.
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, 1);
  }
  charge(lua, kHookInterval);
}

int open_sandbox(lua_State* lua) {
  open_base_library(lua);
  open_string_library(lua);
  open_table_library(lua);
  open_math_library(lua);
  open_coroutine_library(lua);
  open_option_bindings(lua);
  open_machine_bindings(lua);
  open_guest_bindings(lua);
  open_thread_bindings(lua);
  lua_pushglobaltable(lua);
  make_strict(lua, "variable");
  // The main chunk runs in a coroutine too: what ends it leaves the stack standing, and with it the line.
  state_of(lua).main_coroutine = lua_newthread(lua);
  luaL_ref(lua, LUA_REGISTRYINDEX);
  return 0;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

/// Throws what ended `coroutine`, whose stack still stands as it was then.
[[noreturn]] void throw_error(HostState& host, lua_State* coroutine, int status) {
  if (status == LUA_ERRMEM && !host.fatal) {
    host.fatal = UserError(host.script_path, current_line(coroutine), bound_exceeded(host)).what();
  }
  if (host.fatal) {
    throw UserError(on_one_line(*host.fatal));
  }
  std::string message = "error object is a " + std::string(luaL_typename(coroutine, -1)) + " value";
  if (lua_type(coroutine, -1) == LUA_TSTRING) {
    message = lua_tostring(coroutine, -1);
  }
  message = on_one_line(std::move(message));
  int line = current_line(coroutine);
  const std::string prefix = host.chunk_name + ":";
  if (message.starts_with(prefix)) {
    const std::size_t end = message.find_first_not_of("0123456789", prefix.size());
    if (end != std::string::npos && end > prefix.size() && message.compare(end, 2, ": ") == 0) {
      line = std::stoi(message.substr(prefix.size(), end - prefix.size()));
      message.erase(0, end + 2);
    }
  }
  throw UserError(host.script_path, line, message);
}

/// Runs `coroutine` until it yields or ends; false when it has ended.
bool run(HostState& host, lua_State* coroutine, int arguments) {
  int results = 0;
  const int status = lua_resume(coroutine, nullptr, arguments, &results);
  if (host.fatal || (status != LUA_OK && status != LUA_YIELD)) {
    throw_error(host, coroutine, status);
  }
  lua_pop(coroutine, results);
  return status == LUA_YIELD;
}

/// While it lives, `thread` is the one that runs.
class Running {
 public:
  Running(HostState& host, ScriptThread& thread) : host_(host) { host_.running = &thread; }
  ~Running() { host_.running = nullptr; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  HostState& host_;
};

void check_given_options(const HostState& host) {
  std::vector<std::string> declared;
  for (const OptionDeclared& option : host.options) {
    declared.push_back(option.name);
  }
  for (const auto& [name, value] : host.given) {
    if (std::find(declared.begin(), declared.end(), name) == declared.end()) {
      std::string known;
      for (const std::string& option : declared) {
        known += (known.empty() ? "; it has " : ", ") + option;
      }
      const std::string nearest = mmu::did_you_mean(name, declared);
      throw UserError(host.script_path + ": the script has no option '" + name + "'" +
                      (nearest.empty() ? known : nearest));
    }
  }
}

}  // namespace

LuaHost::LuaHost(World& world, const Limits& limits, std::uint64_t seed,
                 const std::map<std::string, std::string>& given_options, Print print)
    : state_(std::make_unique<HostState>(world, limits, seed, given_options, std::move(print))) {
  lua_State* const lua = lua_newstate(Budget::reallocate, &state_->budget);
  state_->lua.reset(lua);
  if (lua != nullptr) {
    *static_cast<HostState**>(lua_getextraspace(lua)) = state_.get();
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, kHookInterval);
    lua_pushcfunction(lua, open_sandbox);
  }
  if (lua == nullptr || lua_pcall(lua, 0, 0, 0) != LUA_OK) {
    throw UserError("before it has begun, " + bound_exceeded(*state_));
  }
  state_->budget.begin();
}

LuaHost::~LuaHost() = default;

std::string read_script(const std::string& path) {
  std::error_code error;
  const std::filesystem::path file(path);
  if (std::filesystem::is_directory(file, error)) {
    throw UserError(path + ": is a directory; expected a script");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::vector<std::string> scripts;
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      if (entry->path().extension() == ".lua") {
        scripts.push_back(entry->path().filename().string());
      }
    }
    std::sort(scripts.begin(), scripts.end());
    const std::string nearest = mmu::did_you_mean(file.filename().string(), scripts);
    throw UserError(
        path + ": no such script" +
        (nearest.empty() ? "; expected a path such as workloads/scripts/guest_teardown.lua" : nearest));
  }
  std::string text(kLongestScript + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLongestScript) {
    throw UserError(path + ": longer than " + std::to_string(kLongestScript >> 20) +
                    " MiB; expected a script");
  }
  return text;
}

void LuaHost::load_file(const std::string& path) {
  load_text(path, read_script(path));
}

void LuaHost::load_text(const std::string& path, std::string text) {
  HostState& host = *state_;
  P9MMU_CHECK(host.script_path.empty(), "script " << host.script_path << " is loaded already");
  host.script_path = path;
  if (text.starts_with('#')) {
    text.insert(0, "--");  // A line for the shell.
  }
  // The directory is not part of the name that the script can see, for results must not depend on it.
  host.chunk_name = std::filesystem::path(path).filename().string();
  if (host.chunk_name.size() >= kLongestChunkName) {
    host.chunk_name = "script.lua";
  }
  lua_State* const main = host.main_coroutine;
  const int status = luaL_loadbufferx(main, text.data(), text.size(), ("=" + host.chunk_name).c_str(), "t");
  if (status != LUA_OK) {
    throw_error(host, main, status);
  }
  const bool yielded = run(host, main, 0);
  P9MMU_CHECK(!yielded, "the main chunk of " << path << " has yielded");
  check_given_options(host);
}

std::vector<SpawnedThread> LuaHost::spawned() const {
  std::vector<SpawnedThread> all;
  for (const ScriptThread& thread : state_->threads) {
    all.push_back(thread.spawned);
  }
  return all;
}

std::vector<SpawnedThread> LuaHost::newly_spawned() {
  std::vector<SpawnedThread> fresh;
  for (std::size_t i = state_->threads_told; i < state_->threads.size(); ++i) {
    fresh.push_back(state_->threads[i].spawned);
  }
  state_->threads_told = state_->threads.size();
  return fresh;
}

std::optional<Call> LuaHost::resume(ThreadHandle thread) {
  HostState& host = *state_;
  P9MMU_CHECK(thread.value() < host.threads.size(), "no thread " << thread.value());
  P9MMU_CHECK(host.running == nullptr, "a thread is resumed while another runs");
  ScriptThread& script_thread = host.threads[thread.value()];
  if (script_thread.finished) {
    return std::nullopt;
  }
  bool yielded = false;
  {
    const Running running(host, script_thread);
    // The body's argument, the thread itself, lies on the stack when it has not started.
    yielded = run(host, script_thread.coroutine, script_thread.started ? 0 : 1);
  }
  script_thread.started = true;
  if (!yielded) {
    script_thread.finished = true;
    luaL_unref(host.lua.get(), LUA_REGISTRYINDEX, script_thread.reference);
    return std::nullopt;
  }
  P9MMU_CHECK(host.pending.has_value(), "thread " << thread.value() << " has yielded without a request");
  return std::exchange(host.pending, std::nullopt);
}

UserError LuaHost::at_request(ThreadHandle thread, const std::string& what) const {
  return UserError(state_->script_path, current_line(state_->threads[thread.value()].coroutine), what);
}

const std::vector<OptionDeclared>& LuaHost::options() const {
  return state_->options;
}

const std::vector<Published>& LuaHost::published() const {
  return state_->published;
}

const std::vector<std::string>& LuaHost::assumptions() const {
  return state_->assumptions;
}

std::vector<std::string> LuaHost::api_names() {
  std::vector<std::string> names;
  for (const std::vector<std::string>& part :
       {option_names(), machine_names(), guest_names(), thread_names()}) {
    names.insert(names.end(), part.begin(), part.end());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace p9mmu::workloads
