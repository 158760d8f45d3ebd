// Records a timeline while a machine runs. Outside its window it only keeps track of where CPUs are, and lets
// rounds of interrupts be computed in place. It changes nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cpus/invalidation_observer.h"
#include "cpus/system.h"
#include "cpus/timeline_observer.h"
#include "model/trace/timeline.h"
#include "model/trace/trace_request.h"

namespace p9mmu::model {

class TimelineRecorder final : public cpus::TimelineObserver, public cpus::InvalidationObserver {
 public:
  using Time = interconnect::Time;
  using CoreId = interconnect::CoreId;

  TimelineRecorder(const TraceRequest& request, cpus::System& system);

  /// The run has ended: the timeline until then. To be called once.
  [[nodiscard]] Timeline finish();

  [[nodiscard]] bool wants_steps(Time begin, Time end) const override;
  void phase_begins(const std::string& name, Time at) override;
  void routine_called(CpuId cpu, cpus::PathId path, Time at) override;
  void charged(CpuId cpu, cpus::PathId path, cpus::Cause cause, Time begin, Time span) override;
  void waits(CpuId cpu, cpus::Cause cause, Time since) override;
  void goes_idle(CpuId cpu, Time since) override;
  void interrupt_pending(CpuId cpu, Time pending) override;
  void interrupt_taken(CpuId cpu, cpus::PathId interrupted, Time at) override;
  void interrupt_left(CpuId cpu, Time at) override;
  void call_sent(CpuId from, CpuId to) override;
  void call_seen_done(CpuId from, CpuId to) override;
  void tlbie_broadcast(CpuId cpu, Time at, const interconnect::TlbieIssued& issued) override;
  void tlbie_snooped(CoreId core, Time done, Time serving) override;
  void ptesync(CpuId cpu, Time at, Time done, bool waits_for_cores) override;
  void tlbie(CpuId cpu, const mmu::TlbInvalidate& operands, Time now) override;
  void tlbiel(CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets, Time now) override;

 private:
  static constexpr std::uint32_t kAllCalled = ~std::uint32_t{0};

  /// A flow's next point: the next stay for that cause.
  struct Expected {
    std::uint32_t flow;
    cpus::Cause cause;
    bool at_end;
  };
  struct CpuState {
    bool idle = true;
    bool in_handler = false;
    cpus::PathId interrupted;
    std::uint32_t called_before = kAllCalled;              ///< of the present path
    std::uint32_t interrupted_called_before = kAllCalled;  ///< of what was interrupted
    std::uint32_t note = 0;                                ///< of the next stay
    bool last_recorded = false;                            ///< its last stay is the last on its track
    std::vector<CpuSpan> recent;  ///< while no window is known: what may reach into it
    std::vector<Expected> expected;
    std::vector<std::uint32_t> calls;   ///< flows to this CPU whose interrupt it has not taken
    std::vector<std::uint32_t> tlbies;  ///< flows of its tlbies that no ptesync has waited for
  };

  [[nodiscard]] std::uint32_t depth(cpus::PathId path) const;
  void open(Time begin, Time end);
  /// True if there was room for one more.
  bool take_room(Time begin);
  void record(CpuId cpu, CpuSpan span);
  [[nodiscard]] bool clip(Time& begin, Time& end) const;
  void add_point(std::uint32_t flow, bool on_core, std::uint32_t track, std::uint32_t span, bool at_end);
  /// A point at the last stay of a CPU, if that is recorded.
  void add_point_at_last(std::uint32_t flow, CpuId cpu);
  void settle_expected(CpuId cpu, cpus::Cause cause, bool recorded);
  std::uint32_t new_flow(Flow::Kind kind);
  void fill_idle(Time end);
  void copy_paths();
  void finish_flows();

  TraceRequest request_;
  cpus::System& system_;
  Timeline timeline_;
  std::uint64_t spans_ = 0;
  Time latest_;  ///< the latest moment at which anything was seen to begin
  mmu::IdVector<CpuId, CpuState> states_;
  std::map<std::pair<CpuId, CpuId>, std::uint32_t> open_calls_;   ///< flows by sender and target
  CpuId broadcaster_;                                             ///< of the tlbie that is being told of
  std::vector<std::pair<std::uint32_t, std::uint32_t>> snooped_;  ///< its snoops: core and span
};

}  // namespace p9mmu::model
