// A machine for tests of the rooms from cpus/ on, without SystemC: the parts that cpus/modules.h puts
// together, with costs like those of a two-socket POWER9. Not the shipped machine files: tests state the
// figures that they depend on.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cpus/operations.h"
#include "cpus/system.h"
#include "interconnect/ipi_controller.h"
#include "interconnect/tlbie_broadcast.h"
#include "tests/support/manual_scheduler.h"

namespace p9mmu::testing {

using interconnect::microseconds;
using interconnect::nanoseconds;

/// Cycles of the cores' clock, 3.8 GHz.
[[nodiscard]] inline Time cycles(double count) {
  return interconnect::Frequency(3.8e9).cycles(count);
}

[[nodiscard]] inline interconnect::InterconnectParameters sample_interconnect(
    std::uint32_t chips, std::uint32_t cores_per_chip, std::uint32_t threads_per_core) {
  interconnect::InterconnectParameters p;
  p.topology = {chips, cores_per_chip, threads_per_core};
  p.line = {cycles(4), cycles(15.5), nanoseconds(68), nanoseconds(90), nanoseconds(250), 1.0};
  p.tlbie = {nanoseconds(370), nanoseconds(60), nanoseconds(35), nanoseconds(63), 4, 6};
  p.ipi = {interconnect::IpiControllerKind::doorbell,
           cycles(20),
           nanoseconds(150),
           nanoseconds(50),
           nanoseconds(400),
           nanoseconds(600)};
  return p;
}

/// Wake-ups are published latencies of an interrupt to an idle CPU less that to a busy one.
[[nodiscard]] inline cpus::CpuParameters sample_cpus() {
  cpus::CpuParameters p;
  p.core_clock = interconnect::Frequency(3.8e9);
  p.instructions = {cycles(42), cycles(14), cycles(51),      cycles(20), cycles(469),
                    cycles(51), cycles(20), nanoseconds(14), cycles(50), cycles(20)};
  p.idle.next_timer = microseconds(1'000'000);
  p.idle.states = {{
      {true, nanoseconds(151), {Time(), Time()}},
      {true, nanoseconds(393), {microseconds(10), microseconds(10)}},
      {true, nanoseconds(625), {microseconds(20), microseconds(20)}},
      {true, nanoseconds(693), {microseconds(50), microseconds(50)}},
      {true, nanoseconds(13'956), {microseconds(100), microseconds(100)}},
      {true, nanoseconds(1'035'060), {microseconds(1'000), microseconds(10'000)}},
      {true, nanoseconds(1'065'670), {microseconds(2'000), microseconds(20'000)}},
  }};
  p.guest = {nanoseconds(1200), nanoseconds(1200)};
  return p;
}

/// The same with idle CPUs that always sleep in `state`.
[[nodiscard]] inline cpus::CpuParameters sample_cpus_idling_in(cpus::StopState state) {
  cpus::CpuParameters p = sample_cpus();
  p.idle.governor = cpus::GovernorKind::fixed;
  p.idle.fixed_state = state;
  return p;
}

/// An idle CPU's wake-up by each state, in the order of the states.
[[nodiscard]] inline Time wake_of(const cpus::CpuParameters& p, cpus::StopState state) {
  return p.idle.states[static_cast<std::size_t>(state)].wake;
}

class SampleMachine {
 public:
  explicit SampleMachine(const interconnect::InterconnectParameters& interconnect,
                         const cpus::CpuParameters& cpu = sample_cpus(), bool exact_events = false,
                         const mmu::MmuParameters& mmu = {})
      : scheduler(interconnect.topology.cpus(), exact_events),
        system(interconnect, cpu, mmu, scheduler),
        broadcast(interconnect.tlbie, system.topology()),
        ipi(interconnect::make_ipi_delivery(interconnect.ipi)) {
    scheduler.connect(system);
    system.connect(broadcast, *ipi);
  }

  [[nodiscard]] cpus::Cpu& cpu(std::uint32_t id) { return system.cpu(CpuId(id)); }
  cpus::SoftwareThread& spawn(std::uint32_t id, cpus::Task<void> body, Time at = Time()) {
    return system.spawn(CpuId(id), "thread", std::move(body), at);
  }
  void run() { scheduler.run(); }

  /// The first moment that no CPU's charges reach past.
  [[nodiscard]] Time end() {
    Time last = scheduler.present();
    for (std::uint32_t id = 0; id < system.cpus(); ++id) {
      system.settle_deferred(CpuId(id));
      last = std::max(last, cpu(id).account().charged_until());
    }
    return last;
  }
  /// What each CPU's charges lack to `end()`, or exceed it by: all zero if the accounts add up.
  [[nodiscard]] std::vector<std::int64_t> unaccounted() {
    const Time moment = end();
    std::vector<std::int64_t> result;
    for (std::uint32_t id = 0; id < system.cpus(); ++id) {
      const std::vector<Time> view = cpu(id).account_view(moment);
      result.push_back((moment - std::accumulate(view.begin(), view.end(), Time())).ps());
    }
    return result;
  }
  [[nodiscard]] bool accounts_add_up() {
    const std::vector<std::int64_t> rest = unaccounted();
    return std::all_of(rest.begin(), rest.end(), [](std::int64_t ps) { return ps == 0; });
  }
  /// What that CPU has been charged for a cause, on every path, until `end()`.
  [[nodiscard]] Time charged(std::uint32_t id, cpus::Cause cause) {
    const std::vector<Time> view = cpu(id).account_view(end());
    Time total;
    for (std::size_t slot = static_cast<std::size_t>(cause); slot < view.size(); slot += cpus::kCauses) {
      total += view[slot];
    }
    return total;
  }

  ManualScheduler scheduler;
  cpus::System system;
  interconnect::TlbieBroadcast broadcast;
  std::unique_ptr<interconnect::IpiDelivery> ipi;
};

}  // namespace p9mmu::testing
