#include "workloads/script/stage.h"

#include <algorithm>
#include <string>
#include <utility>

#include "mmu/check.h"
#include "mmu/error.h"
#include "workloads/linux/fault.h"

namespace p9mmu::workloads {
Stage::Stage(LinuxWorld& world, LuaHost& host)
    : world_(world),
      host_(host),
      measurements_(world.linux_kernel().system()),
      performer_(world, &measurements_,
                 [this](ThreadHandle thread) -> cpus::SoftwareThread& { return *threads_[thread.value()]; }) {
}

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
      co_await performer_.perform(cpu, *call);
    } catch (const SegmentationFault& fault) {
      if (signals_end_threads_) {
        co_return;
      }
      throw host_.at_request(thread, fault.what());
    } catch (const mmu::UserError& error) {
      throw host_.at_request(thread, error.what());
    }
  }
}

}  // namespace p9mmu::workloads
