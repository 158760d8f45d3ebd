// The machine of the coherence property: two cores whose threads translate while tables change, partitions
// and processes come and go, and each change is followed by one of the sequences that the architecture calls
// complete. After that no cached translation may differ from what a walk of the tables says now.
//
// A mutant stands between the sequence and the cores and loses part of what an instruction does; the property
// has to notice each of them. The product knows nothing of mutants.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "mmu/core_mmu.h"
#include "tests/mmu/random_tables.h"
#include "tests/mmu/reference_mmu.h"

namespace p9mmu::mmu::test {

/// An instruction on its way to a core.
struct Instruction {
  enum class Kind : std::uint8_t { tlbie, tlbiel, slbia };
  Kind kind = Kind::tlbie;
  TlbInvalidate what;
  unsigned thread = 0;  ///< of the core, for tlbiel and slbia
  unsigned ih = 0;      ///< of slbia
};

/// What is left of an instruction when it arrives at `core`: itself, something weaker, or nothing.
using Mutant = std::function<std::vector<Instruction>(unsigned core, const Instruction&)>;

class Coherence {
 public:
  struct Setup {
    MmuParameters parameters;
    PageSize guest_table_pages = PageSize::k64K;
    std::uint64_t seed = 1;
    Mutant mutant;
  };

  explicit Coherence(const Setup& setup)
      : parameters_(setup.parameters),
        mutant_(setup.mutant),
        random_(setup.seed, setup.guest_table_pages),
        memory_(random_.tables().memory),
        reference_(memory_, setup.parameters.rc_update == RcUpdate::hardware) {
    for (unsigned core = 0; core < kCores; ++core) {
      cores_.emplace_back(setup.parameters, kThreads);
    }
    for (auto& core : contexts_) {
      for (Context& context : core) {
        context = any_context();
      }
    }
  }

  /// Runs until a cached translation differs from the reference's, at most `steps` steps; the step, or none.
  std::optional<std::uint64_t> first_mismatch(std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      const std::uint64_t choice = random_.below(100);
      if (choice < 90) {
        if (!translate_agrees()) {
          return step;
        }
      } else if (choice < 93) {
        contexts_[random_.below(kCores)][random_.below(kThreads)] = any_context();
      } else {
        for (const TlbInvalidate& what : random_.change()) {
          broadcast_or_local(what);
        }
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t cached_hits() const {
    std::uint64_t hits = 0;
    for (const CoreMmu& core : cores_) {
      hits += core.counters().erat_hits + core.counters().tlb_hits;
    }
    return hits;
  }
  [[nodiscard]] std::uint64_t good_translations() const { return good_; }

 private:
  static constexpr unsigned kCores = 2;
  static constexpr unsigned kThreads = 4;

  Context any_context() {
    const Lpid lpid = random_.any_lpid();
    Context context = lpid == Lpid(0) || random_.below(5) == 0 ? Tables::host(random_.any_pid())
                                                               : Tables::guest(lpid, random_.any_pid());
    context.lpidr = lpid;
    context.problem_state = random_.below(2) == 0;
    context.data_relocation = random_.below(8) != 0;
    context.instruction_relocation = random_.below(8) != 0;
    context.amr = random_.below(10) == 0 ? random_.below(4) << 62 : 0;
    context.iamr = random_.below(10) == 0 ? random_.below(4) << 62 : 0;
    return context;
  }

  bool translate_agrees() {
    const std::uint64_t core = random_.below(kCores);
    const std::uint64_t thread = random_.below(kThreads);
    const Context& context = contexts_[core][thread];
    const Access access = random_.below(4) == 0   ? Access::fetch
                          : random_.below(4) == 0 ? Access::store
                          : random_.below(8) == 0 ? Access::store_conditional
                          : random_.below(8) == 0 ? Access::load_reserve
                                                  : Access::load;
    std::uint64_t ea = random_.any_address();
    if (!context.hypervisor && !relocated(context, access)) {
      ea = random_.any_guest_address();
    } else if (random_.below(4) == 0) {
      ea |= random_.below(4) << 62;
    }
    ea += random_.below(512) * 8;
    const auto expected = reference_.translate(context, access, ea);
    const Translation found =
        cores_[core].translate(static_cast<unsigned>(thread), access, context, EffectiveAddress(ea), memory_);
    good_ += found.ok() ? 1U : 0U;
    if (!(found.fault == expected.fault)) {
      return false;
    }
    for (const auto& [address, bits] : expected.updates) {
      if ((memory_.read64(RealAddress(address)) & bits) != bits) {
        return false;
      }
    }
    const bool sized = found.source == TranslationSource::real_mode || !found.ok();
    const bool smaller = sized || shift(found.size) <= expected.page_shift;
    return !found.ok() || (found.address.value() == expected.real && smaller);
  }

  /// One tlbie, or in each core what takes its place there.
  void broadcast_or_local(const TlbInvalidate& what) {
    if (random_.below(2) == 0) {
      for (CoreMmu& core : cores_) {
        execute(core, Instruction{Instruction::Kind::tlbie, what, 0, 0});
      }
    } else {
      for (CoreMmu& core : cores_) {
        local(core, what);
      }
    }
  }

  /// Thread 0 or 1 clears TLB and walk cache; the ERATs of either slice pair need a thread of their own.
  void local(CoreMmu& core, TlbInvalidate what) {
    const unsigned other = 2 + static_cast<unsigned>(random_.below(2));
    const bool page = what.scope == InvalidateScope::page;
    for (std::uint32_t set = 0; set < (page ? 1 : parameters_.tlb_sets); ++set) {
      what.set = page ? 0 : set;
      execute(core, Instruction{Instruction::Kind::tlbiel, what, 0, 0});
    }
    if (page || random_.below(2) == 0) {
      for (std::uint32_t set = 0; set < (page ? 1 : parameters_.tlb_sets); ++set) {
        what.set = page ? 0 : set;
        execute(core, Instruction{Instruction::Kind::tlbiel, what, other, 0});
      }
      return;
    }
    const bool user = what.scope == InvalidateScope::pid && what.pid != Pid(0);
    const bool guest = what.scope != InvalidateScope::everything && what.lpid != Lpid(0);
    const std::uint64_t choice = random_.below(3);
    const unsigned ih = choice == 0 && user ? 3 : choice == 1 && guest ? 6 : 7;
    execute(core, Instruction{Instruction::Kind::slbia, what, other, ih});
  }

  void execute(CoreMmu& core, const Instruction& instruction) {
    if (!mutant_) {
      execute_now(core, instruction);
      return;
    }
    for (const Instruction& left : mutant_(static_cast<unsigned>(&core - cores_.data()), instruction)) {
      execute_now(core, left);
    }
  }

  static void execute_now(CoreMmu& core, const Instruction& instruction) {
    switch (instruction.kind) {
      case Instruction::Kind::tlbie:
        core.tlbie(instruction.what);
        break;
      case Instruction::Kind::tlbiel:
        core.tlbiel(instruction.thread, instruction.what);
        break;
      case Instruction::Kind::slbia:
        core.slbia(instruction.thread, instruction.ih);
        break;
    }
  }

  MmuParameters parameters_;
  Mutant mutant_;
  RandomTables random_;
  RealMemory& memory_;
  ReferenceMmu reference_;
  std::vector<CoreMmu> cores_;
  std::array<std::array<Context, kThreads>, kCores> contexts_;
  std::uint64_t good_ = 0;
};

}  // namespace p9mmu::mmu::test
