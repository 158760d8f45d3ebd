// Runs one script of one run: its main chunk, which sets the stage, and its threads, each a coroutine that
// goes from one timed request to the next. The host turns scripts into requests; it does not know how
// anything is simulated, what time it is, or in which order threads run. One host serves one run; hosts share
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interconnect/ids.h"
#include "mmu/error.h"
#include "workloads/script/call.h"
#include "workloads/script/options.h"
#include "workloads/script/world.h"

namespace p9mmu::workloads {

struct HostState;

/// What a script may use up before it is stopped, main chunk and all threads together.
struct Limits {
  std::size_t memory_bytes = std::size_t{256} << 20;
  /// Lua instructions; work inside library functions and allocation is charged at a like rate.
  std::uint64_t instructions = 200'000'000;
};

struct SpawnedThread {
  ThreadHandle thread;
  interconnect::CpuId cpu;
  std::string name;
};

/// Figures that somebody published for a phase that the script measures.
struct Published {
  std::string phase;
  std::map<std::string, double> ms_by_kernel;  ///< milliseconds
  std::string source;
};

/// The text of the script at `path`. Throws mmu::UserError, with the nearest script for one that is not
/// there.
[[nodiscard]] std::string read_script(const std::string& path);

class LuaHost {
 public:
  /// Takes each line that the script prints, without the newline.
  using Print = std::function<void(std::string_view line)>;

  /// `world` must outlive the host. `given_options` are the options that the user gave, as typed. Prints to
  /// stderr unless `print` is given.
  LuaHost(World& world, const Limits& limits, std::uint64_t seed,
          const std::map<std::string, std::string>& given_options, Print print = {});
  ~LuaHost();
  LuaHost(const LuaHost&) = delete;
  LuaHost& operator=(const LuaHost&) = delete;

  /// Runs the main chunk, once per host. Throws mmu::UserError for a script that is missing or wrong, with
  /// file and line, and for a given option that the script does not declare or that has no sense.
  void load_file(const std::string& path);

  /// As load_file, for a script that is in memory already; errors name it `path`.
  void load_text(const std::string& path, std::string text);

  /// All threads spawned so far, by handle.
  [[nodiscard]] std::vector<SpawnedThread> spawned() const;
  /// Those spawned since this was last asked; ask after load_file and after each resume.
  [[nodiscard]] std::vector<SpawnedThread> newly_spawned();

  /// Runs the thread until its next timed request; nothing when it has finished. Throws mmu::UserError as
  /// load_file does. A request has been carried out when its thread is resumed again.
  [[nodiscard]] std::optional<Call> resume(ThreadHandle thread);

  /// A mistake in carrying out the thread's last request, with the file and line that made it.
  [[nodiscard]] mmu::UserError at_request(ThreadHandle thread, const std::string& what) const;

  [[nodiscard]] const std::vector<OptionDeclared>& options() const;
  [[nodiscard]] const std::vector<Published>& published() const;
  [[nodiscard]] const std::vector<std::string>& assumptions() const;

  /// Every name that the host adds to Lua's own, sorted: "spawn", "machine.cpus", "mm:mmap", "t:munmap".
  [[nodiscard]] static std::vector<std::string> api_names();

 private:
  std::unique_ptr<HostState> state_;
};

}  // namespace p9mmu::workloads
