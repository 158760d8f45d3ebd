// What of the kernel can be set in a machine file: the silicon level it works around, and what its routines
// cost in instructions that are not modelled one by one. `describe` lists every parameter once.
#pragma once

#include <cstdint>

#include "interconnect/time.h"

namespace p9mmu::workloads {

using interconnect::Time;

/// Nimbus levels by the errata that Linux works around (commits 047e6575aec7, a5d4b5891c2f).
enum class SiliconLevel : std::uint8_t { dd2_2, dd2_3 };

/// /sys/kernel/mm/transparent_hugepage/enabled.
enum class HugePages : std::uint8_t { never, always };

struct KernelParameters {
  HugePages thp = HugePages::always;
  SiliconLevel silicon = SiliconLevel::dd2_3;
  Time syscall;
  Time smp_call_per_target;
  Time doorbell_entry;
  Time doorbell_exit;
  Time smp_call_function;
  Time zap_huge_pmd;
  Time zap_pte;
  Time zap_pmd_table;
  Time page_fault;
  Time kvm_page_fault;
  Time clear_64k;
  Time copy_64k;
  Time split_huge_pmd;
  Time set_pte;
  Time change_pte;
  Time split_huge_page;
  Time free_huge_page;
  Time free_table;
  Time tlb_flush;
  Time lockless_walk;
  std::uint32_t flush_ceiling_global = 33;
  std::uint32_t flush_ceiling_local = 256;
};

template <typename Visitor>
void describe(KernelParameters& p, Visitor&& visit) {
  visit.choice("linux.silicon", p.silicon, {"dd2.2", "dd2.3"},
               "the level whose errata the kernel works around");
  visit.time("linux.syscall", p.syscall, "kernel entry and exit by system call");
  visit.time(
      "linux.smp_call.per_target", p.smp_call_per_target,
      "instructions of smp_call_function_many for one target, over its atomics, barriers and line misses");
  visit.time("linux.doorbell.entry", p.doorbell_entry,
             "doorbell vector to the handler's first access to memory");
  visit.time("linux.doorbell.exit", p.doorbell_exit, "end of the handler to the interrupted instruction");
  visit.time("linux.smp_call.function", p.smp_call_function, "calling the function, here do_nothing");
  visit.time("linux.zap_huge_pmd", p.zap_huge_pmd,
             "instructions and local misses of one zap_huge_pmd, over its atomics and its modelled misses");
  visit.choice("linux.thp", p.thp, {"never", "always"}, "whether a page fault maps huge pages where it can");
  visit.time("linux.page_fault", p.page_fault,
             "instructions of a page fault, entry and exit included, over its locks and clearing");
  visit.time(
      "linux.kvm_page_fault", p.kvm_page_fault,
      "instructions of the hypervisor's handler of a guest's page fault, over leaving and entering the "
      "guest, its locks and the host's own fault");
  visit.time("linux.clear_64k", p.clear_64k, "clearing 64 KiB of a new page");
  visit.time("linux.copy_64k", p.copy_64k, "copying 64 KiB of a page");
  visit.time(
      "linux.split_huge_pmd", p.split_huge_pmd,
      "instructions of splitting one huge PMD, over its atomics, its flush and the entries that it fills");
  visit.time("linux.split_huge_page", p.split_huge_page,
             "instructions of making base pages of one huge page, over its locks, atomics and entries");
  visit.time("linux.set_pte", p.set_pte, "filling one entry of a PTE table, its page's count included");
  visit.time("linux.change_pte", p.change_pte,
             "instructions of changing or moving one entry, over its atomic and its store");
  visit.time("linux.zap_pte", p.zap_pte, "instructions and local misses of unmapping one base page");
  visit.time("linux.zap_pmd_table", p.zap_pmd_table, "walking to the next PMD table");
  visit.time("linux.free_huge_page", p.free_huge_page, "giving one huge page back, when its batch is full");
  visit.time("linux.free_table", p.free_table, "giving one page-table page back");
  visit.time("linux.tlb_flush", p.tlb_flush, "instructions of one TLB flush around its operations");
  visit.time("linux.lockless_walk", p.lockless_walk,
             "instructions of looking one address up without locks, over its loads and atomics");
  visit.count("linux.flush_ceiling.global", p.flush_ceiling_global,
              "pages above which a global range flush takes the whole PID");
  visit.count("linux.flush_ceiling.local", p.flush_ceiling_local,
              "pages above which a local range flush takes the whole PID");
}

}  // namespace p9mmu::workloads
