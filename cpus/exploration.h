// What stands in the place of time when every interleaving is tried: who explores is told what each step
// touches, and keeps what the machine has under way (snoops in each core, stores that table walkers do not
// see yet, accesses between translation and memory) as steps of their own. A System without an exploration is
// a timed one; nothing here is used then. How schedules are chosen is the explorer's (model/explore/).
#pragma once

#include <cstdint>

#include "interconnect/ids.h"
#include "mmu/access.h"
#include "mmu/core_mmu.h"
#include "mmu/invalidate.h"

namespace p9mmu::cpus {

using interconnect::CpuId;

class Cpu;

/// What kind of thing two steps may have in common.
enum class SharedKind : std::uint8_t {
  memory,      ///< a double word as software sees it; number: its real address
  walk_view,   ///< the same as table walkers see it
  line,        ///< what a line of the kernel's own stands for; number: Line::name
  lock,        ///< a spin lock; number: Line::name of its line
  interrupts,  ///< whether a CPU takes interrupts
  access,      ///< whether a CPU is in the middle of an access
  core,        ///< a core's translation caches
  page,        ///< whether a page of memory is in use, and by whom; number: its real address
  data,        ///< a double word of a page's contents
  tlbies,      ///< the snoops that a CPU's barrier waits for
  stores,      ///< a CPU's stores on their way to the table walkers
  message,     ///< an interrupt on its way to a CPU
  mask,        ///< mm_cpumask; number: the PID
  flush,       ///< which flushes of a PID have completed
};

/// Named the same way in every schedule of a scenario, so that steps of different schedules can be compared.
struct SharedObject {
  std::uint64_t id = 0;
  SharedObject() = default;
  SharedObject(SharedKind kind, std::uint64_t number)
      : id((static_cast<std::uint64_t>(kind) << 56) | (number & ((std::uint64_t{1} << 56) - 1))) {}
  [[nodiscard]] SharedKind kind() const { return static_cast<SharedKind>(id >> 56); }
  [[nodiscard]] std::uint64_t number() const { return id & ((std::uint64_t{1} << 56) - 1); }
  friend bool operator==(SharedObject, SharedObject) = default;
};

/// How a step touches a thing. Reads commute. `acquire` takes a lock that `release` frees, `acquire_shared`
/// and `release_shared` are a reader's. An `await` step is possible only after the signals before it, which
/// are ordered before it but do not compete with it.
enum class Touch : std::uint8_t {
  read,
  write,
  acquire,
  release,
  acquire_shared,
  release_shared,
  signal,
  await
};

class Exploration {
 public:
  virtual ~Exploration() = default;

  /// The running step touches this.
  virtual void touch(SharedObject object, Touch how) = 0;
  /// `cpu` stores a double word of a table: software sees it at once, table walkers when it has propagated.
  /// Called before memory is written.
  virtual void table_store(CpuId cpu, mmu::RealAddress address, std::uint64_t value) = 0;

  /// Whether the operation of that name, in the routine that `cpu` is in, is to be left out as if the kernel
  /// had forgotten it.
  [[nodiscard]] virtual bool omits(const Cpu& cpu, const char* operation) const = 0;

  virtual void tlbie(CpuId cpu, const mmu::TlbInvalidate& operands) = 0;
  /// Whether every core has completed every tlbie of `cpu`: its tlbsync and ptesync may end.
  [[nodiscard]] virtual bool tlbies_complete(CpuId cpu) const = 0;
  /// Whether the stores of `cpu` have reached the table walkers: its ptesync may end.
  [[nodiscard]] virtual bool stores_arrived(CpuId cpu) const = 0;
  virtual void tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets) = 0;
  virtual void slbia(CpuId cpu) = 0;

  /// The TLB of that CPU's core makes room for something else where it translates `address`.
  virtual void displace(CpuId cpu, const mmu::Context& context, mmu::EffectiveAddress address) = 0;

  /// Whether the access that `cpu` stands before may go on.
  [[nodiscard]] virtual bool access_possible(CpuId cpu) const = 0;
  /// One stage of an access: a look-up, a read of one table entry, a fill, or the access to memory itself.
  /// True when it has ended, in `result`.
  virtual bool access(Cpu& cpu, mmu::Access kind, const mmu::Context& context, mmu::EffectiveAddress address,
                      mmu::Translation& result) = 0;
};

}  // namespace p9mmu::cpus
