// What a script sees of guests and does to them in no time: their memory, and address spaces in them.
// Accesses are in thread_bindings.cpp.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "workloads/script/bindings.h"
#include "workloads/script/host_state.h"
#include "workloads/script/units.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr const char* kGuestClass = "guest";
constexpr const char* kGuestMmClass = "guest's mm";

template <typename Handle>
void push_handle(lua_State* lua, Handle handle, const char* metatable) {
  *static_cast<Handle*>(lua_newuserdatauv(lua, sizeof(Handle), 0)) = handle;
  luaL_setmetatable(lua, metatable);
}

GuestMmHandle check_guest_mm(lua_State* lua, int index) {
  return *static_cast<GuestMmHandle*>(luaL_checkudata(lua, index, kGuestMmClass));
}

/// Refuses a table at `index` that has a field with another name.
void check_fields(lua_State* lua, int index, std::initializer_list<std::string_view> known,
                  const char* usage) {
  luaL_checktype(lua, index, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    const bool is_text = lua_type(lua, -2) == LUA_TSTRING;
    if (!is_text || std::find(known.begin(), known.end(), check_text(lua, -2)) == known.end()) {
      throw UserError(std::string("unknown field '") + (is_text ? std::string(check_text(lua, -2)) : "?") +
                      "'; expected " + usage);
    }
  }
}

mmu::PageSize check_base_page(lua_State* lua, int index, const char* usage) {
  if (lua_getfield(lua, index, "base_page") != LUA_TSTRING) {
    throw UserError(std::string("no base page; expected ") + usage);
  }
  const mmu::PageSize page = parse_page_size(check_text(lua, -1));
  lua_pop(lua, 1);
  if (page != mmu::PageSize::k4K && page != mmu::PageSize::k64K) {
    throw UserError(std::string("a base page is 4K or 64K, not ") + mmu::name(page));
  }
  return page;
}

/// linux.guest{memory = "8GiB", base_page = "64K", populate = "2M"}
int linux_guest(lua_State* lua, HostState& host) {
  constexpr const char* kUsage =
      "linux.guest{memory = \"8GiB\", base_page = \"64K\"}, perhaps with populate = \"2M\"";
  check_fields(lua, 1, {"memory", "base_page", "populate"}, kUsage);
  const mmu::PageSize base_page = check_base_page(lua, 1, kUsage);
  if (lua_getfield(lua, 1, "memory") == LUA_TNIL) {
    throw UserError(std::string("no memory; expected ") + kUsage);
  }
  const std::uint64_t memory_bytes = check_size(lua, -1);
  std::optional<mmu::PageSize> populated;
  if (lua_getfield(lua, 1, "populate") != LUA_TNIL) {
    populated = parse_page_size(check_text(lua, -1));
  }
  push_handle(lua, host.world.create_guest(memory_bytes, base_page, populated), kGuestClass);
  return 1;
}

/// guest:mm{base_page = "64K"}
int guest_mm(lua_State* lua, HostState& host) {
  constexpr const char* kUsage = "guest:mm{base_page = \"64K\"}";
  const GuestHandle guest = *static_cast<GuestHandle*>(luaL_checkudata(lua, 1, kGuestClass));
  check_fields(lua, 2, {"base_page"}, kUsage);
  push_handle(lua, host.world.create_guest_mm(guest, check_base_page(lua, 2, kUsage)), kGuestMmClass);
  return 1;
}

/// guest_mm:mmap(size, [protection])
int guest_mm_mmap(lua_State* lua, HostState& host) {
  const GuestMmHandle mm = check_guest_mm(lua, 1);
  const std::uint64_t length_bytes = check_size(lua, 2);
  const std::string_view protection = lua_isnoneornil(lua, 3) ? "rw" : check_text(lua, 3);
  if (protection != "rw" && protection != "rwx") {
    throw UserError("'" + std::string(protection) + "' is no protection of memory; expected rw or rwx");
  }
  const std::uint64_t address = host.world.guest_mmap(mm, length_bytes, protection == "rwx");
  lua_pushinteger(lua, static_cast<lua_Integer>(address));
  return 1;
}

int guest_mm_populate(lua_State* lua, HostState& host) {
  const GuestMmHandle mm = check_guest_mm(lua, 1);
  const mmu::EffectiveAddress address = check_address(lua, 2);
  const std::uint64_t length_bytes = check_size(lua, 3);
  host.world.guest_populate(mm, address.value(), length_bytes, parse_page_size(check_text(lua, 4)));
  return 0;
}

constexpr std::array kGuestMethods = {luaL_Reg{"mm", bind<guest_mm>}, luaL_Reg{nullptr, nullptr}};
constexpr std::array kGuestMmMethods = {luaL_Reg{"mmap", bind<guest_mm_mmap>},
                                        luaL_Reg{"populate", bind<guest_mm_populate>},
                                        luaL_Reg{nullptr, nullptr}};

}  // namespace

std::optional<GuestMmHandle> guest_mm_at(lua_State* lua, int index) {
  const void* const found = luaL_testudata(lua, index, kGuestMmClass);
  return found == nullptr ? std::nullopt : std::optional(*static_cast<const GuestMmHandle*>(found));
}

void open_guest_bindings(lua_State* lua) {
  lua_getglobal(lua, "linux");
  lua_pushstring(lua, "guest");
  lua_pushcfunction(lua, bind<linux_guest>);
  lua_rawset(lua, -3);
  push_class(lua, kGuestClass, kGuestMethods.data());
  push_class(lua, kGuestMmClass, kGuestMmMethods.data());
  lua_pop(lua, 3);
}

std::vector<std::string> guest_names() {
  return {"linux.guest", "guest:mm", "guest_mm:mmap", "guest_mm:populate"};
}

}  // namespace p9mmu::workloads
