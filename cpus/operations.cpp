#include "cpus/operations.h"

#include <algorithm>

#include "mmu/check.h"

namespace p9mmu::cpus {

void watch(WatchedLine& line, Cpu& cpu) {
  line.watchers.push_back(&cpu);
}

void unwatch(WatchedLine& line, Cpu& cpu) {
  std::erase(line.watchers, &cpu);
}

void wake_watchers(WatchedLine& line, Cpu& storer) {
  if (line.watchers.empty()) [[likely]] {
    return;
  }
  const std::vector<Cpu*> woken = std::exchange(line.watchers, {});
  for (Cpu* watcher : woken) {
    watcher->wake_waiting(storer.now() + storer.system().lines().transfer(storer.id(), watcher->id()));
  }
}

void AcquireLock::start(Cpu& cpu) {
  if (cpu.explored()) {
    take();
    cpu.system().touch({SharedKind::lock, lock_.line.line.name}, Touch::acquire);
    cpu.finish_offered(*this);
  } else if (lock_.held()) {
    watch(lock_.line, cpu);
    cpu.wait_in(*this, Time::never());
  } else {
    cpu.complete_at(*this, take());
  }
}

Time AcquireLock::take() {
  cpu_.begin_operation();
  P9MMU_CHECK(!lock_.held(), "holder " << lock_.holder << " CPU " << cpu_.id().value());
  lock_.holder = cpu_.id().value();
  const System& system = cpu_.system();
  const InstructionParameters& cost = system.parameters().instructions;
  const Time got = system.lines().write(lock_.line.line, cpu_.id(), cpu_.now());
  cpu_.charge(Cause::lock, got - cpu_.now() + cost.larx_stcx);
  return got + cost.larx_stcx;
}

namespace steps {

Time ReleaseLock::issue(Cpu& cpu) const {
  const System& system = cpu.system();
  P9MMU_CHECK(lock->holder == cpu.id().value(), "holder " << lock->holder << " CPU " << cpu.id().value());
  cpu.system().touch({SharedKind::lock, lock->line.line.name}, Touch::release);
  const Time ordered = cpu.now() + system.parameters().instructions.lwsync;
  const Time done = system.lines().write(lock->line.line, cpu.id(), ordered);
  cpu.charge(Cause::lock, done - cpu.now());
  return done;
}

void Tlbiel::effect(Cpu& cpu) const {
  P9MMU_CHECK(operands->form() == mmu::InvalidateForm::valid,
              "tlbiel RB " << operands->encode_rb(true) << " RIC " << static_cast<int>(operands->ric)
                           << " PRS " << operands->process_scoped);
  if (Exploration* const exploration = cpu.system().exploration(); exploration != nullptr) {
    exploration->tlbiel(cpu.id(), *operands, sets);
    return;
  }
  const interconnect::Topology& topology = cpu.system().topology();
  CoreTranslation& core = cpu.system().core(topology.core_of(cpu.id()));
  if (!core.mmu) {
    return;
  }
  core.catch_up(cpu.now());
  mmu::TlbInvalidate one = *operands;
  for (std::uint32_t set = 0; set < sets; ++set) {
    one.set = operands->set + set;
    core.mmu->tlbiel(topology.thread_of(cpu.id()), one);
  }
}

void Slbia::effect(Cpu& cpu) const {
  if (Exploration* const exploration = cpu.system().exploration(); exploration != nullptr) {
    exploration->slbia(cpu.id());
    return;
  }
  const interconnect::Topology& topology = cpu.system().topology();
  CoreTranslation& core = cpu.system().core(topology.core_of(cpu.id()));
  if (core.mmu) {
    // Linux asks for IH=3: the entries of every PID but the kernel's.
    core.mmu->slbia(topology.thread_of(cpu.id()), 3);
  }
}

void Displace::effect(Cpu& cpu) const {
  System& system = cpu.system();
  if (Exploration* const exploration = system.exploration(); exploration != nullptr) {
    exploration->displace(cpu.id(), *context, address);
    return;
  }
  CoreTranslation& core = system.core(system.topology().core_of(cpu.id()));
  if (core.mmu) {
    core.catch_up(cpu.now());
    core.mmu->displace(*context, address);
  }
}

namespace {

/// Tells who audits what an access has read and where it goes; `result.references` must still be there.
void audit_access(Cpu& cpu, Audit& audit, const Access& access, const mmu::CoreMmu& core) {
  const mmu::Translation& result = access.result;
  mmu::RealAddress leaf{0};
  for (const mmu::WalkReference& reference : result.references) {
    if (reference.kind == mmu::ReferenceKind::process_scoped) {
      audit.table_read(cpu, reference.address, true);
      leaf = reference.address;
    }
  }
  const std::optional<mmu::Owner> owner = mmu::quadrant_owner(*access.context, access.address);
  if (!result.ok() || !owner) {
    return;
  }
  const AuditedAccess audited{access.kind, *owner, access.address, result.address, result.size, std::nullopt};
  if (result.source == mmu::TranslationSource::walk) {
    audit.filled(cpu, audited, leaf);
    if (const std::optional<mmu::PageSize> other = core.other_size(*owner, access.address, result.size)) {
      audit.two_sizes(cpu, access.address, *other, result.size);
    }
  }
  audit.accessed(cpu, audited);
}

}  // namespace

Time Access::issue(Cpu& cpu) {
  System& system = cpu.system();
  const interconnect::Topology& topology = system.topology();
  CoreTranslation& core = system.core(topology.core_of(cpu.id()));
  mmu::CoreMmu& mmu = system.mmu_of(core);
  core.catch_up(cpu.now());
  result = mmu.translate(topology.thread_of(cpu.id()), kind, *context, address, system.memory());
  Time translating;
  if (result.source == mmu::TranslationSource::tlb || result.source == mmu::TranslationSource::walk) {
    // A walk's loads are dependent on each other: each is taken to come from memory.
    translating = system.parameters().instructions.erat_miss +
                  static_cast<std::int64_t>(result.references.size()) * system.lines().memory();
  }
  if (Audit* const audit = system.audit(); audit != nullptr) [[unlikely]] {
    audit_access(cpu, *audit, *this, mmu);
  }
  result.references = {};  // they lie in the core and hold until its next translation only
  cpu.charge(Cause::translation, translating);
  cpu.charge(Cause::memory, system.lines().hit());
  return cpu.now() + translating + system.lines().hit();
}

bool Access::explore(Cpu& cpu) {
  return cpu.system().exploration()->access(cpu, kind, *context, address, result);
}

bool Access::possible(Cpu& cpu) {
  const Exploration* const exploration = cpu.system().exploration();
  return exploration == nullptr || exploration->access_possible(cpu.id());
}

bool TlbieBarrier::possible(Cpu& cpu) {
  const Exploration* const exploration = cpu.system().exploration();
  return exploration == nullptr ||
         (exploration->stores_arrived(cpu.id()) && exploration->tlbies_complete(cpu.id()));
}

bool Ptesync::possible(Cpu& cpu) {
  const Exploration* const exploration = cpu.system().exploration();
  return exploration == nullptr || exploration->stores_arrived(cpu.id());
}

}  // namespace steps

Time UserCode::snooped(Cpu& cpu) const {
  return cpu.system().fabric().core_served(cpu.system().topology().core_of(cpu.id()));
}

void UserCode::start(Cpu& cpu) {
  if (cpu.explored()) {
    cpu.finish_offered(*this);  // it touches nothing, so that nothing can be said of it without time
    return;
  }
  cpu.begin_operation();
  snooped_before_ = snooped(cpu);
  cpu.wait_in(*this, left_ == Time::never() ? left_ : cpu.now() + left_);
}

void UserCode::charge_wait(Cpu& cpu, Time since, Time until) {
  Time elapsed = until - since;
  const Time entry = std::min(elapsed, entering_);
  cpu.charge(Cause::guest_exit, entry);
  entering_ -= entry;
  elapsed -= entry;
  const Time stolen = std::min(elapsed, snooped(cpu) - snooped_before_);
  snooped_before_ += stolen;
  cpu.charge(Cause::tlbie, stolen);
  cpu.charge(Cause::compute, elapsed - stolen);
  if (left_ != Time::never()) {
    left_ -= elapsed - stolen;
  }
}

void UserCode::interrupted(Cpu& cpu) {
  if (where_ == Where::guest) {
    entering_ = cpu.system().parameters().guest.entry;
  }
}

void UserCode::resumed(Cpu& cpu) {
  if (left_ > Time()) {
    cpu.wait_in(*this, cpu.now() + left_);  // snoops have taken some of its time
  } else {
    cpu.finish_wait(*this);
  }
}

Time UserCode::leaving_cost(Cpu& cpu) const {
  return where_ == Where::guest ? cpu.system().parameters().guest.exit : Time();
}

}  // namespace p9mmu::cpus
