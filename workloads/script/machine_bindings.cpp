// What a script sees of the machine and does to it in no time: its size, its kernel, address spaces.
#include <array>
#include <limits>
#include <optional>
#include <string>

#include "workloads/script/bindings.h"
#include "workloads/script/host_state.h"
#include "workloads/script/units.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr const char* kMmClass = "mm";

void push_mm(lua_State* lua, MmHandle mm) {
  *static_cast<MmHandle*>(lua_newuserdatauv(lua, sizeof(MmHandle), 0)) = mm;
  luaL_setmetatable(lua, kMmClass);
}

/// The text in a field of the table at 1, or nothing if there is none.
std::optional<std::string> text_field(lua_State* lua, const char* name) {
  const int type = lua_getfield(lua, 1, name);
  if (type != LUA_TNIL && type != LUA_TSTRING) {
    throw UserError(std::string("linux.mm: ") + name + " is a text");
  }
  std::optional<std::string> text;
  if (type == LUA_TSTRING) {
    text = check_text(lua, -1);
  }
  lua_pop(lua, 1);
  return text;
}

/// linux.mm{base_page = "64K", thp = "never"}
int linux_mm(lua_State* lua, HostState& host) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
    const bool is_text = lua_type(lua, -2) == LUA_TSTRING;
    if (!is_text || (check_text(lua, -2) != "base_page" && check_text(lua, -2) != "thp")) {
      throw UserError("linux.mm takes base_page and thp only, such as linux.mm{base_page = \"64K\"}");
    }
  }
  const std::optional<std::string> base_page = text_field(lua, "base_page");
  if (!base_page) {
    throw UserError("linux.mm needs a base page, such as linux.mm{base_page = \"64K\"}");
  }
  const mmu::PageSize page = parse_page_size(*base_page);
  if (page != mmu::PageSize::k4K && page != mmu::PageSize::k64K) {
    throw UserError(std::string("a base page is 4K or 64K, not ") + mmu::name(page));
  }
  const std::optional<std::string> thp = text_field(lua, "thp");
  if (thp && *thp != "always" && *thp != "never") {
    throw UserError("thp is \"always\" or \"never\", not \"" + *thp + "\"");
  }
  const MmHandle mm = host.world.create_mm(page);
  if (thp) {
    host.world.set_huge_pages(mm, *thp == "always");
  }
  push_mm(lua, mm);
  return 1;
}

int mm_mmap(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 1);
  const std::uint64_t address = host.world.mmap(mm, check_size(lua, 2));
  if (address > static_cast<std::uint64_t>(std::numeric_limits<lua_Integer>::max())) {
    throw UserError("the mapping's address does not fit a script's integers");
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(address));
  return 1;
}

using Populate = void (World::*)(MmHandle, std::uint64_t, std::uint64_t, mmu::PageSize);

/// mm:populate(address, size, page size), mm:populate_zero the same
template <Populate populate>
int mm_populate(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 1);
  const mmu::EffectiveAddress address = check_address(lua, 2);
  const std::uint64_t length_bytes = check_size(lua, 3);
  (host.world.*populate)(mm, address.value(), length_bytes, parse_page_size(check_text(lua, 4)));
  return 0;
}

/// mm:share(address, size, other, from)
int mm_share(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 1);
  const mmu::EffectiveAddress address = check_address(lua, 2);
  const std::uint64_t length_bytes = check_size(lua, 3);
  const MmHandle other = check_mm(lua, 4);
  host.world.share(mm, address.value(), length_bytes, other, check_address(lua, 5).value());
  return 0;
}

int mm_fork(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 1);
  if (host.running != nullptr) {
    throw UserError("fork is for the main chunk: it takes no time and flushes nothing");
  }
  push_mm(lua, host.world.fork(mm));
  return 1;
}

int mm_ran_on(lua_State* lua, HostState& host) {
  const MmHandle mm = check_mm(lua, 1);
  luaL_checktype(lua, 2, LUA_TTABLE);
  const auto count = static_cast<lua_Integer>(lua_rawlen(lua, 2));
  std::vector<std::uint32_t> cpus;
  charge(lua, static_cast<std::uint64_t>(count));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 2, i);
    cpus.push_back(check_cpu_number(lua, host, -1).value());
    lua_pop(lua, 1);
  }
  host.world.ran_on(mm, std::move(cpus));
  return 0;
}

constexpr std::array kMmMethods = {luaL_Reg{"fork", bind<mm_fork>},
                                   luaL_Reg{"mmap", bind<mm_mmap>},
                                   luaL_Reg{"populate", bind<mm_populate<&World::populate>>},
                                   luaL_Reg{"populate_zero", bind<mm_populate<&World::populate_zero>>},
                                   luaL_Reg{"ran_on", bind<mm_ran_on>},
                                   luaL_Reg{"share", bind<mm_share>},
                                   luaL_Reg{nullptr, nullptr}};

constexpr std::array kLinuxFunctions = {luaL_Reg{"mm", bind<linux_mm>}, luaL_Reg{nullptr, nullptr}};

struct Field {
  const char* name;
  std::uint32_t (World::*get)() const;
};
constexpr std::array kMachineFields = {Field{"cpus", &World::cpus},
                                       Field{"threads_per_core", &World::threads_per_core},
                                       Field{"cores_per_chip", &World::cores_per_chip}};

}  // namespace

MmHandle check_mm(lua_State* lua, int index) {
  return *static_cast<MmHandle*>(luaL_checkudata(lua, index, kMmClass));
}

std::uint64_t check_size(lua_State* lua, int index) {
  if (lua_type(lua, index) == LUA_TSTRING) {
    return parse_size(check_text(lua, index));
  }
  const lua_Integer bytes = luaL_checkinteger(lua, index);
  if (bytes < 0) {
    throw UserError("a size is not negative: " + std::to_string(bytes));
  }
  return static_cast<std::uint64_t>(bytes);
}

mmu::EffectiveAddress check_address(lua_State* lua, int index) {
  const lua_Integer address = luaL_checkinteger(lua, index);
  if (address < 0) {
    throw UserError("an address of a user process is not negative: " + std::to_string(address));
  }
  return mmu::EffectiveAddress(static_cast<std::uint64_t>(address));
}

interconnect::CpuId check_cpu_number(lua_State* lua, const HostState& host, int index) {
  const lua_Integer cpu = luaL_checkinteger(lua, index);
  check_cpu(cpu, host.world.cpus());
  return interconnect::CpuId(static_cast<std::uint32_t>(cpu));
}

void open_machine_bindings(lua_State* lua) {
  const HostState& host = state_of(lua);
  lua_newtable(lua);
  for (const Field& field : kMachineFields) {
    lua_pushinteger(lua, (host.world.*field.get)());
    lua_setfield(lua, -2, field.name);
  }
  make_strict(lua, "field of machine");
  lua_setglobal(lua, "machine");

  push(lua, host.world.kernel());
  lua_setglobal(lua, "kernel");

  lua_newtable(lua);
  luaL_setfuncs(lua, kLinuxFunctions.data(), 0);
  make_strict(lua, "function of linux");
  lua_setglobal(lua, "linux");

  push_class(lua, kMmClass, kMmMethods.data());
  lua_pop(lua, 1);
}

std::vector<std::string> machine_names() {
  std::vector<std::string> names = {"kernel", "linux.mm"};
  for (const Field& field : kMachineFields) {
    names.push_back(std::string("machine.") + field.name);
  }
  for (const luaL_Reg& method : kMmMethods) {
    if (method.name != nullptr) {
      names.push_back(std::string("mm:") + method.name);
    }
  }
  return names;
}

}  // namespace p9mmu::workloads
