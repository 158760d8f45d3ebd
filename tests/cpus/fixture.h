// A machine with a kernel that does next to nothing: its interrupt handler takes known times and writes down
// when it ran. For tests of hardware threads and their operations.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cpus/operations.h"
#include "tests/support/sample_machine.h"
#include "tests/support/time_printing.h"

namespace p9mmu::cpus::testing {

using interconnect::microseconds;
using interconnect::nanoseconds;

// Two chips of four SMT2 cores. From CPU 0 these are in its core, in its pair, on its chip, on the other.
inline constexpr std::uint32_t kHere = 0;
inline constexpr std::uint32_t kSibling = 1;
inline constexpr std::uint32_t kPair = 2;
inline constexpr std::uint32_t kChip = 4;
inline constexpr std::uint32_t kOtherChip = 8;

inline constexpr Time kHit = nanoseconds(1);
inline constexpr Time kMemory = nanoseconds(68);
inline constexpr Time kAtomic = nanoseconds(13);
inline constexpr Time kLwsync = nanoseconds(4);
inline constexpr Time kSend = nanoseconds(5);
inline constexpr Time kDelivery = nanoseconds(150);
inline constexpr Time kEntry = nanoseconds(1000);
inline constexpr Time kHandling = nanoseconds(50);
inline constexpr Time kExit = nanoseconds(200);
/// What an interrupt takes from a running program.
inline constexpr Time kInterrupt = kEntry + kHandling + kExit;
inline constexpr Time kGuestSwitch = nanoseconds(1200);
inline constexpr Time kWake = nanoseconds(625);  ///< from stop0, in which CPUs idle here

class PlainHandler final : public InterruptHandler {
 public:
  struct Run {
    std::uint32_t cpu;
    Time begin;
  };
  [[nodiscard]] Time entry() const override { return kEntry; }
  [[nodiscard]] Time exit() const override { return kExit; }
  [[nodiscard]] const char* name() const override { return "plain_handler"; }
  Task<void> handle(Cpu& cpu) override {
    runs.push_back(Run{cpu.id().value(), cpu.now()});
    co_await cpu.compute(kHandling);
  }
  std::vector<Run> runs;
};

/// Sends an interrupt, as the kernel's last step of it does.
struct SendInterrupt {
  CpuId target;
  Time pending{};
  Time issue(Cpu& cpu) {
    const interconnect::IpiSent sent = cpu.system().ipi().send(cpu.id(), target, cpu.now());
    cpu.charge(Cause::ipi_send, sent.sender_free - cpu.now());
    pending = sent.pending;
    return sent.sender_free;
  }
  void effect(Cpu& cpu) const { cpu.system().cpu(target).interrupt_arrives(pending); }
};

[[nodiscard]] inline interconnect::InterconnectParameters round_interconnect() {
  interconnect::InterconnectParameters p = p9mmu::testing::sample_interconnect(2, 4, 2);
  p.line = {kHit, nanoseconds(4), kMemory, nanoseconds(90), nanoseconds(250), 1.0};
  p.ipi.msgsnd_issue = kSend;
  p.ipi.msgsnd_delivery = kDelivery;
  return p;
}
[[nodiscard]] inline CpuParameters round_cpus() {
  CpuParameters p = p9mmu::testing::sample_cpus_idling_in(StopState::stop0);
  p.instructions.larx_stcx = kAtomic;
  p.instructions.lwsync = kLwsync;
  return p;
}

class Bench : public p9mmu::testing::SampleMachine {
 public:
  explicit Bench(bool exact_events, const CpuParameters& cpu = round_cpus())
      : SampleMachine(round_interconnect(), cpu, exact_events) {
    system.set_interrupt_handler(handler);
  }
  /// CPU `from` sends an interrupt to `to` so that it is pending there at `pending`.
  void interrupt(std::uint32_t from, std::uint32_t to, Time pending) {
    spawn(from, send_at(cpu(from), CpuId(to), pending - kSend - kDelivery));
  }
  /// When the handler began, each time.
  [[nodiscard]] std::vector<Time> handled() const {
    std::vector<Time> begins;
    for (const PlainHandler::Run& run : handler.runs) {
      begins.push_back(run.begin);
    }
    return begins;
  }

  PlainHandler handler;

 private:
  static Task<void> send_at(Cpu& cpu, CpuId to, Time at) {
    co_await cpu.compute(at);
    co_await cpu.execute(SendInterrupt{to});
  }
};

}  // namespace p9mmu::cpus::testing
