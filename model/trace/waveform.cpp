#include "model/trace/waveform.h"

#include <sys/mman.h>
#include <sysc/tracing/sc_tracing_ids.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "interconnect/sc_time_conversion.h"

namespace p9mmu::model {
namespace {

using cpus::Cause;
using interconnect::CpuId;
using interconnect::Time;

constexpr int kStateBits = 2;
constexpr int kCauseBits = 4;
constexpr int kCountBits = 16;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string read_whole(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer{};
  ::lseek(descriptor, 0, SEEK_SET);
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) {
      fail("reading the waveform");
    }
    if (count == 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

/// SystemC writes the time of day.
std::string without_date(std::string text) {
  const std::size_t begin = text.find("$date");
  const std::size_t end = begin == std::string::npos ? begin : text.find("$end", begin);
  if (end != std::string::npos) {
    text.erase(begin, text.find_first_not_of(" \n", end + 4) - begin);
  }
  return text;
}

}  // namespace

/// SystemC wants a name to write to. It gets one that leads to memory, and that is gone as soon as it is
/// open.
class Waveform::File {
 public:
  File() : memory_(::memfd_create("waveform", MFD_CLOEXEC)) {
    if (memory_ < 0) {
      fail("memfd_create");
    }
    std::string folder = (std::filesystem::temp_directory_path() / "p9mmu-vcd-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      fail(folder.c_str());
    }
    folder_ = folder;
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(memory_), folder_ / "run.vcd");
    // Not worth telling, and it tells the temporary name.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_TRACING_TIMESCALE_UNIT_, sc_core::SC_INFO,
                                            sc_core::SC_DO_NOTHING);
    trace_ = sc_core::sc_create_vcd_trace_file((folder_ / "run").c_str());
    trace_->set_time_unit(1, sc_core::SC_PS);
  }
  ~File() {
    forget_name();
    close();
    ::close(memory_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] sc_core::sc_trace_file* trace() const { return trace_; }

  void forget_name() {
    if (!folder_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(folder_, ignored);
      folder_.clear();
    }
  }
  std::string take() {
    close();
    return read_whole(memory_);
  }

 private:
  void close() {
    if (trace_ != nullptr) {
      sc_core::sc_close_vcd_trace_file(trace_);
      trace_ = nullptr;
    }
  }

  int memory_;
  std::filesystem::path folder_;
  sc_core::sc_trace_file* trace_ = nullptr;
};

Waveform::Waveform(const sc_core::sc_module_name& name, const cpus::System& system,
                   const std::string& machine, std::uint64_t most_changes)
    : sc_module(name),
      file_(std::make_unique<File>()),
      threads_(system.topology().cpus()),
      snoops_(system.topology().cores()),
      most_changes_(most_changes) {
  SC_HAS_PROCESS(Waveform);
  SC_METHOD(play);
  sensitive << due_;
  sc_core::sc_trace_file* const trace = file_->trace();
  std::string legend = "state:";
  for (const char* state : {"idle", "waking", "running", "waiting"}) {
    legend += std::string(" ") + state;
  }
  legend += "; cause:";
  for (const char* cause : cpus::kCauseNames) {
    legend += std::string(legend.ends_with(':') ? " " : ", ") + cause;
  }
  trace->write_comment(legend + "; both counted from 0");
  const std::uint32_t cores_per_chip = system.topology().cores() / system.topology().chips();
  const std::uint32_t threads_per_core = system.topology().threads_per_core();
  for (std::uint32_t core = 0; core < snoops_.size(); ++core) {
    const std::string path = machine + ".chip" + std::to_string(core / cores_per_chip) + ".core" +
                             std::to_string(core % cores_per_chip);
    sc_core::sc_trace(trace, snoops_[core], path + ".snoops_pending", kCountBits);
    for (std::uint32_t thread = 0; thread < threads_per_core; ++thread) {
      const ThreadSignals& signals = threads_[core * threads_per_core + thread];
      const std::string below = path + ".thread" + std::to_string(thread);
      sc_core::sc_trace(trace, signals.state, below + ".state", kStateBits);
      sc_core::sc_trace(trace, signals.cause, below + ".cause", kCauseBits);
      sc_core::sc_trace(trace, signals.interrupt_pending, below + ".interrupt_pending");
    }
  }
  sc_core::sc_trace(trace, tlbies_, machine + ".fabric.tlbies_outstanding", kCountBits);
}

Waveform::~Waveform() = default;

std::string Waveform::finish() {
  return without_date(file_->take());
}

// --- Changes ---

Time Waveform::present() {
  return interconnect::from_sc_time(sc_core::sc_time_stamp());
}

void Waveform::change(Change change) {
  ++changes_;
  if (too_long()) {
    if (changes_ == most_changes_ + 1) {
      sc_core::sc_stop();
    }
    return;
  }
  change.number = changes_;
  pending_.push(change);
  if (pending_.top().number == change.number) {
    due_.notify(interconnect::to_sc_time(change.at - present()));
  }
}

void Waveform::play() {
  file_->forget_name();
  while (!pending_.empty() && pending_.top().at <= present()) {
    const Change now = pending_.top();
    pending_.pop();
    if (now.flag != nullptr) {
      *now.flag = now.value != 0;
    } else {
      *now.signal = static_cast<std::uint32_t>(now.counts ? static_cast<std::int32_t>(*now.signal) + now.value
                                                          : now.value);
    }
  }
  if (!pending_.empty()) {
    due_.notify(interconnect::to_sc_time(pending_.top().at - present()));
  }
}

void Waveform::set(std::uint32_t& signal, std::uint32_t value, Time at) {
  change({at, 0, &signal, nullptr, static_cast<std::int32_t>(value), false});
}

void Waveform::set(bool& flag, bool value, Time at) {
  change({at, 0, nullptr, &flag, value ? 1 : 0, false});
}

void Waveform::count(std::uint32_t& signal, std::int32_t by, Time at) {
  change({at, 0, &signal, nullptr, by, true});
}

void Waveform::show(CpuId cpu, ThreadState state, Cause cause, Time at) {
  ThreadSignals& signals = threads_[cpu.value()];
  set(signals.state, static_cast<std::uint32_t>(state), at);
  set(signals.cause, static_cast<std::uint32_t>(cause), at);
}

// --- What is observed ---

void Waveform::charged(CpuId cpu, cpus::PathId, Cause cause, Time begin, Time span) {
  ThreadSignals& signals = threads_[cpu.value()];
  const bool wait_is_over = signals.waits && begin <= signals.waits_since;
  if (span <= Time() || begin < present() || wait_is_over || cause == Cause::idle) {
    return;  // it is shown since it began
  }
  signals.waits = false;
  show(cpu, cause == Cause::idle_wake ? ThreadState::waking : ThreadState::running, cause, begin);
}

void Waveform::waits(CpuId cpu, Cause cause, Time since) {
  threads_[cpu.value()].waits = true;
  threads_[cpu.value()].waits_since = since;
  show(cpu, ThreadState::waiting, cause, since);
}

void Waveform::goes_idle(CpuId cpu, Time since) {
  show(cpu, ThreadState::idle, Cause::idle, since);
}

void Waveform::interrupt_pending(CpuId cpu, Time pending) {
  set(threads_[cpu.value()].interrupt_pending, true, pending);
}

void Waveform::interrupt_taken(CpuId cpu, cpus::PathId, Time at) {
  threads_[cpu.value()].waits = false;
  set(threads_[cpu.value()].interrupt_pending, false, at);
}

void Waveform::tlbie_broadcast(CpuId, Time at, const interconnect::TlbieIssued& issued) {
  broadcast_at_ = at;
  count(tlbies_, 1, at);
  count(tlbies_, -1, issued.completed);
}

void Waveform::tlbie_snooped(CoreId core, Time done, Time) {
  count(snoops_[core.value()], 1, broadcast_at_);
  count(snoops_[core.value()], -1, done);
}

}  // namespace p9mmu::model
