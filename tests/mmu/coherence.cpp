#include "tests/mmu/coherence.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace p9mmu::mmu {
namespace {

using test::Coherence;
using test::Instruction;
using test::Mutant;
using Kind = Instruction::Kind;

/// Caches small enough that everything is replaced now and then, and large enough that stale entries live on.
MmuParameters small_caches() {
  MmuParameters parameters;
  parameters.tlb_sets = 8;
  parameters.tlb_ways = 4;
  parameters.derat_entries = 8;
  parameters.ierat_entries = 8;
  parameters.pwc_entries = 16;
  parameters.table_entry_cache = 8;
  return parameters;
}

TEST_CASE("after every complete sequence, cached translations are what a walk of the tables says") {
  const auto [replacement, limit, index, update] = GENERATE(table<Replacement, PageSize, TlbIndex, RcUpdate>(
      {{Replacement::lru, PageSize::k1G, TlbIndex::modulo, RcUpdate::interrupt},
       {Replacement::round_robin, PageSize::k64K, TlbIndex::folded, RcUpdate::hardware},
       {Replacement::random, PageSize::k4K, TlbIndex::modulo, RcUpdate::hardware},
       {Replacement::second_chance, PageSize::k2M, TlbIndex::folded, RcUpdate::interrupt}}));
  const bool real_geometry = GENERATE(false, true);
  constexpr std::uint64_t kSteps = 25'000;
  constexpr std::uint64_t kSeeds = 16;
  std::uint64_t hits = 0;
  std::uint64_t good = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Coherence::Setup setup;
    setup.parameters = real_geometry ? MmuParameters{} : small_caches();
    setup.parameters.replacement = replacement;
    setup.parameters.erat_page_limit = limit;
    setup.parameters.tlb_index = index;
    setup.parameters.rc_update = update;
    setup.guest_table_pages = seed % 2 == 0 ? PageSize::k64K : PageSize::k2M;
    setup.seed = seed;
    Coherence run(setup);
    INFO("seed " << seed);
    const std::optional<std::uint64_t> mismatch = run.first_mismatch(kSteps);
    REQUIRE(mismatch == std::nullopt);
    hits += run.cached_hits();
    good += run.good_translations();
  }
  // A property that mostly faults, or never hits a cache, would say nothing.
  CAPTURE(good, hits);
  CHECK(good > kSeeds * kSteps / 5);
  CHECK(hits > kSeeds * kSteps / 10);
}

struct NamedMutant {
  std::string name;
  Mutant mutant;
};

std::string form_name(Kind kind, const TlbInvalidate& what) {
  std::ostringstream text;
  text << (kind == Kind::tlbie ? "tlbie" : "tlbiel") << " RIC=" << static_cast<int>(what.ric)
       << " PRS=" << what.process_scoped << " IS=" << static_cast<int>(what.scope);
  if (what.scope == InvalidateScope::page) {
    text << " " << name(*what.page_size);
  }
  return text.str();
}

/// Loses one form of one instruction altogether.
NamedMutant without(Kind kind, const TlbInvalidate& form) {
  const auto same = [kind, form](const Instruction& instruction) {
    const TlbInvalidate& what = instruction.what;
    return instruction.kind == kind && what.ric == form.ric && what.process_scoped == form.process_scoped &&
           what.scope == form.scope &&
           (what.scope != InvalidateScope::page || what.page_size == form.page_size);
  };
  return {"without " + form_name(kind, form), [same](unsigned, const Instruction& instruction) {
            return same(instruction) ? std::vector<Instruction>{} : std::vector<Instruction>{instruction};
          }};
}

std::vector<NamedMutant> forms_lost() {
  std::vector<NamedMutant> mutants;
  for (const Kind kind : {Kind::tlbie, Kind::tlbiel}) {
    for (unsigned ric = 0; ric < 4; ++ric) {
      for (const bool process_scoped : {true, false}) {
        for (unsigned scope = 0; scope < 4; ++scope) {
          for (const PageSize size : {PageSize::k4K, PageSize::k64K, PageSize::k2M, PageSize::k1G}) {
            TlbInvalidate form;
            form.ric = static_cast<InvalidateCaches>(ric);
            form.process_scoped = process_scoped;
            form.scope = static_cast<InvalidateScope>(scope);
            form.page_size = size;
            const bool once = scope == 0 || size == PageSize::k4K;
            if (form.form() == InvalidateForm::valid && once) {
              mutants.push_back(without(kind, form));
            }
          }
        }
      }
    }
  }
  for (const unsigned ih : {3U, 6U, 7U}) {
    mutants.push_back(
        {"without slbia IH=" + std::to_string(ih), [ih](unsigned, const Instruction& instruction) {
           const bool lost = instruction.kind == Kind::slbia && instruction.ih == ih;
           return lost ? std::vector<Instruction>{} : std::vector<Instruction>{instruction};
         }});
  }
  return mutants;
}

/// Turns an instruction into one that does less, where `weaken` says so by returning true.
template <typename Weaken>
NamedMutant weaker(const std::string& name, Weaken weaken) {
  return {name, [weaken](unsigned core, Instruction instruction) {
            return weaken(core, instruction) ? std::vector<Instruction>{instruction}
                                             : std::vector<Instruction>{};
          }};
}

std::vector<NamedMutant> effects_lost() {
  using Caches = InvalidateCaches;
  using Scope_ = InvalidateScope;
  std::vector<NamedMutant> mutants;
  mutants.push_back(weaker("RIC=2 leaves the walk cache", [](unsigned, Instruction& i) {
    i.what.ric = i.what.ric == Caches::all ? Caches::tlb : i.what.ric;
    return true;
  }));
  mutants.push_back(weaker("RIC=2 leaves the TLB", [](unsigned, Instruction& i) {
    i.what.ric = i.what.ric == Caches::all ? Caches::walk_cache : i.what.ric;
    return true;
  }));
  mutants.push_back({"RIC=2 leaves partition and process table entries", [](unsigned, const Instruction& i) {
                       if (i.what.ric != Caches::all) {
                         return std::vector<Instruction>{i};
                       }
                       std::vector<Instruction> both{i, i};
                       both[0].what.ric = Caches::tlb;
                       both[1].what.ric = Caches::walk_cache;
                       return both;
                     }});
  mutants.push_back(weaker("IS=2 takes one PID", [](unsigned, Instruction& i) {
    if (i.what.scope == Scope_::lpid && i.what.process_scoped) {
      i.what.scope = Scope_::pid;
    }
    return true;
  }));
  mutants.push_back(weaker("IS=3 takes one LPID", [](unsigned, Instruction& i) {
    i.what.scope = i.what.scope == Scope_::everything ? Scope_::lpid : i.what.scope;
    i.what.lpid = i.what.scope == Scope_::lpid ? Lpid(0) : i.what.lpid;
    return true;
  }));
  mutants.push_back(weaker("a core snoops nothing", [](unsigned core, Instruction&) { return core == 0; }));
  mutants.push_back(
      weaker("a snooped page leaves the second slice pair's ERATs", [](unsigned, Instruction& i) {
        if (i.kind == Kind::tlbie && i.what.scope == Scope_::page) {
          i.kind = Kind::tlbiel;
          i.thread = 0;
        }
        return true;
      }));
  mutants.push_back(weaker("tlbiel leaves the upper half of the TLB's classes", [](unsigned, Instruction& i) {
    return i.kind != Kind::tlbiel || i.what.scope == Scope_::page || i.what.set < small_caches().tlb_sets / 2;
  }));
  mutants.push_back(
      weaker("tlbiel takes the ERATs of the first slice pair only", [](unsigned, Instruction& i) {
        i.thread = i.kind == Kind::tlbiel ? 0 : i.thread;
        return true;
      }));
  mutants.push_back(weaker("the tlbie of a guest's page is lost", [](unsigned, Instruction& i) {
    return i.what.lpid == Lpid(0) || i.what.scope != Scope_::page;
  }));
  mutants.push_back(weaker("the PID is compared without its lowest bit set", [](unsigned, Instruction& i) {
    i.what.pid = Pid(i.what.pid.value() & ~1U);
    return true;
  }));
  mutants.push_back(weaker("a page of 2M is taken for one of 64K", [](unsigned, Instruction& i) {
    if (i.what.page_size == PageSize::k2M && i.what.ric == Caches::tlb) {
      i.what.page_size = PageSize::k64K;
    }
    return true;
  }));
  return mutants;
}

void check_caught(const NamedMutant& mutant) {
  constexpr std::uint64_t kSteps = 25'000;
  constexpr std::uint64_t kSeeds = 60;
  INFO(mutant.name);
  bool caught = false;
  for (std::uint64_t seed = 1; seed <= kSeeds && !caught; ++seed) {
    Coherence::Setup setup;
    setup.parameters = small_caches();
    setup.parameters.erat_page_limit = seed % 2 == 0 ? PageSize::k64K : PageSize::k1G;
    setup.seed = seed;
    setup.mutant = mutant.mutant;
    caught = Coherence(setup).first_mismatch(kSteps).has_value();
  }
  CHECK(caught);
}

TEST_CASE("the loss of any invalidation form is noticed") {
  for (const NamedMutant& mutant : forms_lost()) {
    check_caught(mutant);
  }
}

TEST_CASE("the loss of part of an invalidation's effect is noticed") {
  for (const NamedMutant& mutant : effects_lost()) {
    check_caught(mutant);
  }
}

}  // namespace
}  // namespace p9mmu::mmu
