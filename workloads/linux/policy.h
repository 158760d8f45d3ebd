// Kernels as choices: what serialises lockless walkers when a huge PMD is cleared, and what is flushed per
// PMD. The routines ask the policy; there is one copy of each routine. A fourth kernel is added by naming its
// choices.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace p9mmu::workloads {

/// Member by member what a kernel chooses; false is what the oldest one does.
struct KernelPolicy {
  const char* name;
  const char* description;
  /// radix__pmdp_huge_get_and_clear calls serialize_against_pte_lookup (commit 13bd817bb884; gone in v5.8).
  bool serialize_on_pmd_clear;
  /// pmdp_huge_get_and_clear_full calls flush_pmd_tlb_range unless the whole mm goes (commit 75358ea359e7).
  bool flush_on_pmd_clear;
  /// An mm that no CPU has in its mask needs no flush (v5.12, FLUSH_TYPE_NONE); before, a broadcast.
  bool skip_flush_of_unused_mm = false;
  /// Every 1,073rd global flush of a CPU asks all CPUs of mm_cpumask to drop out of it unless they run the mm
  /// (v5.12, tick_and_test_trim_clock).
  bool trim_cpumask_by_clock = false;
};

/// The kernels that are compared unless others are asked for come first.
inline constexpr std::size_t kDefaultKernels = 3;
inline constexpr std::array<KernelPolicy, 4> kKernels = {{
    {"ipi", "v5.7 and before: an IPI round per cleared huge PMD", true, false},
    {"ipi-free", "the series up to 'Avoid sending IPI on clearing PMD': no round, no flush", false, false},
    {"ipi-free-flush", "v5.8: no round, the 2M page's translation flushed per PMD", false, true},
    {"v6.1", "v5.8 and what later kernels do otherwise, as far as flushes show it", false, true, true, true},
}};

/// The kernel of that name; a UserError names the nearest if there is none.
[[nodiscard]] const KernelPolicy& kernel_policy(std::string_view name);

}  // namespace p9mmu::workloads
