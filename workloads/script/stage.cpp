#include "workloads/script/stage.h"

#include <algorithm>
#include <string>
#include <utility>

#include "cpus/operations.h"
#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/munmap.h"

namespace p9mmu::workloads {
namespace {

using cpus::Routine;

}  // namespace

std::uint32_t LinuxWorld::cpus() const {
  return kernel_.system().cpus();
}

std::uint32_t LinuxWorld::threads_per_core() const {
  return kernel_.system().topology().threads_per_core();
}

Mm& LinuxWorld::mm(MmHandle handle) {
  P9MMU_CHECK(handle.value() < mms_.size(), "mm " << handle.value() << " of " << mms_.size());
  return *mms_[handle.value()];
}

MmHandle LinuxWorld::create_mm(PageSize base_page) {
  mms_.push_back(&kernel_.create_mm(base_page));
  return MmHandle(static_cast<std::uint32_t>(mms_.size() - 1));
}

std::uint64_t LinuxWorld::mmap(MmHandle handle, std::uint64_t length_bytes) {
  return mm(handle).mmap(length_bytes).value();
}

void LinuxWorld::populate(MmHandle handle, std::uint64_t address, std::uint64_t length_bytes, PageSize page) {
  mm(handle).populate(EffectiveAddress(address), length_bytes, page);
}

void LinuxWorld::ran_on(MmHandle handle, std::vector<std::uint32_t> cpus) {
  for (const std::uint32_t cpu : cpus) {
    if (cpu >= this->cpus()) {
      throw mmu::UserError("CPU " + std::to_string(cpu) + ": the machine has " +
                           std::to_string(this->cpus()) + " CPUs, 0 to " + std::to_string(this->cpus() - 1));
    }
    mm(handle).switch_to(CpuId(cpu));
  }
}

Stage::Stage(LinuxWorld& world, LuaHost& host)
    : world_(world), host_(host), measurements_(world.linux_kernel().system()) {}

void Stage::enter(Time at) {
  for (const SpawnedThread& spawned : host_.newly_spawned()) {
    P9MMU_CHECK(spawned.thread.value() == threads_.size(), "thread " << spawned.thread.value());
    System& system = world_.linux_kernel().system();
    Task<void> body = run_thread(system.cpu(spawned.cpu), spawned.thread);
    threads_.push_back(&system.spawn(spawned.cpu, spawned.name, std::move(body), at));
  }
}

void Stage::check_ended() const {
  const Phase* open = measurements_.open();
  if (open == nullptr) {
    return;
  }
  System& system = world_.linux_kernel().system();
  const std::string path = system.paths().text(system.cpu(open->cpu).path());
  const auto waiting = std::find(threads_.begin(), threads_.end(), system.cpu(open->cpu).current());
  const ThreadHandle thread(static_cast<std::uint32_t>(waiting - threads_.begin()));
  const std::string what = "phase '" + open->name + "' never ends: CPU " + std::to_string(open->cpu.value()) +
                           " waits for ever" + (path.empty() ? "" : " in " + path) +
                           "; does a thread keep interrupts disabled?";
  throw waiting == threads_.end() ? mmu::UserError(what) : host_.at_request(thread, what);
}

Task<void> Stage::run_thread(Cpu& cpu, ThreadHandle thread) {
  for (;;) {
    const std::optional<Call> call = host_.resume(thread);
    enter(cpu.now());
    if (!call) {
      co_return;
    }
    try {
      co_await perform(cpu, *call);
    } catch (const mmu::UserError& error) {
      throw host_.at_request(thread, error.what());
    }
  }
}

void Stage::check_may_sleep(const Cpu& cpu, const char* what) {
  if (cpu.soft_masked()) {
    throw mmu::UserError(std::string(what) + " on CPU " + std::to_string(cpu.id().value()) +
                         " with interrupts disabled; enable them first (irq_enable)");
  }
}

Task<void> Stage::use_mm(Cpu& cpu, Mm& mm) {
  const Routine routine(cpu, "switch_mm");
  if (!mm.cpumask().test(cpu.id())) {
    mm.switch_to(cpu.id());
    co_await cpu.hwsync();  // the new bit is seen before anything is read through the mm
  }
}

Task<void> Stage::perform(Cpu& cpu, const Call& call) {
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
    co_await cpu.join(*threads_[join->thread.value()]);
  } else if (const auto* begin = std::get_if<MeasureBegin>(&call)) {
    measurements_.begin(cpu, begin->name);
  } else if (const auto* end = std::get_if<MeasureEnd>(&call)) {
    measurements_.end(cpu, end->name);
  }
}

}  // namespace p9mmu::workloads
