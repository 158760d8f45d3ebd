#include "workloads/script/perform.h"

#include <string>

#include "cpus/operations.h"
#include "mmu/error.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/munmap.h"

namespace p9mmu::workloads {

using cpus::Routine;

void Performer::check_may_sleep(const Cpu& cpu, const char* what) {
  if (cpu.soft_masked()) {
    throw mmu::UserError(std::string(what) + " on CPU " + std::to_string(cpu.id().value()) +
                         " with interrupts disabled; enable them first (irq_enable)");
  }
}

Task<void> Performer::use_mm(Cpu& cpu, Mm& mm) {
  const Routine routine(cpu, "switch_mm");
  cpu.current()->pid = mm.pid();
  if (!mm.cpumask().test(cpu.id())) {
    mm.switch_to(cpu.id());
    co_await cpu.hwsync();  // the new bit is seen before anything is read through the mm
  }
}

Task<void> Performer::perform(Cpu& cpu, const Call& call) {
  if (const auto* munmap = std::get_if<Munmap>(&call)) {
    check_may_sleep(cpu, "munmap");
    Mm& mm = world_.mm(munmap->mm);
    co_await use_mm(cpu, mm);
    co_await sys_munmap(world_.linux_kernel(), cpu, mm, munmap->address, munmap->length_bytes);
  } else if (const auto* access = std::get_if<AccessMemory>(&call)) {
    check_may_sleep(cpu, "an access to memory");
    Mm& mm = world_.mm(access->mm);
    co_await use_mm(cpu, mm);
    const Routine routine(cpu, "user");
    co_await access_memory(world_.linux_kernel(), cpu, mm, access->kind, access->address);
  } else if (const auto* use = std::get_if<UseMm>(&call)) {
    co_await use_mm(cpu, world_.mm(use->mm));
  } else if (const auto* compute = std::get_if<Compute>(&call)) {
    const Routine routine(cpu, "user");
    co_await cpu.user_compute(compute->span);
  } else if (std::holds_alternative<Spin>(call)) {
    const Routine routine(cpu, "user");
    co_await cpu.user_compute(Time::never());
  } else if (std::holds_alternative<RunGuest>(call)) {
    const Routine routine(cpu, "guest");
    co_await cpu.run_guest();
  } else if (const auto* sleep = std::get_if<SleepFor>(&call)) {
    check_may_sleep(cpu, "sleep");
    co_await cpu.sleep_for(sleep->span);
  } else if (std::holds_alternative<IrqDisable>(call)) {
    co_await cpu.local_irq_disable();
  } else if (std::holds_alternative<IrqEnable>(call)) {
    co_await cpu.local_irq_enable();
  } else if (const auto* join = std::get_if<Join>(&call)) {
    check_may_sleep(cpu, "join");
    co_await cpu.join(thread_(join->thread));
  } else if (const auto* begin = std::get_if<MeasureBegin>(&call)) {
    if (measurements_ != nullptr) {
      measurements_->begin(cpu, begin->name);
    }
  } else if (const auto* end = std::get_if<MeasureEnd>(&call)) {
    if (measurements_ != nullptr) {
      measurements_->end(cpu, end->name);
    }
  }
}

}  // namespace p9mmu::workloads
