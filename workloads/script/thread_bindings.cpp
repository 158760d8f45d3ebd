// Threads and the timed requests that they make. A request is one function here, one line in the table of
// methods, and one struct in call.h.
#include <algorithm>
#include <array>
#include <utility>

#include "workloads/script/bindings.h"
#include "workloads/script/host_state.h"
#include "workloads/script/units.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr const char* kThreadClass = "thread";
constexpr std::size_t kLongestName = 64;

/// A name that stands in reports, of a thread or a phase.
std::string check_name(lua_State* lua, int index, const char* what) {
  const std::string_view name = check_text(lua, index);
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != ';' && c != '"'; };
  if (name.empty() || name.size() > kLongestName || !std::all_of(name.begin(), name.end(), is_plain)) {
    throw UserError(std::string(what) + "'s name is 1 to " + std::to_string(kLongestName) +
                    " printable characters, none of them ; or \"");
  }
  return std::string(name);
}

ThreadHandle check_thread(lua_State* lua, int index) {
  return *static_cast<ThreadHandle*>(luaL_checkudata(lua, index, kThreadClass));
}

/// The thread at 1, on which the method was called; it must be the one that runs.
void check_self(lua_State* lua, const HostState& host) {
  const ThreadHandle self = check_thread(lua, 1);
  if (host.running == nullptr || host.running->spawned.thread != self) {
    throw UserError("thread " + std::to_string(self.value()) +
                    " does not run now; a request is made by the thread itself, inside its function");
  }
}

int request(lua_State* lua, const HostState& host, Call call) {
  check_self(lua, host);
  return make_request(lua, std::move(call), 0, nullptr);
}

int thread_munmap(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  const mmu::EffectiveAddress address = check_address(lua, 3);
  return request(lua, host, Munmap{mm, address, check_size(lua, 4)});
}

int thread_madvise_dontneed(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  const mmu::EffectiveAddress address = check_address(lua, 3);
  return request(lua, host, MadviseDontneed{mm, address, check_size(lua, 4)});
}

/// t:mprotect(mm, address, size, "none"|"r"|"rw")
int thread_mprotect(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  const mmu::EffectiveAddress address = check_address(lua, 3);
  const std::uint64_t length_bytes = check_size(lua, 4);
  constexpr std::array<const char*, 3> kProtections = {"none", "r", "rw"};
  const std::string_view wanted = check_text(lua, 5);
  const auto found = std::find(kProtections.begin(), kProtections.end(), wanted);
  if (found == kProtections.end()) {
    throw UserError("a protection is \"none\", \"r\" or \"rw\", not \"" + std::string(wanted) + "\"");
  }
  return request(lua, host,
                 Mprotect{mm, address, length_bytes, static_cast<MprotectTo>(found - kProtections.begin())});
}

/// t:mremap(mm, address, size, target)
int thread_mremap(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  const mmu::EffectiveAddress address = check_address(lua, 3);
  const std::uint64_t length_bytes = check_size(lua, 4);
  return request(lua, host, Mremap{mm, address, length_bytes, check_address(lua, 5)});
}

int thread_split_huge_page(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  return request(lua, host, SplitHugePage{mm, check_address(lua, 3)});
}

int thread_collapse(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  return request(lua, host, Collapse{mm, check_address(lua, 3)});
}

int thread_displace(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  return request(lua, host, DisplaceTranslation{mm, check_address(lua, 3)});
}

int thread_exit_mm(lua_State* lua, HostState& host) {
  return request(lua, host, ExitMm{check_mm(lua, 2)});
}

template <mmu::Access kind>
int thread_access(lua_State* lua, HostState& host) {
  if (const std::optional<GuestMmHandle> mm = guest_mm_at(lua, 2)) {
    return request(lua, host, AccessGuestMemory{*mm, check_address(lua, 3), kind});
  }
  const MmHandle mm = check_mm(lua, 2);
  return request(lua, host, AccessMemory{mm, check_address(lua, 3), kind});
}

int thread_find_linux_pte(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  return request(lua, host, FindLinuxPte{mm, check_address(lua, 3)});
}

/// t:gup_fast(mm, address, "read"|"write"), t:gup_fast_only of the same
template <bool only_fast>
int thread_gup_fast(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 2);
  const mmu::EffectiveAddress address = check_address(lua, 3);
  const std::string_view how = lua_isnoneornil(lua, 4) ? "read" : check_text(lua, 4);
  if (how != "read" && how != "write") {
    throw UserError("a page is taken to \"read\" or to \"write\", not \"" + std::string(how) + "\"");
  }
  return request(lua, host, GupFast{mm, address, how == "write", only_fast});
}

int thread_put_pages(lua_State* lua, HostState& host) {
  return request(lua, host, PutPages{});
}

int thread_use(lua_State* lua, HostState& host) {
  return request(lua, host, UseMm{check_mm(lua, 2)});
}

int thread_compute(lua_State* lua, HostState& host) {
  return request(lua, host, Compute{check_time(lua, 2)});
}

int thread_run_guest(lua_State* lua, HostState& host) {
  return request(lua, host, RunGuest{});
}

int thread_spin(lua_State* lua, HostState& host) {
  return request(lua, host, Spin{});
}

int thread_sleep(lua_State* lua, HostState& host) {
  return request(lua, host, SleepFor{check_time(lua, 2)});
}

int thread_irq_disable(lua_State* lua, HostState& host) {
  return request(lua, host, IrqDisable{});
}

int thread_irq_enable(lua_State* lua, HostState& host) {
  return request(lua, host, IrqEnable{});
}

int thread_join(lua_State* lua, HostState& host) {
  const ThreadHandle other = check_thread(lua, 2);
  if (other == check_thread(lua, 1)) {
    throw UserError("a thread cannot join itself");
  }
  return request(lua, host, Join{other});
}

/// Puts the line before an error that has none, while the place where it was raised is still known.
int add_line(lua_State* lua) {
  const HostState& host = state_of(lua);
  if (!host.fatal && lua_type(lua, 1) == LUA_TSTRING &&
      !check_text(lua, 1).starts_with(host.chunk_name + ":")) {
    lua_pushfstring(lua, "%s:%d: %s", host.chunk_name.c_str(), current_line(lua), lua_tostring(lua, 1));
  }
  return 1;
}

// A measurement is three steps, for a coroutine can yield only at the end of a C function: begin; the body;
// end. The stack: 1 the name, 2 add_line, 3 the body; then what the body returned, or its error.

int measure_ended(lua_State* lua, int, lua_KContext body_status) {
  if (body_status != LUA_OK) {
    return lua_error(lua);
  }
  return lua_gettop(lua) - 2;
}

int measure_body_ended(lua_State* lua, int status, lua_KContext) {
  if (status == LUA_YIELD) {
    status = LUA_OK;
  }
  if (status != LUA_OK) {
    rethrow_if_fatal(lua, status);
  }
  HostState& host = state_of(lua);
  host.running->measuring.pop_back();
  return make_request(lua, MeasureEnd{std::string(check_text(lua, 1))}, status, measure_ended);
}

int measure_begun(lua_State* lua, int, lua_KContext) {
  const int status = lua_pcallk(lua, 0, LUA_MULTRET, 2, 0, measure_body_ended);
  return measure_body_ended(lua, status, 0);
}

int measure(lua_State* lua, HostState& host) {
  if (host.running == nullptr) {
    throw UserError("measure is for threads, not for the main chunk; see spawn");
  }
  const std::string name = check_name(lua, 1, "a phase");
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  lua_pushcfunction(lua, add_line);
  lua_insert(lua, 2);
  std::vector<std::string>& measuring = host.running->measuring;
  if (std::find(measuring.begin(), measuring.end(), name) != measuring.end()) {
    throw UserError("phase '" + name + "' is being measured already");
  }
  measuring.push_back(name);
  return make_request(lua, MeasureBegin{name}, 0, measure_begun);
}

int thread_measure(lua_State* lua, HostState& host) {
  check_self(lua, host);
  lua_remove(lua, 1);
  return measure(lua, host);
}

constexpr std::array kThreadMethods = {luaL_Reg{"collapse", bind<thread_collapse>},
                                       luaL_Reg{"compute", bind<thread_compute>},
                                       luaL_Reg{"displace", bind<thread_displace>},
                                       luaL_Reg{"exit_mm", bind<thread_exit_mm>},
                                       luaL_Reg{"madvise_dontneed", bind<thread_madvise_dontneed>},
                                       luaL_Reg{"mprotect", bind<thread_mprotect>},
                                       luaL_Reg{"mremap", bind<thread_mremap>},
                                       luaL_Reg{"split_huge_page", bind<thread_split_huge_page>},
                                       luaL_Reg{"irq_disable", bind<thread_irq_disable>},
                                       luaL_Reg{"irq_enable", bind<thread_irq_enable>},
                                       luaL_Reg{"fetch", bind<thread_access<mmu::Access::fetch>>},
                                       luaL_Reg{"find_linux_pte", bind<thread_find_linux_pte>},
                                       luaL_Reg{"gup_fast", bind<thread_gup_fast<false>>},
                                       luaL_Reg{"gup_fast_only", bind<thread_gup_fast<true>>},
                                       luaL_Reg{"join", bind<thread_join>},
                                       luaL_Reg{"load", bind<thread_access<mmu::Access::load>>},
                                       luaL_Reg{"measure", bind<thread_measure>},
                                       luaL_Reg{"munmap", bind<thread_munmap>},
                                       luaL_Reg{"put_pages", bind<thread_put_pages>},
                                       luaL_Reg{"run_guest", bind<thread_run_guest>},
                                       luaL_Reg{"sleep", bind<thread_sleep>},
                                       luaL_Reg{"spin", bind<thread_spin>},
                                       luaL_Reg{"store", bind<thread_access<mmu::Access::store>>},
                                       luaL_Reg{"use", bind<thread_use>},
                                       luaL_Reg{nullptr, nullptr}};

/// spawn(cpu, [name,] function(t) ... end)
int spawn(lua_State* lua, HostState& host) {
  const interconnect::CpuId cpu = check_cpu_number(lua, host, 1);
  const auto number = static_cast<std::uint32_t>(host.threads.size());
  const bool is_named = lua_gettop(lua) > 2;
  std::string name = is_named ? check_name(lua, 2, "a thread") : "thread " + std::to_string(number);
  const int body = is_named ? 3 : 2;
  luaL_checktype(lua, body, LUA_TFUNCTION);
  charge(lua, kHookInterval);  // As for any coroutine.
  const ThreadHandle thread(number);
  *static_cast<ThreadHandle*>(lua_newuserdatauv(lua, sizeof(ThreadHandle), 0)) = thread;
  luaL_setmetatable(lua, kThreadClass);
  lua_State* const coroutine = lua_newthread(lua);
  lua_pushvalue(lua, body);
  lua_pushvalue(lua, -3);
  lua_xmove(lua, coroutine, 2);
  const int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  host.threads.push_back(ScriptThread{SpawnedThread{thread, cpu, std::move(name)},
                                      coroutine,
                                      reference,
                                      false,
                                      false,
                                      {},
                                      Random(host.seed, std::uint64_t{number} + 1)});
  return 1;
}

}  // namespace

interconnect::Time check_time(lua_State* lua, int index) {
  if (lua_type(lua, index) == LUA_TSTRING) {
    return parse_time(check_text(lua, index));
  }
  const lua_Integer ps = luaL_checkinteger(lua, index);
  if (ps < 0) {
    throw UserError("a time is not negative: " + std::to_string(ps) + " ps");
  }
  return interconnect::Time(ps);
}

void open_thread_bindings(lua_State* lua) {
  lua_register(lua, "spawn", bind<spawn>);
  lua_register(lua, "measure", bind<measure>);
  push_class(lua, kThreadClass, kThreadMethods.data());
  lua_pop(lua, 1);
}

std::vector<std::string> thread_names() {
  std::vector<std::string> names = {"measure", "spawn"};
  for (const luaL_Reg& method : kThreadMethods) {
    if (method.name != nullptr) {
      names.push_back(std::string("t:") + method.name);
    }
  }
  return names;
}

}  // namespace p9mmu::workloads
