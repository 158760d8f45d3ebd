// What every scheduler that knows time promises, whether it waits for SystemC's events or keeps appointments
// in a loop, and whether CPUs run ahead or not: effects happen in the order of (time, CPU), and the same
// programs give the same moments. A scene is spawned on a machine, which is then run by whoever owns it.
#pragma once

#include <cstdint>
#include <ostream>
#include <tuple>
#include <vector>

#include "tests/cpus/fixture.h"
#include "tests/support/random.h"

namespace p9mmu::cpus::testing {

/// What a scene's programs did, in the order in which the scheduler let them.
struct Effect {
  Time at;
  std::uint32_t cpu;
  int what;
  friend bool operator==(const Effect&, const Effect&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Effect& effect) {
    return out << effect.what << " by CPU " << effect.cpu << " at " << effect.at.ps() << " ps";
  }
};

/// Programs on every CPU that draw their steps from a seed: computing, contended lines and locks, interrupts
/// to each other, sleeping, broadcasts, stretches with interrupts disabled.
class RandomScene {
 public:
  RandomScene(System& system, std::uint32_t seed, int steps) : system_(system), lines_(3), locks_(2) {
    for (std::uint32_t id = 0; id < system.cpus(); ++id) {
      system.spawn(CpuId(id), "random", program(system.cpu(CpuId(id)), seed * 1000 + id, steps), Time());
    }
    system.set_interrupt_handler(handler);
  }

  std::vector<Effect> effects;
  PlainHandler handler;

 private:
  void note(const Cpu& cpu, int what) { effects.push_back(Effect{cpu.now(), cpu.id().value(), what}); }

  Task<void> program(Cpu& cpu, std::uint32_t seed, int steps) {
    p9mmu::testing::Random random(seed);
    const mmu::TlbInvalidate page =
        mmu::TlbInvalidate::for_page(mmu::Lpid(0), mmu::Pid(1), mmu::EffectiveAddress(0), mmu::PageSize::k2M);
    for (int i = 0; i < steps; ++i) {
      const int what = static_cast<int>(random.below(9));
      // Round spans, so that many effects of different CPUs fall on one moment.
      const Time span = nanoseconds(50 * random.below(20));
      switch (what) {
        case 0:
        case 1:
          co_await cpu.compute(span);
          break;
        case 2:
          co_await cpu.read_modify_write(lines_[random.below(3)]);
          break;
        case 3: {
          SpinLock& lock = locks_[random.below(2)];
          co_await cpu.spin_lock(lock);
          note(cpu, 100);
          co_await cpu.compute(span);
          co_await cpu.spin_unlock(lock);
          break;
        }
        case 4:
          co_await cpu.execute(SendInterrupt{CpuId(random.below(system_.cpus()))});
          break;
        case 5:
          co_await cpu.sleep_for(span);
          break;
        case 6:
          co_await cpu.tlbie(page);
          note(cpu, 101);
          co_await cpu.eieio_tlbsync_ptesync();
          break;
        case 7:
          co_await cpu.local_irq_disable();
          co_await cpu.compute(span);
          co_await cpu.local_irq_enable();
          break;
        default:
          co_await cpu.user_compute(span);
      }
      note(cpu, what);
    }
  }

  System& system_;
  std::vector<interconnect::Line> lines_;
  std::vector<SpinLock> locks_;
};

/// The first place where effects are not in the order of (time, CPU), or their number.
[[nodiscard]] inline std::size_t first_out_of_order(const std::vector<Effect>& effects) {
  for (std::size_t i = 1; i < effects.size(); ++i) {
    if (std::tie(effects[i].at, effects[i].cpu) < std::tie(effects[i - 1].at, effects[i - 1].cpu)) {
      return i;
    }
  }
  return effects.size();
}

}  // namespace p9mmu::cpus::testing
