#include "tests/model/sample.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "mmu/error.h"
#include "model/cli/program.h"
#include "model/machine/resolve.h"

namespace p9mmu::model {
namespace {

std::string read_descriptor(int descriptor) {
  ::lseek(descriptor, 0, SEEK_SET);
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  return text;
}

}  // namespace

report::PhaseResult sample_result(const std::string& kernel) {
  report::PhaseResult result;
  result.kernel = kernel;
  result.phase = "munmap";
  result.cpus = 4;
  result.measured_cpu = 0;
  result.elapsed_ps = 1'000'000;
  result.counters = {{"pmds_cleared", "entries", "huge PMDs cleared", 2},
                     {"ipis_sent", "interrupts", "sent", 6},
                     {"ipi_rounds", "rounds", "calls", 2},
                     {"tlbie_count", "instructions", "tlbie", 3},
                     {"tlbiel_count", "instructions", "tlbiel", 0},
                     {"ptesync_count", "instructions", "ptesync", 5},
                     {"tlbsync_count", "instructions", "tlbsync", 1},
                     {"hwsync_count", "instructions", "hwsync", 18}};
  result.ipi_round_times = {{434176, 442368, 1}, {491520, 499712, 1}};
  result.accounts = {{"0", "sys_munmap;zap_huge_pmd", "memory", 600'000},
                     {"0", "sys_munmap", "compute", 400'000},
                     {"others", "", "idle", 2'500'000},
                     {"others", "doorbell", "interrupt", 500'000}};
  result.victim_ps = 500'000;
  result.assumptions = {"all targets are idle"};
  result.published_ms = 0.002;
  result.published_source = "a mailing list";
  result.options = {{"guest_size", "4MiB"}};
  result.host_seconds = 0.25;
  result.host_peak_bytes = 1 << 20;
  return result;
}

report::RunDocument sample_document() {
  report::RunDocument document;
  document.program_version = "1.2.3";
  document.machine = resolve_machine({});
  // What the shipped machine is calibrated on may change; this one is calibrated on one total alone.
  for (ResolvedParameter& parameter : document.machine.resolved) {
    const bool fitted = parameter.name == "linux.zap_huge_pmd";
    parameter.provenance = fitted ? "calibrated" : "assumed";
    parameter.calibrated_on = fitted ? "munmap/ipi-free" : "";
    if (fitted) {
      parameter.value_text = "300 cycles";
      parameter.range = "50 cycles to 600 cycles";
    }
  }
  document.script = "teardown.lua";
  document.options = {{"guest_size", "4MiB"}};
  document.seed = 7;
  document.command =
      "p9mmu run teardown.lua --kernel ipi,ipi-free,ipi-free-flush --option guest_size=4MiB --seed 7";
  document.results = {sample_result("ipi"), sample_result("ipi-free"), sample_result("ipi-free-flush")};
  return document;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "p9mmu-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("no temporary directory");
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
  return file(name);
}

std::size_t TemporaryDirectory::files() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    count += entry.exists() ? 1 : 0;
  }
  return count;
}

std::string read_whole(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Outcome run_words(const std::vector<std::string>& words, const Environment::Simulate& simulate) {
  Environment environment;
  environment.out = ::memfd_create("out", MFD_CLOEXEC);
  environment.err = ::memfd_create("err", MFD_CLOEXEC);
  environment.simulate = simulate;
  Outcome outcome;
  outcome.code = run_program(words, environment);
  outcome.out = read_descriptor(environment.out);
  outcome.err = read_descriptor(environment.err);
  return outcome;
}

std::string user_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const mmu::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace p9mmu::model
