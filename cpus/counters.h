// What is counted in the whole machine. Each counter is declared once, with its unit and a sentence; a
// phase's counts are the difference of two copies. Formatting is model/report's.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "cpus/parameters.h"

namespace p9mmu::cpus {

struct Counters {
  std::int64_t pmds_cleared = 0;
  std::int64_t ipi_rounds = 0;
  std::int64_t ipis_sent = 0;
  std::int64_t ipis_handled = 0;
  std::int64_t tlbie_count = 0;
  std::int64_t tlbiel_count = 0;
  std::int64_t ptesync_count = 0;
  std::int64_t tlbsync_count = 0;
  std::int64_t hwsync_count = 0;
  std::int64_t batch_flushes = 0;
  std::int64_t page_faults = 0;
  std::int64_t hypervisor_page_faults = 0;
  std::int64_t huge_pages_freed = 0;
  std::int64_t page_tables_freed = 0;
  std::array<std::int64_t, kStopStates> wakes{};
  std::int64_t interrupts_while_busy = 0;
  std::int64_t interrupts_replayed = 0;
};

/// Calls `visit(name, unit, sentence, value)` for each counter.
template <typename Visitor>
void describe(const Counters& c, Visitor&& visit) {
  visit("pmds_cleared", "entries", "huge-page PMD entries cleared", c.pmds_cleared);
  visit("ipi_rounds", "rounds", "calls of smp_call_function_many with at least one target", c.ipi_rounds);
  visit("ipis_sent", "interrupts", "interrupts sent from CPU to CPU", c.ipis_sent);
  visit("ipis_handled", "interrupts", "interrupts from other CPUs that were taken", c.ipis_handled);
  visit("tlbie_count", "instructions", "tlbie, the errata's fix-ups included", c.tlbie_count);
  visit("tlbiel_count", "instructions", "tlbiel, one a set for a whole PID", c.tlbiel_count);
  visit("ptesync_count", "instructions", "ptesync", c.ptesync_count);
  visit("tlbsync_count", "instructions", "tlbsync", c.tlbsync_count);
  visit("hwsync_count", "instructions", "hwsync", c.hwsync_count);
  visit("batch_flushes", "flushes", "TLB flushes for a full batch of freed pages or a change of page size",
        c.batch_flushes);
  visit("page_faults", "faults",
        "page faults of user threads, those that a guest's own kernel handles included", c.page_faults);
  visit("hypervisor_page_faults", "faults", "page faults of guests that the hypervisor handled",
        c.hypervisor_page_faults);
  visit("huge_pages_freed", "pages", "huge pages given back", c.huge_pages_freed);
  visit("page_tables_freed", "tables", "page-table pages given back or handed to RCU", c.page_tables_freed);
  for (std::size_t i = 0; i < kStopStates; ++i) {
    visit(std::string("wakes_from_") + kStopStateNames[i], "wakes",
          std::string("idle CPUs woken from ") + kStopStateNames[i], c.wakes[i]);
  }
  visit("interrupts_while_busy", "interrupts", "interrupts that stopped a running CPU",
        c.interrupts_while_busy);
  visit("interrupts_replayed", "interrupts", "interrupts recorded while soft-disabled and taken later",
        c.interrupts_replayed);
}

/// What was counted between two copies.
[[nodiscard]] Counters difference(const Counters& end, const Counters& begin);

}  // namespace p9mmu::cpus
