// The vocabulary of kernel routines: what a hardware thread can be asked to do. Here are the steps, which
// have a cost when they are issued and an effect when they are done; those that wait for somebody else are in
// cpus/waiting_operations.h. Costs come from the machine's parameters; what a routine does between operations
// takes no time.
#pragma once

#include "cpus/cpu.h"
#include "cpus/step_operation.h"
#include "cpus/system.h"
#include "cpus/waiting_operations.h"

namespace p9mmu::cpus {

namespace steps {

/// Takes `span` for `cause` and does nothing that others see.
struct Spend {
  static constexpr const char* kName = "compute";
  static constexpr bool kPrivate = true;
  Time span;
  Cause cause;
  Time issue(Cpu& cpu) const {
    cpu.charge(cause, span);
    return cpu.now() + span;
  }
  void effect(Cpu&) const {}
};

struct Hwsync {
  static constexpr const char* kName = "hwsync";
  static constexpr bool kPrivate = true;  ///< memory is in order anyway, but for what table walkers see
  Time issue(Cpu& cpu) const {
    ++cpu.system().counters().hwsync_count;
    const Time span = cpu.system().parameters().instructions.hwsync;
    cpu.charge(Cause::barrier, span);
    return cpu.now() + span;
  }
  void effect(Cpu&) const {}
};

/// larx, change, stcx. on a line that this core has to get first.
struct ReadModifyWrite {
  static constexpr const char* kName = "larx/stcx.";
  interconnect::Line* line;
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    system.touch({SharedKind::line, line->name}, Touch::write);
    const Time got = system.lines().write(*line, cpu.id(), cpu.now());
    const Time atomic = system.parameters().instructions.larx_stcx;
    cpu.charge(Cause::memory, got - cpu.now() + atomic);
    return got + atomic;
  }
  void effect(Cpu&) const {}
};

/// A store that those who watch the line see when it is done.
struct Store {
  static constexpr const char* kName = "store";
  WatchedLine* line;
  Time issue(Cpu& cpu) const {
    cpu.system().touch({SharedKind::line, line->line.name}, Touch::write);
    const Time done = cpu.system().lines().write(line->line, cpu.id(), cpu.now());
    cpu.charge(Cause::memory, done - cpu.now());
    return done;
  }
  void effect(Cpu& cpu) const { wake_watchers(*line, cpu); }
};

struct Load {
  static constexpr const char* kName = "load";
  interconnect::Line* line;
  Time issue(Cpu& cpu) const {
    cpu.system().touch({SharedKind::line, line->name}, Touch::read);
    const Time done = cpu.system().lines().read(*line, cpu.id(), cpu.now());
    cpu.charge(Cause::memory, done - cpu.now());
    return done;
  }
  void effect(Cpu&) const {}
};

struct Ptesync {
  static constexpr const char* kName = "ptesync";
  [[nodiscard]] static bool possible(Cpu& cpu);
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().ptesync_count;
    const Time done = system.fabric().ptesync(cpu.id(), cpu.now(), system.parameters().instructions.ptesync);
    cpu.charge(Cause::barrier, done - cpu.now());
    system.touch({SharedKind::stores, cpu.id().value()}, Touch::await);
    return done;
  }
  void effect(Cpu&) const {}
};

/// eieio; tlbsync; ptesync: the end of every sequence of tlbies. The wait is the ptesync's.
struct TlbieBarrier {
  static constexpr const char* kName = "eieio; tlbsync; ptesync";
  [[nodiscard]] static bool possible(Cpu& cpu);
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().tlbsync_count;
    const Time ordered = cpu.now() + system.parameters().instructions.eieio;
    system.touch({SharedKind::tlbies, cpu.id().value()}, Touch::await);
    system.touch({SharedKind::stores, cpu.id().value()}, Touch::await);
    system.fabric().tlbsync(cpu.id(), ordered);
    ++system.counters().ptesync_count;
    const Time done = system.fabric().ptesync(cpu.id(), ordered, system.parameters().instructions.ptesync);
    cpu.charge(Cause::barrier, done - cpu.now());
    return done;
  }
  void effect(Cpu&) const {}
};

/// One broadcast tlbie: the thread goes on when its own core has acknowledged it.
struct Tlbie {
  static constexpr const char* kName = "tlbie";
  const mmu::TlbInvalidate* operands;
  Time issue(Cpu& cpu) const {
    System& system = cpu.system();
    ++system.counters().tlbie_count;
    const interconnect::TlbieIssued issued = system.fabric().tlbie(cpu.id(), cpu.now());
    if (Exploration* const exploration = system.exploration(); exploration != nullptr) [[unlikely]] {
      exploration->tlbie(cpu.id(), *operands);
    } else {
      system.broadcast(*operands, cpu.now());
    }
    if (InvalidationObserver* const observer = system.invalidation_observer()) {
      observer->tlbie(cpu.id(), *operands, cpu.now());
    }
    cpu.charge(Cause::tlbie, issued.issuer_free - cpu.now());
    return issued.issuer_free;
  }
  void effect(Cpu&) const {}
};

/// tlbiel of so many sets of the own core's TLB, from the one that the operands name.
struct Tlbiel {
  static constexpr const char* kName = "tlbiel";
  const mmu::TlbInvalidate* operands;
  std::uint32_t sets;
  Time issue(Cpu& cpu) const {
    cpu.system().counters().tlbiel_count += sets;
    if (InvalidationObserver* const observer = cpu.system().invalidation_observer()) {
      observer->tlbiel(cpu.id(), *operands, sets, cpu.now());
    }
    const Time span = sets * cpu.system().parameters().instructions.tlbiel;
    cpu.charge(Cause::tlbie, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const;
};

struct Slbia {
  static constexpr const char* kName = "slbia";
  Time issue(Cpu& cpu) const {
    const Time span = cpu.system().parameters().instructions.slbia;
    cpu.charge(Cause::tlbie, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const;
};

/// Something else takes the place of a translation in the core's TLB: no instruction, and no time.
struct Displace {
  static constexpr const char* kName = "TLB replacement";
  const mmu::Context* context;
  mmu::EffectiveAddress address;
  static Time issue(Cpu& cpu) { return cpu.now(); }
  void effect(Cpu& cpu) const;
};

/// A load, store or fetch at an effective address, through the core's translation caches.
struct Access {
  static constexpr const char* kName = "access";
  mmu::Access kind;
  const mmu::Context* context;
  mmu::EffectiveAddress address;
  mmu::Translation result{};
  Time issue(Cpu& cpu);
  bool explore(Cpu& cpu);
  [[nodiscard]] static bool possible(Cpu& cpu);
  [[nodiscard]] mmu::Translation effect(Cpu&) const { return result; }
};

struct SoftMask {
  static constexpr const char* kName = "interrupts on or off";
  bool masked;
  Time issue(Cpu& cpu) const {
    const Time span = cpu.system().lines().hit();
    cpu.charge(Cause::compute, span);
    return cpu.now() + span;
  }
  void effect(Cpu& cpu) const {
    cpu.system().touch({SharedKind::interrupts, cpu.id().value()}, Touch::write);
    cpu.set_soft_mask(masked);
  }
};

}  // namespace steps

inline auto Cpu::compute(Time span) {
  return execute(steps::Spend{span, Cause::compute});
}
inline auto Cpu::hwsync() {
  return execute(steps::Hwsync{});
}
inline auto Cpu::lwsync() {
  return execute(steps::Spend{system_.parameters().instructions.lwsync, Cause::barrier});
}
inline auto Cpu::isync() {
  return execute(steps::Spend{system_.parameters().instructions.isync, Cause::barrier});
}
/// larx, change, stcx. on memory that nobody contends for.
inline auto Cpu::atomic_update() {
  return execute(
      steps::Spend{system_.parameters().instructions.larx_stcx + system_.lines().hit(), Cause::memory});
}
inline auto Cpu::read_modify_write(interconnect::Line& line) {
  return execute(steps::ReadModifyWrite{&line});
}
inline auto Cpu::store(WatchedLine& line) {
  return execute(steps::Store{&line});
}
inline auto Cpu::load(interconnect::Line& line) {
  return execute(steps::Load{&line});
}
inline auto Cpu::ptesync() {
  return execute(steps::Ptesync{});
}
/// `operands` must outlive the operation: keep it in a named variable.
inline auto Cpu::tlbie(const mmu::TlbInvalidate& operands) {
  return execute(steps::Tlbie{&operands});
}
inline auto Cpu::eieio_tlbsync_ptesync() {
  return execute(steps::TlbieBarrier{});
}
inline auto Cpu::tlbiel(const mmu::TlbInvalidate& operands, std::uint32_t sets) {
  return execute(steps::Tlbiel{&operands, sets});
}
inline auto Cpu::slbia() {
  return execute(steps::Slbia{});
}
inline auto Cpu::local_irq_disable() {
  return execute(steps::SoftMask{true});
}
inline auto Cpu::local_irq_enable() {
  return execute(steps::SoftMask{false});
}
/// `context` must outlive the operation.
inline auto Cpu::access(mmu::Access kind, const mmu::Context& context, mmu::EffectiveAddress address) {
  return execute(steps::Access{kind, &context, address});
}

}  // namespace p9mmu::cpus
