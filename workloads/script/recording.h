// A script as data: what it sets up, and the requests that each of its threads makes, one after the other.
// Scripts get nothing back from their requests, so that a thread makes the same ones whatever happens, and
// one run of the script stands for all. Whoever has the recording can play it on any number of kernels
// without running Lua again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workloads/script/call.h"
#include "workloads/script/linux_world.h"
#include "workloads/script/lua_host.h"

namespace p9mmu::workloads {

struct RecordedThread {
  CpuId cpu{0};
  std::string name;
  std::vector<Call> calls;
  /// A routine in place of the calls; no script makes one.
  std::function<Task<void>(LinuxWorld&, Cpu&)> routine;
};

struct RecordedScript {
  std::vector<std::function<void(World&)>> setup;  ///< in the order in which the script did it
  std::vector<RecordedThread> threads;
  std::vector<std::string> assumptions;
};

/// A script, in a file or in memory.
struct ScriptSource {
  std::string path;                 ///< of the file; what errors name
  std::optional<std::string> text;  ///< none: read it from the file
};

/// Runs the script once, on `world`, which is changed only as setting up changes it. Throws mmu::UserError as
/// LuaHost does, and for a thread that makes more requests than can be meant.
[[nodiscard]] RecordedScript record_script(World& world, const ScriptSource& source, std::uint64_t seed,
                                           const std::map<std::string, std::string>& options);

}  // namespace p9mmu::workloads
