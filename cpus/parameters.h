// What of the processors can be set in a machine file: the clock, what instructions cost, stop states and the
// governor that chooses among them, the guest switch. `describe` lists every parameter once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "interconnect/time.h"

namespace p9mmu::cpus {

using interconnect::Frequency;
using interconnect::Time;

/// What an instruction costs when it has nothing to wait for.
struct InstructionParameters {
  Time hwsync;
  Time lwsync;
  Time eieio;
  Time isync;
  Time ptesync;
  Time larx_stcx;
  Time mtmsrd;
  Time tlbiel;
  Time slbia;
  Time erat_miss;
};

/// The idle states of powernv, shallowest first.
enum class StopState : std::uint8_t { snooze, stop0_lite, stop0, stop1, stop2, stop4, stop5 };
inline constexpr std::size_t kStopStates = 7;
inline constexpr std::array<const char*, kStopStates> kStopStateNames = {
    "snooze", "stop0_lite", "stop0", "stop1", "stop2", "stop4", "stop5"};

enum class FirmwareTable : std::uint8_t { before_2018_03, since_2018_03 };
enum class GovernorKind : std::uint8_t { menu, fixed };

struct StopStateParameters {
  bool enabled = true;
  Time wake;
  std::array<Time, 2> residency;  ///< by FirmwareTable
};

struct IdleParameters {
  FirmwareTable firmware = FirmwareTable::since_2018_03;
  GovernorKind governor = GovernorKind::menu;
  StopState fixed_state = StopState::snooze;
  Time next_timer;
  std::array<StopStateParameters, kStopStates> states;
};

/// A vCPU that runs in a guest leaves it for a host interrupt and enters again afterwards.
struct GuestParameters {
  Time exit;
  Time entry;
};

struct CpuParameters {
  Frequency core_clock;
  InstructionParameters instructions;
  IdleParameters idle;
  GuestParameters guest;
  /// No processor has it: with more than zero, what a stress waits before each operation that other CPUs can
  /// see is a random time up to this, so that seeds differ in who comes first.
  Time random_delay;
};

template <typename Visitor>
void describe(CpuParameters& p, Visitor&& visit) {
  visit.frequency("clock.core", p.core_clock, "the cores' clock");
  visit.time("cpu.hwsync", p.instructions.hwsync, "hwsync with nothing to wait for");
  visit.time("cpu.lwsync", p.instructions.lwsync, "lwsync");
  visit.time("cpu.eieio", p.instructions.eieio, "eieio");
  visit.time("cpu.isync", p.instructions.isync, "isync");
  visit.time("cpu.ptesync", p.instructions.ptesync, "ptesync with no tlbie outstanding");
  visit.time("cpu.larx_stcx", p.instructions.larx_stcx, "a larx/stcx. pair over a plain read-modify-write");
  visit.time("cpu.mtmsrd", p.instructions.mtmsrd, "mtmsrd L=1, which sets or clears MSR[EE]");
  visit.time("cpu.tlbiel", p.instructions.tlbiel, "tlbiel of one set");
  visit.time("cpu.slbia", p.instructions.slbia, "slbia, which in radix mode invalidates the ERATs");
  visit.time("cpu.erat_miss", p.instructions.erat_miss,
             "a translation that misses the ERAT and hits the TLB");
  visit.choice("idle.firmware", p.idle.firmware, {"before-2018-03", "since-2018-03"},
               "which firmware's residency table the governor reads");
  visit.choice("idle.governor", p.idle.governor, {"menu", "fixed"}, "who chooses the stop state");
  visit.choice("idle.fixed_state", p.idle.fixed_state,
               {"snooze", "stop0_lite", "stop0", "stop1", "stop2", "stop4", "stop5"},
               "the state that the fixed governor chooses");
  visit.time("idle.next_timer", p.idle.next_timer,
             "next timer of a CPU with nothing to do, as the governor sees it");
  for (std::size_t i = 0; i < kStopStates; ++i) {
    StopStateParameters& state = p.idle.states[i];
    const std::string prefix = std::string("idle.") + kStopStateNames[i];
    visit.flag(prefix + ".enabled", state.enabled, "whether the governor may choose this state");
    visit.time(prefix + ".wake", state.wake, "from pending interrupt to its vector, over that of a busy CPU");
    visit.time(prefix + ".residency_before_2018_03", state.residency[0], "target residency, older firmware");
    visit.time(prefix + ".residency_since_2018_03", state.residency[1], "target residency, newer firmware");
  }
  visit.time("guest.exit", p.guest.exit, "leaving a guest for a host interrupt");
  visit.time("guest.entry", p.guest.entry, "entering the guest again");
  visit.time("stress.random_delay", p.random_delay,
             "longest random wait before one in eight operations that other CPUs can see; 0 but for stress");
}

}  // namespace p9mmu::cpus
