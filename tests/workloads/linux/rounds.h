// Rounds of interrupts, for tests of who sends them and of what they cost.
#pragma once

#include <vector>

#include "tests/workloads/linux/fixture.h"
#include "workloads/linux/smp_call.h"

namespace p9mmu::workloads::testing {

inline const RemoteFunction kNothing{"do_nothing", cycles(10)};

inline CpuMask mask_of(std::uint32_t first, std::uint32_t end) {
  CpuMask mask;
  for (std::uint32_t id = first; id < end; ++id) {
    mask.set(CpuId(id));
  }
  return mask;
}

/// So many rounds, with a pause before each.
inline Task<void> call(Bench& bench, std::uint32_t id, const CpuMask& mask, int rounds, Time pause,
                       const RemoteFunction& function, std::vector<Time>& ended) {
  Cpu& cpu = bench.cpu(id);
  for (int i = 0; i < rounds; ++i) {
    co_await cpu.compute(pause);
    co_await bench.kernel.smp().smp_call_function_many(cpu, mask, function);
    ended.push_back(cpu.now());
  }
}

}  // namespace p9mmu::workloads::testing
