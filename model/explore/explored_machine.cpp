#include "model/explore/explored_machine.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "mmu/check.h"
#include "mmu/error.h"
#include "mmu/leaf_rules.h"
#include "mmu/table_entries.h"
#include "model/explore/words.h"
#include "workloads/linux/fault.h"

namespace p9mmu::model::explore {
namespace {

using cpus::SharedKind;
using cpus::Touch;

/// In the place of a value: the thread has ended.
constexpr std::uint64_t kSegmentationFault = ~std::uint64_t{0};

constexpr interconnect::TopologyParameters kShape = {1, 3, 2};

interconnect::InterconnectParameters interconnect_of(const Scenario& scenario) {
  interconnect::InterconnectParameters parameters = scenario.machine.interconnect;
  parameters.topology = kShape;
  return parameters;
}

mmu::RealMemory& cleared(mmu::RealMemory& memory) {
  memory.clear();
  return memory;
}

ExploredMmu::Errata errata_of(const Scenario& scenario) {
  return {true, scenario.machine.kernel.silicon == workloads::SiliconLevel::dd2_2};
}

}  // namespace

// Actors in their order: CPUs; interrupts to them; their stores; their tlbies in each core.
std::uint32_t Scenario::actors() const {
  const auto count = static_cast<std::uint32_t>(cpus.size());
  return 3 * count + kShape.chips * kShape.cores_per_chip * count;
}

ExploredMachine::ExploredMachine(const Scenario& scenario, mmu::RealMemory& memory)
    : scenario_(scenario),
      due_(kShape.cpus(), Time::never()),
      system_(interconnect_of(scenario), scenario.machine.cpus, scenario.machine.mmu, *this, cleared(memory)),
      auditor_(system_),
      kernel_(system_, scenario.machine.kernel, scenario.policy),
      world_(kernel_, kShape.cores_per_chip),
      performer_(world_, nullptr,
                 [this](workloads::ThreadHandle thread) -> cpus::SoftwareThread& {
                   return *threads_[thread.value()];
                 }),
      cores_(kShape.cores_per_chip, ExploredMmu(kShape.threads_per_core, errata_of(scenario))),
      snoops_(kShape.cores_per_chip * scenario.cpus.size()),
      outstanding_(scenario.cpus.size()),
      faulted_(kShape.cpus()) {
  system_.connect(*this, *this);
  system_.set_audit(auditor_);
  kernel_.set_auditor(auditor_);
  for (const std::function<void(workloads::World&)>& action : scenario.script.setup) {
    action(world_);
  }
  kernel_.pages().keep_cpus_apart(system_);
  noted_ = false;
  system_.set_exploration(*this);
  for (const workloads::RecordedThread& thread : scenario.script.threads) {
    threads_.push_back(
        &system_.spawn(thread.cpu, thread.name, run_thread(system_.cpu(thread.cpu), thread), Time()));
  }
  for (std::uint32_t index = 0; index < scenario.cpus.size(); ++index) {
    run_to_next_step(system_.cpu(cpu_at(index)));
  }
  noted_ = true;
}

ExploredMachine::~ExploredMachine() = default;

cpus::Task<void> ExploredMachine::run_thread(cpus::Cpu& cpu, const workloads::RecordedThread& thread) {
  if (thread.routine) {
    co_await thread.routine(world_, cpu);
  }
  for (const workloads::Call& call : thread.calls) {
    try {
      co_await performer_.perform(cpu, call);
    } catch (const workloads::SegmentationFault&) {
      loaded_.push_back(Loaded{cpu.id().value(), kSegmentationFault});
      co_return;
    }
  }
}

// --- Who can take a step, and taking it ---

std::uint32_t ExploredMachine::index_of(CpuId cpu) const {
  const auto place = std::lower_bound(scenario_.cpus.begin(), scenario_.cpus.end(), cpu.value());
  P9MMU_CHECK(place != scenario_.cpus.end() && *place == cpu.value(), "CPU " << cpu.value());
  return static_cast<std::uint32_t>(place - scenario_.cpus.begin());
}

ExploredMachine::Place ExploredMachine::place_of(CpuId cpu) const {
  return {cpu.value() / kShape.threads_per_core, cpu.value() % kShape.threads_per_core};
}

bool ExploredMachine::can_propagate(CpuId cpu) const {
  // The first of its stores, unless another CPU's older store to the same place is still on its way.
  for (auto store = stores_.begin(); store != stores_.end(); ++store) {
    if (store->cpu == cpu) {
      return std::none_of(stores_.begin(), store,
                          [&](const PendingStore& older) { return older.address == store->address; });
    }
  }
  return false;
}

bool ExploredMachine::can_snoop(std::uint32_t core, std::uint32_t issuer) const {
  const std::vector<Snoop>& queue = snoops_[core * scenario_.cpus.size() + issuer];
  return !queue.empty() && !cores_[core].must_drain(queue.front().operands);
}

Actors ExploredMachine::possible() const {
  const auto count = static_cast<std::uint32_t>(scenario_.cpus.size());
  auto& system = const_cast<cpus::System&>(system_);
  Actors actors = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    cpus::Cpu& cpu = system.cpu(cpu_at(i));
    const cpus::Operation* const operation = cpu.offered();
    const AccessUnderWay& access =
        const_cast<ExploredMmu&>(cores_[place_of(cpu.id()).core]).access(place_of(cpu.id()).thread);
    if (operation != nullptr && operation->possible(cpu)) {
      actors |= Actors{1} << i;
    }
    if (cpu.can_take_interrupt() && access.stage == AccessStage::none) {
      actors |= Actors{1} << (count + i);
    }
  }
  for (std::uint32_t i = 0; i < count && !stores_.empty(); ++i) {
    if (can_propagate(cpu_at(i))) {
      actors |= Actors{1} << (2 * count + i);
    }
  }
  for (std::uint32_t core = 0; core < cores_.size(); ++core) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (outstanding_[i] != 0 && can_snoop(core, i)) {
        actors |= Actors{1} << (3 * count + core * count + i);
      }
    }
  }
  return actors;
}

void ExploredMachine::step(Actor actor) {
  touched_.clear();
  enabled_by_.clear();
  const auto count = static_cast<std::uint32_t>(scenario_.cpus.size());
  if (actor < count) {
    cpus::Cpu& cpu = system_.cpu(cpu_at(actor));
    if (described_) {
      describe("CPU " + std::to_string(cpu.id().value()), cpu.id(), cpu.offered()->name());
      if (is_omitted(description_.routine, description_.operation)) {
        description_.operation += " (left out)";
      }
    }
    cpu.dispatch(std::exchange(due_[cpu.id().value()], Time::never()));
    run_to_next_step(cpu);
  } else if (actor < 2 * count) {
    cpus::Cpu& cpu = system_.cpu(cpu_at(actor - count));
    if (described_) {
      describe("CPU " + std::to_string(cpu.id().value()), cpu.id(), "interrupt");
    }
    touch({SharedKind::message, cpu.id().value()}, Touch::await);
    touch({SharedKind::interrupts, cpu.id().value()}, Touch::read);
    touch({SharedKind::access, cpu.id().value()}, Touch::read);
    cpu.take_interrupt();
  } else if (actor < 3 * count) {
    propagate(cpu_at(actor - 2 * count));
  } else {
    snoop((actor - 3 * count) / count, (actor - 3 * count) % count);
  }
  ++steps_;
  if (system_.failure) {
    std::rethrow_exception(system_.failure);
  }
}

/// What a CPU does by itself until it stands before an operation that others can see, or has nothing to do.
void ExploredMachine::run_to_next_step(cpus::Cpu& cpu) {
  Time& due = due_[cpu.id().value()];
  while (due != Time::never() && cpu.offered() == nullptr) {
    cpu.dispatch(std::exchange(due, Time::never()));
  }
}

void ExploredMachine::schedule(CpuId cpu, Time at) {
  due_[cpu.value()] = at;
}

void ExploredMachine::cancel(CpuId cpu) {
  due_[cpu.value()] = Time::never();
}

ExploredMachine::Signals& ExploredMachine::signals_of(cpus::SharedObject object) {
  for (Signals& signals : signals_) {
    if (signals.object == object) {
      return signals;
    }
  }
  return signals_.emplace_back(Signals{object, {}});
}

void ExploredMachine::touch(cpus::SharedObject object, cpus::Touch how) {
  if (described_) [[unlikely]] {
    tell_touch(object, how);
  }
  if (how == Touch::signal) {
    std::vector<std::uint32_t>& steps = signals_of(object).steps;
    // An interrupt that is pending already is not made so by the next one.
    if (object.kind() != SharedKind::message || steps.empty()) {
      steps.push_back(steps_);
    }
  } else if (how == Touch::await) {
    std::vector<std::uint32_t>& steps = signals_of(object).steps;
    enabled_by_.insert(enabled_by_.end(), steps.begin(), steps.end());
    steps.clear();
  } else if (noted_) {
    touched_.push_back(Touched{object, how});
  }
}

bool ExploredMachine::omits(const cpus::Cpu& cpu, const char* operation) const {
  if (scenario_.omissions.empty()) [[likely]] {
    return false;
  }
  const std::string routine = innermost(const_cast<cpus::System&>(system_).paths().text(cpu.path()));
  if (scenario_.omissible != nullptr) {
    scenario_.omissible->emplace(routine, operation);
  }
  return is_omitted(routine, operation);
}

bool ExploredMachine::is_omitted(const std::string& routine, const std::string& operation) const {
  return std::any_of(scenario_.omissions.begin(), scenario_.omissions.end(), [&](const Omission& omission) {
    return omission.routine == routine && omission.operation == operation;
  });
}

// --- Stores on their way to the table walkers ---

void ExploredMachine::table_store(CpuId cpu, mmu::RealAddress address, std::uint64_t value) {
  if (described_) {
    tell("the entry at " + hex(address.value()) + " is now " + describe_entry(mmu::RadixEntry{value}));
  }
  touch({SharedKind::memory, address.value()}, Touch::write);
  touch(kStoresOnTheirWay, Touch::acquire_shared);
  stores_.push_back(PendingStore{cpu, address.value(), system_.memory().read64(address), steps_});
}

void ExploredMachine::propagate(CpuId cpu) {
  const auto store = std::find_if(stores_.begin(), stores_.end(),
                                  [cpu](const PendingStore& pending) { return pending.cpu == cpu; });
  enabled_by_.push_back(store->step);
  touch({SharedKind::stores, cpu.value()}, Touch::signal);
  touch({SharedKind::walk_view, store->address}, Touch::write);
  touch(kStoresOnTheirWay, Touch::release_shared);
  if (described_) {
    describe("memory", cpu, "store arrives");
    tell("table walkers see CPU " + std::to_string(cpu.value()) + "'s store to " + hex(store->address));
  }
  auditor_.store_arrived(mmu::RealAddress(store->address));
  stores_.erase(store);
}

bool ExploredMachine::stores_arrived(CpuId cpu) const {
  return std::none_of(stores_.begin(), stores_.end(),
                      [cpu](const PendingStore& store) { return store.cpu == cpu; });
}

// --- Invalidations ---

void ExploredMachine::tlbie(CpuId cpu, const mmu::TlbInvalidate& operands) {
  const std::uint32_t issuer = index_of(cpu);
  std::uint32_t last = kShape.cores_per_chip;
  for (const std::uint32_t taking_part : scenario_.cpus) {
    // Nobody sees when a core has done with it in which no CPU takes part. CPUs stand in their order.
    if (const std::uint32_t core = place_of(CpuId(taking_part)).core; core != last) {
      snoops_[core * scenario_.cpus.size() + issuer].push_back({operands, steps_});
      ++outstanding_[issuer];
      last = core;
    }
  }
}

bool ExploredMachine::tlbies_complete(CpuId cpu) const {
  return outstanding_[index_of(cpu)] == 0;
}

void ExploredMachine::snoop(std::uint32_t core, std::uint32_t issuer) {
  std::vector<Snoop>& queue = snoops_[core * scenario_.cpus.size() + issuer];
  const std::uint32_t cpu = scenario_.cpus[issuer];
  enabled_by_.push_back(queue.front().step);
  touch({SharedKind::tlbies, cpu}, Touch::signal);
  const mmu::TlbInvalidate& operands = queue.front().operands;
  const Invalidated done = cores_[core].tlbie(operands);
  touch_invalidated(core, operands, done);
  if (described_) {
    describe("core " + std::to_string(core), CpuId(cpu), "snoop");
    tell("CPU " + std::to_string(cpu) + "'s tlbie takes " + std::to_string(done.translations) +
         " translations and " + std::to_string(done.walks) + " partial walks" +
         (done.restarted != 0 ? "; a walk under way begins again" : ""));
  }
  queue.erase(queue.begin());
  --outstanding_[issuer];
}

/// A tlbie that finds nothing commutes with look-ups, one that leaves the walk cache alone with walks that
/// have not come to a leaf, one for pages of a size with those of another, and one of the kernel's, there for
/// the ERAT's erratum, with all but what was passed over.
void ExploredMachine::touch_invalidated(std::uint32_t core, const mmu::TlbInvalidate& operands,
                                        const Invalidated& done) {
  const bool of_pages =
      operands.scope == mmu::InvalidateScope::page && operands.ric != mmu::InvalidateCaches::tlb_cluster;
  const bool of_process = of_pages || operands.scope == mmu::InvalidateScope::pid;
  const bool of_kernel = of_process && operands.pid == mmu::Pid(0);
  const bool of_huge = of_pages && is_huge(*operands.page_size);
  const bool of_base = of_pages && !of_huge;
  const bool flushes = flushes_erats(operands);
  const Touch changes = done.translations + done.passed_over != 0 ? Touch::write : Touch::read;
  const Touch reaches = done.restarted + done.passed_over != 0 ? Touch::write : Touch::read;
  // An ERAT's flush takes what it has passed over, of any size.
  const bool any = changes == Touch::write && flushes;
  if (any || !(of_kernel || of_huge)) {
    touch(core_part(CorePart::base_pages, core), changes);
  }
  if (any || !(of_kernel || of_base)) {
    touch(core_part(CorePart::huge_pages, core), changes);
  }
  if (changes == Touch::write || flushes) {
    touch(core_part(CorePart::passed_over, core), changes);
  }
  if (takes_walks(operands)) {
    touch(core_part(CorePart::walk_cache, core), Touch::write);
  }
  // The store queue's erratum makes any tlbie wait for a store that an earlier one overlooked.
  const bool store_queue = errata_of(scenario_).store_queue;
  for (const std::uint32_t cpu : scenario_.cpus) {
    if (place_of(CpuId(cpu)).core != core) {
      continue;
    }
    if (store_queue || !(of_kernel || of_huge)) {
      touch(core_part(CorePart::base_in_hand, cpu), reaches);
    }
    if (store_queue || !(of_kernel || of_base)) {
      touch(core_part(CorePart::huge_in_hand, cpu), reaches);
    }
    if (flushes) {
      touch(core_part(CorePart::passed_in_hand, cpu), Touch::read);
    }
  }
}

void ExploredMachine::touch_translations(std::uint32_t core, cpus::Touch how) {
  touch(core_part(CorePart::base_pages, core), how);
  touch(core_part(CorePart::huge_pages, core), how);
}

void ExploredMachine::tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets) {
  const Place place = place_of(cpu);
  touch_translations(place.core, Touch::write);
  touch(core_part(CorePart::passed_over, place.core), Touch::write);
  if (takes_walks(operands)) {
    touch(core_part(CorePart::walk_cache, place.core), Touch::write);
  }
  // By set, Linux takes every set; the first carries what is not in sets.
  if (operands.scope == mmu::InvalidateScope::page || operands.set == 0 || sets > 1) {
    cores_[place.core].tlbiel(place.thread, operands);
  }
}

void ExploredMachine::slbia(CpuId cpu) {
  const Place place = place_of(cpu);
  touch_translations(place.core, Touch::write);
  touch(core_part(CorePart::passed_over, place.core), Touch::write);
  cores_[place.core].slbia(place.thread);
}

void ExploredMachine::displace(CpuId cpu, const mmu::Context& context, mmu::EffectiveAddress address) {
  const Place place = place_of(cpu);
  const std::optional<mmu::Owner> owner = mmu::quadrant_owner(context, address);
  const unsigned displaced = owner ? cores_[place.core].displace(*owner, mmu::tree_address(address)) : 0;
  touch_translations(place.core, displaced != 0 ? Touch::write : Touch::read);
}

}  // namespace p9mmu::model::explore
