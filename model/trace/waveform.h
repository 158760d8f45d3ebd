// A waveform of a small run, by SystemC's own sc_trace: for each hardware thread what it does, why, and
// whether an interrupt is pending; for each core its snoops under way; for the fabric the tlbies under way.
// The signals stand under the modules' names, machine.chip0.core3.thread1.cause. What observers are told of
// lies ahead of SystemC's time as often as not, since CPUs run ahead; so changes wait here until their time
// comes. A wait is shown from its beginning, as what it is most likely charged for.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <systemc>
#include <vector>

#include "cpus/system.h"
#include "cpus/timeline_observer.h"

namespace p9mmu::model {

/// What a hardware thread does, as its signal `state` has it.
enum class ThreadState : std::uint8_t { idle, waking, running, waiting };

/// Larger machines have more signals than a viewer shows.
inline constexpr std::uint32_t kMostWaveformCpus = 256;

class Waveform final : public sc_core::sc_module, public cpus::TimelineObserver {
 public:
  using Time = interconnect::Time;
  using CoreId = interconnect::CoreId;

  /// Before the simulation begins; `system` is machine `machine`'s. Throws std::system_error.
  Waveform(const sc_core::sc_module_name& name, const cpus::System& system, const std::string& machine,
           std::uint64_t most_changes);
  ~Waveform() override;
  Waveform(const Waveform&) = delete;
  Waveform& operator=(const Waveform&) = delete;

  /// There were more changes than a waveform may have; the simulation was stopped.
  [[nodiscard]] bool too_long() const { return changes_ > most_changes_; }
  /// The file (VCD), after the simulation has ended. Without the date, so that equal runs give equal files.
  [[nodiscard]] std::string finish();

  [[nodiscard]] bool wants_steps(Time, Time) const override { return true; }
  void phase_begins(const std::string&, Time) override {}
  void routine_called(CpuId, cpus::PathId, Time) override {}
  void charged(CpuId cpu, cpus::PathId path, cpus::Cause cause, Time begin, Time span) override;
  void waits(CpuId cpu, cpus::Cause cause, Time since) override;
  void goes_idle(CpuId cpu, Time since) override;
  void interrupt_pending(CpuId cpu, Time pending) override;
  void interrupt_taken(CpuId cpu, cpus::PathId interrupted, Time at) override;
  void interrupt_left(CpuId, Time) override {}
  void call_sent(CpuId, CpuId) override {}
  void call_seen_done(CpuId, CpuId) override {}
  void tlbie_broadcast(CpuId cpu, Time at, const interconnect::TlbieIssued& issued) override;
  void tlbie_snooped(CoreId core, Time done, Time serving) override;
  void ptesync(CpuId, Time, Time, bool) override {}

 private:
  struct ThreadSignals {
    std::uint32_t state = static_cast<std::uint32_t>(ThreadState::idle);
    std::uint32_t cause = static_cast<std::uint32_t>(cpus::Cause::idle);
    bool interrupt_pending = false;
    // Not traced: a wait that goes on.
    bool waits = false;
    Time waits_since;
  };
  /// At its time a signal takes a value, or a count goes up or down.
  struct Change {
    Time at;
    std::uint64_t number;  ///< of those for one moment the last counts
    std::uint32_t* signal;
    bool* flag;
    std::int32_t value;
    bool counts;
  };
  struct Later {
    bool operator()(const Change& a, const Change& b) const {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };
  class File;

  void play();
  void change(Change change);
  void set(std::uint32_t& signal, std::uint32_t value, Time at);
  void set(bool& flag, bool value, Time at);
  void count(std::uint32_t& signal, std::int32_t by, Time at);
  void show(CpuId cpu, ThreadState state, cpus::Cause cause, Time at);
  [[nodiscard]] static Time present();

  std::unique_ptr<File> file_;
  std::vector<ThreadSignals> threads_;  ///< by CPU; they do not move
  std::vector<std::uint32_t> snoops_;   ///< by core
  std::uint32_t tlbies_ = 0;
  Time broadcast_at_;
  std::priority_queue<Change, std::vector<Change>, Later> pending_;
  sc_core::sc_event due_;
  const std::uint64_t most_changes_;
  std::uint64_t changes_ = 0;
};

}  // namespace p9mmu::model
