// Arguments of the script's functions, checked: what stands at an index of the Lua stack as the strong type
// that it must be. Each throws mmu::UserError or raises a Lua error; both reach the user with the script's
// line.
#pragma once

#include <cstdint>
#include <optional>

#include "interconnect/ids.h"
#include "mmu/address.h"
#include "workloads/script/host_state.h"

namespace p9mmu::workloads {

[[nodiscard]] MmHandle check_mm(lua_State* lua, int index);

/// An address space in a guest, or nothing if something else is there.
[[nodiscard]] std::optional<GuestMmHandle> guest_mm_at(lua_State* lua, int index);

/// Bytes: an integer, or a text such as "496GiB".
[[nodiscard]] std::uint64_t check_size(lua_State* lua, int index);

/// Picoseconds as an integer, or a text such as "10us".
[[nodiscard]] interconnect::Time check_time(lua_State* lua, int index);

[[nodiscard]] mmu::EffectiveAddress check_address(lua_State* lua, int index);

/// The number of a CPU that the machine has.
[[nodiscard]] interconnect::CpuId check_cpu_number(lua_State* lua, const HostState& host, int index);

}  // namespace p9mmu::workloads
