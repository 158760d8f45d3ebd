// What a real kernel did for one operation, as tests/conformance/README.md describes the recordings: the
// scene, and the invalidations and interrupts in their order. Reading brings a row into the form in which the
// simulated kernel's are written down, and leaves out what is not the operation's own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace p9mmu::conformance {

/// One tlbie or tlbiel, or a round of interrupts.
struct Event {
  enum class Kind : std::uint8_t { tlbie, tlbiel, interrupts };
  Kind kind = Kind::tlbie;
  std::uint32_t cpu = 0;  ///< that issued or sent it
  std::uint64_t rb = 0;   ///< RB and RS as software wrote them, the mm's PID in RS replaced by kMmPid
  std::uint64_t rs = 0;
  unsigned ric = 0;
  bool process_scoped = true;
  bool radix = true;
  std::uint32_t interrupts = 0;  ///< CPUs that ran the function

  friend bool operator==(const Event&, const Event&) = default;
  [[nodiscard]] std::string text() const;
};

/// What stands in RS for the PID of the process in question, whatever it was; PID 0 stays 0.
inline constexpr std::uint64_t kMmPid = 1;

struct RecordedOperation {
  int id = 0;
  std::string op;
  std::uint64_t pages = 0;  ///< huge pages, or base pages where `op` begins with sm_
  std::string variant;
  std::uint32_t cpus = 0;  ///< of the machine
  std::string kernel;
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  std::uint64_t result = 0;  ///< what the call returned: of mremap the new address
  std::vector<Event> events;
  /// Executed instructions by mnemonic, counted in another run of the same; none where nobody counted, or
  /// where the window holds more than the operation.
  std::optional<std::map<std::string, std::int64_t>> instructions;

  /// As a person would name it: "8 pages, spin, 4 CPUs (row 102)".
  [[nodiscard]] std::string name() const;
};

/// All rows of a recording, plain or xz. Throws mmu::UserError with file and line for one that is not as
/// described.
[[nodiscard]] std::vector<RecordedOperation> read_recording(const std::string& path);

}  // namespace p9mmu::conformance
