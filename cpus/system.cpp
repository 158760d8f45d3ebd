#include "cpus/system.h"

#include <utility>

#include "mmu/check.h"

namespace p9mmu::cpus {

void CoreTranslation::catch_up(Time now) {
  while (!snoops.empty() && snoops.front().completed <= now) {
    mmu->tlbie(snoops.front().operands);
    snoops.pop_front();
  }
}

System::System(const interconnect::InterconnectParameters& interconnect, const CpuParameters& cpu,
               const mmu::MmuParameters& mmu, Scheduler& scheduler)
    : System(interconnect, cpu, mmu, scheduler, *new mmu::RealMemory) {
  own_memory_.reset(&memory_);
  // Parameters that make no MMU are an error now, not when a core first translates.
  const mmu::CoreMmu trial(mmu, topology_.threads_per_core());
}

System::System(const interconnect::InterconnectParameters& interconnect, const CpuParameters& cpu,
               const mmu::MmuParameters& mmu, Scheduler& scheduler, mmu::RealMemory& memory)
    : scheduler_(scheduler),
      parameters_(cpu),
      topology_(interconnect.topology),
      lines_(interconnect.line, topology_),
      stop_states_(cpu.idle),
      memory_(memory),
      idle_cpus_(topology_.cpus()),
      cores_(topology_.cores()),
      mmu_parameters_(mmu) {
  for (std::uint32_t id = 0; id < topology_.cpus(); ++id) {
    cpus_.push_back(std::make_unique<Cpu>(*this, CpuId(id)));
  }
}

void System::set_random_seed(std::uint64_t seed) {
  constexpr std::uint64_t kApart = 0xd1342543de82ef95U;  // any odd number that spreads CPUs over the states
  for (const std::unique_ptr<Cpu>& cpu : cpus_) {
    cpu->set_random_delay(parameters_.random_delay, (seed + 1) * kApart + cpu->id().value());
  }
}

void System::connect(interconnect::TlbieTransport& fabric, interconnect::IpiDelivery& ipi) {
  fabric_ = &fabric;
  ipi_ = &ipi;
  if (timeline_ != nullptr) {
    fabric_ = &observed_fabric_.emplace(fabric, topology_, *timeline_);
  }
}

void System::set_timeline_observer(TimelineObserver& observer) {
  P9MMU_CHECK(timeline_ == nullptr, "a machine has one timeline observer");
  timeline_ = &observer;
  for (const std::unique_ptr<Cpu>& cpu : cpus_) {
    cpu->set_observer(&observer);
  }
  if (fabric_ != nullptr) {
    connect(*fabric_, *ipi_);
  }
}

void System::set_exploration(Exploration& exploration) {
  exploration_ = &exploration;
  for (std::uint32_t id = 0; id < cpus(); ++id) {
    cpus_[CpuId(id)]->set_explored();
  }
}

void System::broadcast(const mmu::TlbInvalidate& operands, Time now) {
  // A kernel that executes an invalid form is a broken one: hardware interrupts it.
  P9MMU_CHECK(operands.form() == mmu::InvalidateForm::valid,
              "tlbie RB " << operands.encode_rb() << " RIC " << static_cast<int>(operands.ric) << " PRS "
                          << operands.process_scoped);
  std::uint32_t id = 0;
  for (CoreTranslation& core : cores_) {
    const interconnect::CoreId core_id(id++);
    if (!core.mmu || (core.snoops.empty() && !core.mmu->may_reach(operands))) {
      // Its snoop is filtered: it takes its time and finds nothing. What this core fills from now on comes
      // from tables as they are now, after the change that this tlbie follows.
      continue;
    }
    core.catch_up(now);
    core.snoops.push_back(CoreTranslation::Snoop{fabric_->core_done(core_id), operands});
  }
}

mmu::CoreMmu& System::mmu_of(CoreTranslation& core) {
  if (!core.mmu) {
    core.mmu.emplace(mmu_parameters_, topology_.threads_per_core());
  }
  return *core.mmu;
}

SoftwareThread& System::spawn(CpuId cpu, std::string name, Task<void> body, Time at) {
  SoftwareThread& thread = threads_.emplace_back();
  thread.name = std::move(name);
  thread.body = std::move(body);
  thread.resume = thread.body.handle();
  thread.cpu = cpus_[cpu].get();
  thread.body.root(thread.cpu->trampoline());
  thread.cpu->make_ready(thread, at);
  return thread;
}

}  // namespace p9mmu::cpus
