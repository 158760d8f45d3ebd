// What happened when on which CPU, as tests of operations write it down, and a program that they have in
// common.
#pragma once

#include <ostream>
#include <vector>

#include "tests/cpus/fixture.h"

namespace p9mmu::cpus::testing {

struct Event {
  std::uint32_t cpu;
  Time at;
  friend bool operator==(const Event&, const Event&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Event& event) {
    return out << "CPU " << event.cpu << " at " << event.at.ps() << " ps";
  }
};
using Events = std::vector<Event>;

/// What the CPUs of a test share.
struct Shared {
  SpinLock lock;
  WatchedLine line;
  bool flag = false;
  int inside = 0;
  Events events;
  void note(const Cpu& cpu) { events.push_back(Event{cpu.id().value(), cpu.now()}); }
};

/// So many tlbies of one page, and what waits for them.
inline Task<void> tlbies(Cpu& cpu, int count, bool barrier, Shared& shared, Time at = Time()) {
  co_await cpu.compute(at);
  const mmu::TlbInvalidate page =
      mmu::TlbInvalidate::for_page(mmu::Lpid(0), mmu::Pid(1), mmu::EffectiveAddress(0), mmu::PageSize::k2M);
  for (int i = 0; i < count; ++i) {
    co_await cpu.tlbie(page);
  }
  shared.note(cpu);
  if (barrier) {
    co_await cpu.eieio_tlbsync_ptesync();
    shared.note(cpu);
  }
}

}  // namespace p9mmu::cpus::testing
