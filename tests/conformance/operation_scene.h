// The scene of a recorded operation on the simulated machine: the process with its mapping where it was and
// its threads where they ran, and an eye on every tlbie, tlbiel and round of interrupts that the kernel's
// routines bring about. What the routines are called with is operations.cpp's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpus/invalidation_observer.h"
#include "tests/conformance/recorded_operation.h"
#include "tests/support/sample_machine.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::conformance {

using cpus::Cpu;
using cpus::Task;
using mmu::EffectiveAddress;
using mmu::PageSize;
using workloads::Kernel;
using workloads::KernelPolicy;
using workloads::Mm;

/// Writes down invalidations in the recording's form, and each round of interrupts before the sender's next
/// invalidation.
class Recorder final : public cpus::InvalidationObserver {
 public:
  /// `sender` is the only CPU that sends interrupts in the scene.
  Recorder(cpus::System& system, std::uint32_t sender) : system_(system), sender_(sender) {}

  void tlbie(interconnect::CpuId cpu, const mmu::TlbInvalidate& operands, interconnect::Time now) override;
  void tlbiel(interconnect::CpuId cpu, const mmu::TlbInvalidate& operands, std::uint32_t sets,
              interconnect::Time now) override;
  /// What has been seen.
  [[nodiscard]] const std::vector<Event>& events();

 private:
  void note_rounds();
  void note(Event::Kind kind, interconnect::CpuId cpu, const mmu::TlbInvalidate& operands);

  cpus::System& system_;
  const std::uint32_t sender_;
  std::vector<Event> events_;
  std::int64_t rounds_ = 0;  ///< noted so far, with their interrupts
  std::int64_t interrupts_ = 0;
};

/// The recorded machine was of level DD2.0, whose errata need the same two fix-ups as those of DD2.2.
inline constexpr workloads::SiliconLevel kRecordedSilicon = workloads::SiliconLevel::dd2_2;

class Scene : public p9mmu::testing::SampleMachine {
 public:
  Scene(const RecordedOperation& recorded, const KernelPolicy& policy,
        workloads::SiliconLevel silicon = kRecordedSilicon);

  [[nodiscard]] EffectiveAddress start() const { return EffectiveAddress(recorded.start); }
  /// The CPU on which the operation ran.
  [[nodiscard]] Cpu& actor() { return cpu(actor_); }
  /// Runs `operation` to its end; `events` says what was seen.
  void perform(Task<void> operation);
  [[nodiscard]] const std::vector<Event>& events() { return recorder_.events(); }

  const RecordedOperation& recorded;
  Kernel kernel;
  Mm& mm;

 private:
  void place_threads();

  const std::uint32_t actor_;
  Recorder recorder_;
};

/// Where the two first differ on some CPU, in words; "" if they are the same CPU by CPU. The order between
/// CPUs is a matter of time, which the recording does not have.
[[nodiscard]] std::string first_difference(const std::vector<Event>& recorded,
                                           const std::vector<Event>& simulated);

}  // namespace p9mmu::conformance
