// A machine with a kernel on it, without SystemC, and the few programs that its tests run.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mmu/walk.h"
#include "tests/support/sample_machine.h"
#include "tests/support/time_printing.h"
#include "tests/workloads/error_of.h"
#include "workloads/linux/fault.h"
#include "workloads/linux/kernel.h"
#include "workloads/linux/munmap.h"

namespace p9mmu::workloads::testing {

using interconnect::microseconds;
using interconnect::nanoseconds;
using p9mmu::testing::cycles;

inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

[[nodiscard]] inline KernelParameters sample_kernel(SiliconLevel silicon = SiliconLevel::dd2_3) {
  KernelParameters p;
  p.silicon = silicon;
  p.syscall = nanoseconds(258);
  p.smp_call_per_target = cycles(20);
  p.doorbell_entry = nanoseconds(1600);
  p.doorbell_exit = nanoseconds(400);
  p.smp_call_function = cycles(10);
  p.zap_huge_pmd = cycles(300);
  p.copy_64k = microseconds(8);
  p.split_huge_pmd = cycles(300);
  p.split_huge_page = cycles(3000);
  p.set_pte = cycles(80);
  p.change_pte = cycles(40);
  p.zap_pte = cycles(60);
  p.zap_pmd_table = cycles(200);
  p.page_fault = nanoseconds(1000);
  p.kvm_page_fault = nanoseconds(1100);
  p.clear_64k = nanoseconds(5000);
  p.free_huge_page = cycles(60);
  p.free_table = cycles(40);
  p.tlb_flush = cycles(50);
  p.lockless_walk = cycles(60);
  return p;
}

struct Setting {
  const char* kernel = "ipi";
  SiliconLevel silicon = SiliconLevel::dd2_3;
  interconnect::TopologyParameters shape = {2, 2, 4};
  cpus::CpuParameters cpus = p9mmu::testing::sample_cpus();
  bool exact_events = false;
  interconnect::IpiControllerKind controller = interconnect::IpiControllerKind::doorbell;
  HugePages thp = HugePages::always;
  mmu::MmuParameters mmu{};
};

/// A routine whose result the test looks at.
template <typename T>
Task<void> keep(Task<T> routine, T& result) {
  result = co_await routine;
}

/// The tlbies that are issued, in order.
class TlbieLog final : public cpus::InvalidationObserver {
 public:
  explicit TlbieLog(System& system) : system_(system) { system.set_invalidation_observer(this); }
  ~TlbieLog() override { system_.set_invalidation_observer(nullptr); }
  TlbieLog(const TlbieLog&) = delete;
  TlbieLog& operator=(const TlbieLog&) = delete;
  void tlbie(CpuId, const mmu::TlbInvalidate& operands, Time) override {
    std::ostringstream text;
    text << "RIC=" << static_cast<int>(operands.ric) << " PID=" << operands.pid.value();
    if (operands.scope == mmu::InvalidateScope::page) {
      text << " " << mmu::name(*operands.page_size) << " " << std::hex << operands.page_address;
    }
    tlbies.push_back(text.str());
  }
  void tlbiel(CpuId, const mmu::TlbInvalidate&, std::uint32_t, Time) override {}

  std::vector<std::string> tlbies;

 private:
  System& system_;
};

/// As the log has it: a page of the PID, or a whole PID.
[[nodiscard]] inline std::string tlbie_page(const Mm& mm, PageSize size, EffectiveAddress address) {
  std::ostringstream text;
  text << "RIC=0 PID=" << mm.pid().value() << " " << mmu::name(size) << " " << std::hex << address.value();
  return text.str();
}
[[nodiscard]] inline std::string tlbie_pid(std::uint32_t pid, int ric) {
  return "RIC=" + std::to_string(ric) + " PID=" + std::to_string(pid);
}
/// What the ERAT erratum adds to a flush of ranges or PIDs.
inline const std::string kEratFixup = "RIC=0 PID=0";

class Bench : public p9mmu::testing::SampleMachine {
 public:
  explicit Bench(const Setting& setting = {})
      : SampleMachine(interconnect_of(setting), setting.cpus, setting.exact_events, setting.mmu),
        kernel(system, kernel_of(setting), kernel_policy(setting.kernel)) {}

  /// A mapping of so many bytes, faulted in with pages of one size.
  static EffectiveAddress map(Mm& mm, std::uint64_t length, PageSize size = PageSize::k2M) {
    const EffectiveAddress start = mm.mmap(length);
    mm.populate(start, length, size);
    return start;
  }
  /// Threads of the mm have run on the first `cpus` CPUs.
  static void run_on_first(Mm& mm, std::uint32_t cpus) {
    for (std::uint32_t id = 0; id < cpus; ++id) {
      mm.switch_to(CpuId(id));
    }
  }
  /// CPU `id` unmaps a range, from now on.
  void munmap(std::uint32_t id, Mm& mm, EffectiveAddress start, std::uint64_t length, Time at = Time()) {
    spawn(id, munmap_and_note(*this, cpu(id), mm, start, length), at);
  }
  /// CPU `id` runs a routine from now on and nothing else happens; what was counted.
  cpus::Counters run_alone(std::uint32_t id, Task<void> routine) {
    const cpus::Counters before = system.counters();
    spawn(id, std::move(routine), scheduler.present());
    run();
    return cpus::difference(system.counters(), before);
  }
  /// An access by CPU `id` with its page faults; what it went through.
  mmu::Translation access(std::uint32_t id, Mm& mm, mmu::Access kind, EffectiveAddress address) {
    mmu::Translation result;
    run_alone(id, keep(access_memory(kernel, cpu(id), mm, kind, address), result));
    return result;
  }
  /// CPU `id` unmaps a range on its own; what was counted.
  cpus::Counters run_munmap(std::uint32_t id, Mm& mm, EffectiveAddress start, std::uint64_t length) {
    const cpus::Counters before = system.counters();
    munmap(id, mm, start, length, scheduler.present());
    run();
    return cpus::difference(system.counters(), before);
  }
  /// What an access by CPU `id` ends in, by way of its core's caches; takes no time.
  [[nodiscard]] mmu::Translation translate(std::uint32_t id, const Mm& mm, EffectiveAddress address,
                                           mmu::Access access = mmu::Access::load) {
    cpus::CoreTranslation& core = system.core(system.topology().core_of(CpuId(id)));
    mmu::CoreMmu& mmu = system.mmu_of(core);
    core.catch_up(end());
    return mmu.translate(system.topology().thread_of(CpuId(id)), access, kernel.user_context(mm), address,
                         system.memory());
  }
  /// The page that the tables lead to from `address`, as the bytes in memory are.
  [[nodiscard]] mmu::Walk walk(const Mm& mm, EffectiveAddress address) {
    mmu::WalkTrace trace;
    return mmu::find_mapping(system.memory(), kernel.user_context(mm), address, trace);
  }

  Kernel kernel;
  /// When each munmap returned, and on which CPU.
  std::vector<std::pair<std::uint32_t, Time>> returned;

 private:
  static interconnect::InterconnectParameters interconnect_of(const Setting& setting) {
    interconnect::InterconnectParameters p = p9mmu::testing::sample_interconnect(
        setting.shape.chips, setting.shape.cores_per_chip, setting.shape.threads_per_core);
    p.ipi.controller = setting.controller;
    return p;
  }
  static KernelParameters kernel_of(const Setting& setting) {
    KernelParameters p = sample_kernel(setting.silicon);
    p.thp = setting.thp;
    return p;
  }
  static Task<void> munmap_and_note(Bench& bench, Cpu& cpu, Mm& mm, EffectiveAddress start,
                                    std::uint64_t length) {
    co_await sys_munmap(bench.kernel, cpu, mm, start, length);
    bench.returned.emplace_back(cpu.id().value(), cpu.now());
  }
};

[[nodiscard]] inline Setting setting_of(const char* kernel) {
  Setting setting;
  setting.kernel = kernel;
  return setting;
}

/// A machine with one process, which has run on the first CPUs; what a scene maps begins at `start`.
struct OneProcess {
  OneProcess(const char* kernel, PageSize base, std::uint32_t cpus)
      : bench(setting_of(kernel)), mm(bench.kernel.create_mm(base)) {
    Bench::run_on_first(mm, cpus);
  }

  Bench bench;
  Mm& mm;
  EffectiveAddress start;
};

/// Time by routine and cause, whatever order the paths were numbered in.
[[nodiscard]] inline std::vector<std::string> spending_of(Bench& bench) {
  std::vector<std::string> lines;
  const Time moment = bench.end();
  for (std::uint32_t id = 0; id < bench.system.cpus(); ++id) {
    const std::vector<Time> view = bench.cpu(id).account_view(moment);
    for (std::size_t slot = 0; slot < view.size(); ++slot) {
      if (view[slot] != Time()) {
        const cpus::PathId path(static_cast<std::uint32_t>(slot / cpus::kCauses));
        lines.push_back(std::to_string(id) + " " + bench.system.paths().text(path) + " " +
                        cpus::kCauseNames[slot % cpus::kCauses] + " " + std::to_string(view[slot].ps()));
      }
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// All counters in the order of their description.
[[nodiscard]] inline std::vector<std::int64_t> values_of(const cpus::Counters& counters) {
  std::vector<std::int64_t> values;
  describe(counters, [&values](const std::string&, const char*, const std::string&, std::int64_t value) {
    values.push_back(value);
  });
  return values;
}

}  // namespace p9mmu::workloads::testing
