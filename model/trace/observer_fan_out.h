// One timeline observer made of several: each is shown what it is shown.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cpus/timeline_observer.h"

namespace p9mmu::model {

class ObserverFanOut final : public cpus::TimelineObserver {
 public:
  using Time = interconnect::Time;
  using CoreId = interconnect::CoreId;

  /// They must outlive this.
  void add(cpus::TimelineObserver& observer) { observers_.push_back(&observer); }

  [[nodiscard]] bool wants_steps(Time begin, Time end) const override {
    return std::any_of(observers_.begin(), observers_.end(),
                       [&](const TimelineObserver* observer) { return observer->wants_steps(begin, end); });
  }
  void phase_begins(const std::string& name, Time at) override {
    each([&](TimelineObserver& observer) { observer.phase_begins(name, at); });
  }
  void routine_called(CpuId cpu, cpus::PathId path, Time at) override {
    each([&](TimelineObserver& observer) { observer.routine_called(cpu, path, at); });
  }
  void charged(CpuId cpu, cpus::PathId path, cpus::Cause cause, Time begin, Time span) override {
    each([&](TimelineObserver& observer) { observer.charged(cpu, path, cause, begin, span); });
  }
  void waits(CpuId cpu, cpus::Cause cause, Time since) override {
    each([&](TimelineObserver& observer) { observer.waits(cpu, cause, since); });
  }
  void goes_idle(CpuId cpu, Time since) override {
    each([&](TimelineObserver& observer) { observer.goes_idle(cpu, since); });
  }
  void interrupt_pending(CpuId cpu, Time pending) override {
    each([&](TimelineObserver& observer) { observer.interrupt_pending(cpu, pending); });
  }
  void interrupt_taken(CpuId cpu, cpus::PathId interrupted, Time at) override {
    each([&](TimelineObserver& observer) { observer.interrupt_taken(cpu, interrupted, at); });
  }
  void interrupt_left(CpuId cpu, Time at) override {
    each([&](TimelineObserver& observer) { observer.interrupt_left(cpu, at); });
  }
  void call_sent(CpuId from, CpuId to) override {
    each([&](TimelineObserver& observer) { observer.call_sent(from, to); });
  }
  void call_seen_done(CpuId from, CpuId to) override {
    each([&](TimelineObserver& observer) { observer.call_seen_done(from, to); });
  }
  void tlbie_broadcast(CpuId cpu, Time at, const interconnect::TlbieIssued& issued) override {
    each([&](TimelineObserver& observer) { observer.tlbie_broadcast(cpu, at, issued); });
  }
  void tlbie_snooped(CoreId core, Time done, Time serving) override {
    each([&](TimelineObserver& observer) { observer.tlbie_snooped(core, done, serving); });
  }
  void ptesync(CpuId cpu, Time at, Time done, bool waits_for_cores) override {
    each([&](TimelineObserver& observer) { observer.ptesync(cpu, at, done, waits_for_cores); });
  }

 private:
  template <typename Action>
  void each(Action action) {
    for (TimelineObserver* observer : observers_) {
      action(*observer);
    }
  }

  std::vector<TimelineObserver*> observers_;
};

}  // namespace p9mmu::model
