// Who goes next. Every CPU has at most one appointment: the moment at which it goes on. The order of
// appointments (time, then CPU number) is the global order in which effects happen. A CPU that is running may
// go on without an appointment as long as it is done before anybody else's: `may_advance` is that test. Two
// implementations: the timed one under SystemC (cpus/timed_scheduler.h) and, for the explorer, one that
// chooses.
#pragma once

#include "interconnect/ids.h"
#include "interconnect/time.h"

namespace p9mmu::cpus {

using interconnect::CpuId;
using interconnect::Time;

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Makes or moves the appointment of `cpu`; `at` is not before the present moment.
  virtual void schedule(CpuId cpu, Time at) = 0;
  /// Takes its appointment away, if it has one.
  virtual void cancel(CpuId cpu) = 0;

  /// Whether the running `cpu` may go on to `done` at once without overtaking anybody.
  [[nodiscard]] bool may_advance(CpuId cpu, Time done) const {
    return done < horizon_ || (done == horizon_ && cpu.value() < horizon_cpu_);
  }
  /// Whether nobody else has an appointment at or before `moment`. Never true where every step is an event.
  [[nodiscard]] bool undisturbed_until(Time moment) const { return moment < horizon_; }

 protected:
  /// The earliest appointment of another CPU than the running one.
  Time horizon_ = Time(-1);
  std::uint32_t horizon_cpu_ = 0;
};

}  // namespace p9mmu::cpus
