// Kernels as choices: what serialises lockless walkers when a huge PMD is cleared, what is flushed per PMD,
// and how walkers treat what they find. The routines ask the policy; there is one copy of each routine. A
// fourth kernel is added by naming its choices.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace p9mmu::workloads {

/// How callers of __find_linux_pte treat the entry that its result points to.
struct WalkerPolicy {
  const char* name;
  const char* description;
  /// It is read again through the pointer for each use.
  bool rereads;
  /// It must have _PAGE_PTE set to be looked at (pte_present since the series).
  bool checks_leaf;
};

inline constexpr std::array<WalkerPolicy, 2> kWalkers = {{
    {"old", "before the series: keeps the pointer, reads the entry again, looks at the present bit alone",
     true, false},
    {"new", "the series' rules: reads the entry once, works with a stale value, checks _PAGE_PTE", false,
     true},
}};

/// The walkers of that name; a UserError names the nearest if there are none.
[[nodiscard]] const WalkerPolicy& walker_policy(std::string_view name);

/// Whom a collapse waits for between clearing the pointer to a table and using what it led to.
enum class CollapseSync : std::uint8_t {
  mm_cpumask,  ///< serialize_against_pte_lookup before the flush, until v6.0
  all_cpus,    ///< tlb_remove_table_sync_one after it, from v6.1
  nobody,      ///< for comparison: what would be if the series had taken this round away, too
};

/// Member by member what a kernel chooses; the defaults are what the oldest one does.
struct KernelPolicy {
  const char* name = "";
  const char* description = "";
  /// radix__pmdp_huge_get_and_clear and pmdp_invalidate call serialize_against_pte_lookup (commit
  /// 13bd817bb884; gone in v5.8).
  bool serialize_on_pmd_clear = false;
  /// pmdp_huge_get_and_clear_full calls flush_pmd_tlb_range unless the whole mm goes (commit 75358ea359e7).
  bool flush_on_pmd_clear = false;
  WalkerPolicy walkers = kWalkers[0];
  /// A store to a huge page that is shared splits its PMD (v5.8, commit 3917c80280c9); before, it is copied,
  /// and so is a huge zero page replaced.
  bool split_on_huge_wp = false;
  CollapseSync collapse_sync = CollapseSync::mm_cpumask;
  /// mprotect gathers what it changes and flushes that by page size (v5.13, commit 4a18419f71cd); before, it
  /// flushes its whole range, as base and as huge pages.
  bool gather_in_mprotect = false;
  /// Moving a huge page flushes it as one (v5.14); before, its range, as base and as huge pages.
  bool flush_moved_pmd_as_huge = false;
  /// An mm that no CPU has in its mask needs no flush (v5.12, FLUSH_TYPE_NONE); before, a broadcast.
  bool skip_flush_of_unused_mm = false;
  /// Every 1,073rd global flush of a CPU asks all CPUs of mm_cpumask to drop out of it unless they run the mm
  /// (v5.12, tick_and_test_trim_clock).
  bool trim_cpumask_by_clock = false;
};

/// The kernels that are compared unless others are asked for come first.
inline constexpr std::size_t kDefaultKernels = 3;
inline constexpr std::array<KernelPolicy, 4> kKernels = {{
    {.name = "ipi",
     .description = "v5.7 and before: an IPI round per cleared huge PMD",
     .serialize_on_pmd_clear = true},
    {.name = "ipi-free",
     .description = "the series up to 'Avoid sending IPI on clearing PMD': no round, no flush",
     .walkers = kWalkers[1]},
    {.name = "ipi-free-flush",
     .description = "v5.8: no round, the 2M page's translation flushed per PMD",
     .flush_on_pmd_clear = true,
     .walkers = kWalkers[1],
     .split_on_huge_wp = true},
    {.name = "v6.1",
     .description = "v5.8 and what later kernels do otherwise, as far as flushes show it",
     .flush_on_pmd_clear = true,
     .walkers = kWalkers[1],
     .split_on_huge_wp = true,
     .collapse_sync = CollapseSync::all_cpus,
     .gather_in_mprotect = true,
     .flush_moved_pmd_as_huge = true,
     .skip_flush_of_unused_mm = true,
     .trim_cpumask_by_clock = true},
}};

/// The kernel of that name; a UserError names the nearest if there is none.
[[nodiscard]] const KernelPolicy& kernel_policy(std::string_view name);

}  // namespace p9mmu::workloads
