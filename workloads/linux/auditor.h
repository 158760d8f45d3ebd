// The auditor: lifetimes of pages and page tables, and what must never happen to them. It reports who
// dereferences a table that has been freed, who takes a table pointer for a leaf, who uses a page through a
// translation after the page was given back or after a flush of that translation has completed, cores with
// translations of two sizes for one address, references taken on pages that are being split or collapsed.
// Each finding names the CPU and routine that did it and those that made it wrong. It judges what the
// routines do and never changes it; whether a finding can be reached at all is for who chooses the schedule.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "cpus/audit.h"
#include "cpus/system.h"
#include "mmu/radix_entry.h"

namespace p9mmu::workloads {

using cpus::CpuId;
using cpus::System;
using mmu::RealAddress;

/// What a finding breaks, in the order in which reports prefer them.
enum class AuditRule : std::uint8_t {
  freed_table,          ///< a walk reads a table that has been freed
  table_as_leaf,        ///< a walker takes a table pointer, or nothing, for a leaf
  freed_page,           ///< an access to a page that has been given back
  flushed_translation,  ///< an access through a translation whose flush has completed
  two_sizes,            ///< translations of two sizes for one address in one core
  unstable_reference,   ///< a reference on a page that is being split or collapsed, or mapped no more
  deadlock,             ///< nobody can go on
};
inline constexpr std::size_t kAuditRules = 7;
/// A few words each, for tables.
inline constexpr std::array<const char*, kAuditRules> kAuditRuleNames = {
    "freed table read", "table taken for a leaf", "freed page used", "flushed translation used",
    "two page sizes",   "unstable reference",     "nobody can go on"};

/// Who did something, and in which routine.
struct AuditedActor {
  CpuId cpu{0};
  std::string path;  ///< routine names joined by ';', outermost first
  friend bool operator==(const AuditedActor&, const AuditedActor&) = default;
};

struct AuditFinding {
  AuditRule rule = AuditRule::freed_table;
  std::string text;         ///< one sentence
  std::uint64_t place = 0;  ///< the entry, page or address that it is about
  AuditedActor actor;
  AuditedActor cause;  ///< who freed, flushed or changed it; without path if nobody did
  friend bool operator==(const AuditFinding&, const AuditFinding&) = default;
};

class Auditor final : public cpus::Audit {
 public:
  explicit Auditor(System& system) : system_(system) {}

  // --- From the allocator and the routines; they name who runs as the actor ---
  void table_allocated(RealAddress table, std::uint64_t bytes);
  void table_freed(RealAddress table);
  void page_allocated(RealAddress page, std::uint64_t bytes);
  /// A page, or a base page of a huge page that has been split.
  void page_freed(RealAddress page, std::uint64_t bytes);
  /// A flush that the routine takes for complete: of [start, end) of that process, begun at event `began`, of
  /// translations of that size, or of all.
  void flush_completed(mmu::Pid pid, std::uint64_t start, std::uint64_t end,
                       std::optional<mmu::PageSize> size, std::uint64_t began);
  void leaf_used(RealAddress entry, mmu::RadixEntry value) override;
  void page_unstable(RealAddress page, bool unstable) override;
  void reference_taken(RealAddress page, RealAddress entry) override;
  void nobody_goes_on(const std::string& who);
  /// Table walkers see the oldest store to that entry that they have not seen; for who lets stores be on
  /// their way. Elsewhere they see each at once.
  void store_arrived(RealAddress entry);

  // --- From the machine ---
  [[nodiscard]] std::uint64_t now() const override { return events_; }
  void accessed(const cpus::Cpu& cpu, const cpus::AuditedAccess& access) override;
  void table_read(const cpus::Cpu& cpu, RealAddress entry, bool by_hardware) override;
  void table_stored(RealAddress entry) override;
  void filled(const cpus::Cpu& cpu, const cpus::AuditedAccess& access, RealAddress leaf) override;
  void two_sizes(const cpus::Cpu& cpu, mmu::EffectiveAddress address, mmu::PageSize one,
                 mmu::PageSize other) override;

  [[nodiscard]] const std::vector<AuditFinding>& findings() const { return findings_; }

 private:
  /// A table or page, by its first byte; kept after it was freed.
  struct Region {
    std::uint64_t bytes = 0;
    bool live = true;
    bool unstable = false;
    CpuId changed_by{0};
    cpus::PathId changed_in{0};
  };
  struct Flush {
    std::uint64_t end;
    std::optional<mmu::PageSize> size;
    std::uint64_t began;
    CpuId cpu;
    cpus::PathId path;
  };
  /// When an entry changed: as software sees it, and as table walkers do.
  struct StoreTimes {
    std::uint64_t stored;
    std::uint64_t arrived;
  };
  using Regions = std::map<std::uint64_t, Region>;
  /// Of one process: by start, several of one start where an earlier one reaches further.
  struct Flushes {
    std::multimap<std::uint64_t, Flush> by_start;
    std::uint64_t longest = 0;  ///< bytes
  };
  /// A core's translation of a page of a size.
  using FillKey = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, mmu::PageSize>;

  [[nodiscard]] FillKey fill_key(const cpus::Cpu& cpu, const cpus::AuditedAccess& access) const;

  [[nodiscard]] static const Region* find(const Regions& regions, RealAddress address);
  void put(Regions& regions, RealAddress first, std::uint64_t bytes);
  void take(Regions& regions, RealAddress first, std::uint64_t bytes);
  [[nodiscard]] const Flush* flush_that_ended(const cpus::AuditedAccess& access,
                                              const cpus::TranslationOrigin& origin) const;
  void touch_region(RealAddress address, cpus::Touch how);
  [[nodiscard]] AuditedActor running() const;
  [[nodiscard]] AuditedActor actor(CpuId cpu, cpus::PathId path) const;
  void report(AuditRule rule, std::uint64_t place, std::string text, AuditedActor cause);

  System& system_;
  std::uint64_t events_ = 0;
  Regions tables_;
  Regions pages_;
  std::map<std::uint32_t, Flushes> flushes_;                 ///< by PID
  std::map<FillKey, cpus::TranslationOrigin> filled_;        ///< where time decides
  std::map<std::uint64_t, std::vector<StoreTimes>> stores_;  ///< by entry, in their order
  std::vector<AuditFinding> findings_;
};

}  // namespace p9mmu::workloads
