#include "workloads/script/perform.h"

#include <string>
#include <utility>
#include <variant>

#include "cpus/operations.h"
#include "mmu/error.h"
#include "workloads/linux/exit.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/guest_fault.h"
#include "workloads/linux/gup.h"
#include "workloads/linux/khugepaged.h"
#include "workloads/linux/kvm.h"
#include "workloads/linux/lockless_walk.h"
#include "workloads/linux/madvise.h"
#include "workloads/linux/mprotect.h"
#include "workloads/linux/mremap.h"
#include "workloads/linux/munmap.h"
#include "workloads/linux/page.h"
#include "workloads/linux/split_huge_page.h"

namespace p9mmu::workloads {

using cpus::Routine;

Task<void> Performer::perform(Cpu& cpu, const Call& call) {
  return std::visit([this, &cpu](const auto& request) { return carry_out(cpu, request); }, call);
}

void Performer::check_may_sleep(const Cpu& cpu, const char* what) {
  if (cpu.soft_masked()) {
    throw mmu::UserError(std::string(what) + " on CPU " + std::to_string(cpu.id().value()) +
                         " with interrupts disabled; enable them first (irq_enable)");
  }
}

Task<void> Performer::use_mm(Cpu& cpu, Mm& mm) {
  co_await switch_guest(cpu, nullptr);
  co_await switch_mm(cpu, mm);
}

Task<void> Performer::switch_mm(Cpu& cpu, Mm& mm) {
  const Routine routine(cpu, "switch_mm");
  cpu.current()->pid = mm.pid();
  if (!mm.cpumask().test(cpu.id())) {
    mm.switch_to(cpu.id());
    co_await cpu.hwsync();  // the new bit is seen before anything is read through the mm
  }
}

Task<Mm*> Performer::enter(Cpu& cpu, MmHandle handle, const char* what) {
  check_may_sleep(cpu, what);
  Mm& mm = world_.mm(handle);
  co_await use_mm(cpu, mm);
  co_return &mm;
}

// --- What goes on in an address space ---

Task<void> Performer::carry_out(Cpu& cpu, const Munmap& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "munmap");
  co_await sys_munmap(world_.linux_kernel(), cpu, *mm, call.address, call.length_bytes);
}

Task<void> Performer::carry_out(Cpu& cpu, const MadviseDontneed& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "madvise");
  co_await sys_madvise_dontneed(world_.linux_kernel(), cpu, *mm, call.address, call.length_bytes);
}

Task<void> Performer::carry_out(Cpu& cpu, const Mprotect& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "mprotect");
  co_await sys_mprotect(world_.linux_kernel(), cpu, *mm, call.address, call.length_bytes,
                        static_cast<Protection>(call.to));
}

Task<void> Performer::carry_out(Cpu& cpu, const Mremap& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "mremap");
  co_await sys_mremap(world_.linux_kernel(), cpu, *mm, call.address, call.length_bytes, call.target);
}

// The kernel does these two by itself: the thread need not be one of the address space.

Task<void> Performer::carry_out(Cpu& cpu, const SplitHugePage& call) {
  check_may_sleep(cpu, "split_huge_page");
  co_await split_huge_page(world_.linux_kernel(), cpu, world_.mm(call.mm), call.address);
}

Task<void> Performer::carry_out(Cpu& cpu, const Collapse& call) {
  check_may_sleep(cpu, "collapse");
  co_await collapse_huge_page(world_.linux_kernel(), cpu, world_.mm(call.mm), call.address);
}

Task<void> Performer::carry_out(Cpu& cpu, const ExitMm& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "exit_mm");
  co_await exit_mm(world_.linux_kernel(), cpu, *mm);
}

Task<void> Performer::carry_out(Cpu& cpu, const AccessMemory& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "an access to memory");
  const Routine routine(cpu, "user");
  co_await access_memory(world_.linux_kernel(), cpu, *mm, call.kind, call.address);
}

/// A vCPU is a thread of the process that owns the guest's memory.
Task<void> Performer::carry_out(Cpu& cpu, const AccessGuestMemory& call) {
  check_may_sleep(cpu, "an access to memory");
  GuestMm& mm = world_.guest_mm(call.mm);
  if (cpu.current()->lpid != mm.guest().lpid()) {
    co_await use_mm(cpu, mm.guest().host());
    co_await switch_guest(cpu, &mm.guest());
  }
  const Routine routine(cpu, "guest");
  co_await access_guest_memory(world_.linux_kernel(), cpu, mm, call.kind, call.address);
}

Task<void> Performer::carry_out(Cpu& cpu, const DisplaceTranslation& call) {
  const mmu::Context context = world_.linux_kernel().user_context(world_.mm(call.mm));
  co_await cpu.execute(cpus::steps::Displace{&context, call.address});
}

Task<void> Performer::carry_out(Cpu& cpu, const FindLinuxPte& call) {
  co_await lookup_linux_pte(world_.linux_kernel(), cpu, world_.mm(call.mm), call.address);
}

Task<void> Performer::carry_out(Cpu& cpu, const GupFast& call) {
  Mm* const mm = co_await enter(cpu, call.mm, "gup_fast");
  Kernel& kernel = world_.linux_kernel();
  RealAddress page(0);
  if (call.only_fast) {
    page = co_await get_user_pages_fast_only(kernel, cpu, *mm, call.address, call.write);
  } else {
    page = co_await get_user_pages_fast(kernel, cpu, *mm, call.address, call.write);
  }
  if (page != RealAddress(0)) {
    pinned_[cpu.current()].push_back(page);
  }
}

Task<void> Performer::carry_out(Cpu& cpu, const PutPages&) {
  const Routine routine(cpu, "put_page");
  const std::vector<RealAddress> pages = std::exchange(pinned_[cpu.current()], {});
  for (const RealAddress page : pages) {
    co_await put_page(cpu, world_.linux_kernel().pages(), page);
  }
}

Task<void> Performer::carry_out(Cpu& cpu, const UseMm& call) {
  co_await use_mm(cpu, world_.mm(call.mm));
}

// --- What a thread does for itself ---

Task<void> Performer::carry_out(Cpu& cpu, const Compute& call) {
  const Routine routine(cpu, "user");
  co_await cpu.user_compute(call.span);
}

Task<void> Performer::carry_out(Cpu& cpu, const Spin&) {
  const Routine routine(cpu, "user");
  co_await cpu.user_compute(Time::never());
}

Task<void> Performer::carry_out(Cpu& cpu, const RunGuest&) {
  const Routine routine(cpu, "guest");
  co_await cpu.run_guest();
}

Task<void> Performer::carry_out(Cpu& cpu, const SleepFor& call) {
  check_may_sleep(cpu, "sleep");
  co_await cpu.sleep_for(call.span);
}

Task<void> Performer::carry_out(Cpu& cpu, const IrqDisable&) {
  co_await cpu.local_irq_disable();
}

Task<void> Performer::carry_out(Cpu& cpu, const IrqEnable&) {
  co_await cpu.local_irq_enable();
}

Task<void> Performer::carry_out(Cpu& cpu, const Join& call) {
  check_may_sleep(cpu, "join");
  co_await cpu.join(thread_(call.thread));
}

Task<void> Performer::carry_out(Cpu& cpu, const MeasureBegin& call) {
  if (measurements_ != nullptr) {
    measurements_->begin(cpu, call.name);
  }
  co_return;
}

Task<void> Performer::carry_out(Cpu& cpu, const MeasureEnd& call) {
  if (measurements_ != nullptr) {
    measurements_->end(cpu, call.name);
  }
  co_return;
}

}  // namespace p9mmu::workloads
