// A world that only writes down what scripts do to it, and short ways to run a script in it. Not a machine:
// no request is carried out, and time does not exist.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mmu/error.h"
#include "tests/workloads/error_of.h"
#include "workloads/script/lua_host.h"

namespace p9mmu::workloads::testing {

class RecordingWorld final : public World {
 public:
  explicit RecordingWorld(std::uint32_t cpus = 128, std::uint32_t cores_per_chip = 16)
      : cpus_(cpus), cores_per_chip_(cores_per_chip) {}

  [[nodiscard]] std::uint32_t cpus() const override { return cpus_; }
  [[nodiscard]] std::uint32_t threads_per_core() const override { return 4; }
  [[nodiscard]] std::uint32_t cores_per_chip() const override { return cores_per_chip_; }
  [[nodiscard]] std::string kernel() const override { return "ipi-free"; }

  MmHandle create_mm(mmu::PageSize base_page) override {
    log.push_back(std::string("create_mm ") + mmu::name(base_page));
    return MmHandle(mms_++);
  }
  std::uint64_t mmap(MmHandle mm, std::uint64_t length_bytes) override {
    if (length_bytes > std::uint64_t{1} << 52) {
      throw mmu::UserError("a mapping of " + std::to_string(length_bytes) + " bytes does not fit 4 PiB");
    }
    log.push_back("mmap " + std::to_string(mm.value()) + " " + std::to_string(length_bytes));
    return kMapped;
  }
  void populate(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, mmu::PageSize page) override {
    log.push_back("populate " + std::to_string(mm.value()) + " " + std::to_string(address) + " " +
                  std::to_string(length_bytes) + " " + mmu::name(page));
  }
  void populate_zero(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                     mmu::PageSize page) override {
    log.push_back("populate_zero " + std::to_string(mm.value()) + " " + std::to_string(address) + " " +
                  std::to_string(length_bytes) + " " + mmu::name(page));
  }
  void set_huge_pages(MmHandle mm, bool allowed) override {
    log.push_back("set_huge_pages " + std::to_string(mm.value()) + (allowed ? " always" : " never"));
  }
  void share(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, MmHandle other,
             std::uint64_t from) override {
    log.push_back("share " + std::to_string(mm.value()) + " " + std::to_string(address) + " " +
                  std::to_string(length_bytes) + " of " + std::to_string(other.value()) + " " +
                  std::to_string(from));
  }
  MmHandle fork(MmHandle mm) override {
    log.push_back("fork " + std::to_string(mm.value()));
    return MmHandle(mms_++);
  }
  GuestHandle create_guest(std::uint64_t memory_bytes, mmu::PageSize base_page,
                           std::optional<mmu::PageSize> populated) override {
    log.push_back("create_guest " + std::to_string(memory_bytes) + " " + mmu::name(base_page) +
                  (populated ? std::string(" ") + mmu::name(*populated) : ""));
    return GuestHandle(guests_++);
  }
  GuestMmHandle create_guest_mm(GuestHandle guest, mmu::PageSize base_page) override {
    log.push_back("create_guest_mm " + std::to_string(guest.value()) + " " + mmu::name(base_page));
    return GuestMmHandle(guest_mms_++);
  }
  std::uint64_t guest_mmap(GuestMmHandle mm, std::uint64_t length_bytes, bool executable) override {
    log.push_back("guest_mmap " + std::to_string(mm.value()) + " " + std::to_string(length_bytes) +
                  (executable ? " rwx" : ""));
    return kMapped;
  }
  void guest_populate(GuestMmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                      mmu::PageSize page) override {
    log.push_back("guest_populate " + std::to_string(mm.value()) + " " + std::to_string(address) + " " +
                  std::to_string(length_bytes) + " " + mmu::name(page));
  }
  void ran_on(MmHandle mm, std::vector<std::uint32_t> cpus) override {
    log.push_back("ran_on " + std::to_string(mm.value()) + " " + std::to_string(cpus.size()) + " CPUs");
  }

  static constexpr std::uint64_t kMapped = std::uint64_t{1} << 40;
  std::vector<std::string> log;

 private:
  std::uint32_t cpus_;
  std::uint32_t cores_per_chip_;
  std::uint32_t mms_ = 0;
  std::uint32_t guests_ = 0;
  std::uint32_t guest_mms_ = 0;
};

using Given = std::map<std::string, std::string>;

/// A host with its world and what its script printed.
class Script {
 public:
  explicit Script(const Given& given = {}, const Limits& limits = small_limits(), std::uint64_t seed = 1)
      : host(world, limits, seed, given, [this](std::string_view line) { printed.emplace_back(line); }) {}

  /// Runs `text` as the main chunk of "dir/test.lua".
  Script& load(const std::string& text) {
    host.load_text("dir/test.lua", text);
    return *this;
  }

  /// Resumes `thread` until it finishes; its requests, at most `most`.
  std::vector<Call> requests(std::uint32_t thread, std::size_t most = 100) {
    std::vector<Call> calls;
    while (calls.size() < most) {
      std::optional<Call> call = host.resume(ThreadHandle(thread));
      if (!call) {
        break;
      }
      calls.push_back(std::move(*call));
    }
    return calls;
  }

  static Limits small_limits() { return Limits{std::size_t{8} << 20, 2'000'000}; }

  RecordingWorld world;
  std::vector<std::string> printed;
  LuaHost host;
};

/// What the script prints, its lines joined by '|'.
inline std::string output_of(const std::string& text, const Given& given = {}) {
  Script script(given);
  script.load(text);
  std::string all;
  for (const std::string& line : script.printed) {
    all += (all.empty() ? "" : "|") + line;
  }
  return all;
}

/// The error that ends the script, its threads included.
inline std::string script_error(const std::string& text, const Given& given = {},
                                const Limits& limits = Script::small_limits()) {
  return error_of([&] {
    Script script(given, limits);
    script.load(text);
    for (std::uint32_t thread = 0; thread < script.host.spawned().size(); ++thread) {
      script.requests(thread);
    }
  });
}

}  // namespace p9mmu::workloads::testing
