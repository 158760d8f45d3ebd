#include "workloads/script/recording.h"

#include <optional>
#include <utility>

namespace p9mmu::workloads {
namespace {

/// More than any scenario that can be explored makes.
constexpr std::size_t kMostCalls = 10'000;

/// Hands on what a script sets up, and notes it down.
class RecordingWorld final : public World {
 private:
  template <typename Action>
  auto noted(Action action) {
    script_.setup.emplace_back([action](World& world) { action(world); });
    return action(world_);
  }

 public:
  RecordingWorld(World& world, RecordedScript& script) : world_(world), script_(script) {}

  [[nodiscard]] std::uint32_t cpus() const override { return world_.cpus(); }
  [[nodiscard]] std::uint32_t threads_per_core() const override { return world_.threads_per_core(); }
  [[nodiscard]] std::uint32_t cores_per_chip() const override { return world_.cores_per_chip(); }
  [[nodiscard]] std::string kernel() const override { return world_.kernel(); }
  MmHandle create_mm(mmu::PageSize base_page) override {
    return noted([=](World& world) { return world.create_mm(base_page); });
  }
  std::uint64_t mmap(MmHandle mm, std::uint64_t length_bytes) override {
    return noted([=](World& world) { return world.mmap(mm, length_bytes); });
  }
  void populate(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, mmu::PageSize page) override {
    noted([=](World& world) { world.populate(mm, address, length_bytes, page); });
  }
  void populate_zero(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                     mmu::PageSize page) override {
    noted([=](World& world) { world.populate_zero(mm, address, length_bytes, page); });
  }
  void set_huge_pages(MmHandle mm, bool allowed) override {
    noted([=](World& world) { world.set_huge_pages(mm, allowed); });
  }
  void share(MmHandle mm, std::uint64_t address, std::uint64_t length_bytes, MmHandle other,
             std::uint64_t from) override {
    noted([=](World& world) { world.share(mm, address, length_bytes, other, from); });
  }
  MmHandle fork(MmHandle mm) override {
    return noted([=](World& world) { return world.fork(mm); });
  }
  void ran_on(MmHandle mm, std::vector<std::uint32_t> cpus) override {
    noted([=](World& world) { world.ran_on(mm, cpus); });
  }
  GuestHandle create_guest(std::uint64_t memory_bytes, mmu::PageSize base_page,
                           std::optional<mmu::PageSize> populated) override {
    return noted([=](World& world) { return world.create_guest(memory_bytes, base_page, populated); });
  }
  GuestMmHandle create_guest_mm(GuestHandle guest, mmu::PageSize base_page) override {
    return noted([=](World& world) { return world.create_guest_mm(guest, base_page); });
  }
  std::uint64_t guest_mmap(GuestMmHandle mm, std::uint64_t length_bytes, bool executable) override {
    return noted([=](World& world) { return world.guest_mmap(mm, length_bytes, executable); });
  }
  void guest_populate(GuestMmHandle mm, std::uint64_t address, std::uint64_t length_bytes,
                      mmu::PageSize page) override {
    noted([=](World& world) { world.guest_populate(mm, address, length_bytes, page); });
  }

 private:
  World& world_;
  RecordedScript& script_;
};

}  // namespace

RecordedScript record_script(World& world, const ScriptSource& source, std::uint64_t seed,
                             const std::map<std::string, std::string>& options) {
  RecordedScript script;
  RecordingWorld recording(world, script);
  LuaHost host(recording, Limits{}, seed, options);
  if (source.text) {
    host.load_text(source.path, *source.text);
  } else {
    host.load_file(source.path);
  }
  for (std::size_t next = 0; next < host.spawned().size(); ++next) {
    const SpawnedThread spawned = host.spawned()[next];
    RecordedThread thread{spawned.cpu, spawned.name, {}, {}};
    while (std::optional<Call> call = host.resume(spawned.thread)) {
      if (thread.calls.size() == kMostCalls) {
        throw host.at_request(spawned.thread, "thread '" + spawned.name + "' makes more than " +
                                                  std::to_string(kMostCalls) +
                                                  " requests; an explored scenario has a few");
      }
      thread.calls.push_back(std::move(*call));
    }
    script.threads.push_back(std::move(thread));
  }
  script.assumptions = host.assumptions();
  return script;
}

}  // namespace p9mmu::workloads
