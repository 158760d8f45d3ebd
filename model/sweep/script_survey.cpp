#include "model/sweep/script_survey.h"

#include <algorithm>
#include <optional>

#include "mmu/error.h"
#include "workloads/script/lua_host.h"
#include "workloads/script/world.h"

namespace p9mmu::model {
namespace {

/// A world in which nothing is there and everything succeeds.
class EmptyWorld final : public workloads::World {
 public:
  explicit EmptyWorld(const ScriptScene& scene) : scene_(scene) {}

  [[nodiscard]] std::uint32_t cpus() const override { return scene_.cpus; }
  [[nodiscard]] std::uint32_t threads_per_core() const override { return scene_.threads_per_core; }
  [[nodiscard]] std::uint32_t cores_per_chip() const override { return scene_.cores_per_chip; }
  [[nodiscard]] std::string kernel() const override { return scene_.kernel; }
  workloads::MmHandle create_mm(mmu::PageSize) override { return workloads::MmHandle(mms_++); }
  std::uint64_t mmap(workloads::MmHandle, std::uint64_t) override { return 0; }
  void populate(workloads::MmHandle, std::uint64_t, std::uint64_t, mmu::PageSize) override {}
  void populate_zero(workloads::MmHandle, std::uint64_t, std::uint64_t, mmu::PageSize) override {}
  void set_huge_pages(workloads::MmHandle, bool) override {}
  void share(workloads::MmHandle, std::uint64_t, std::uint64_t, workloads::MmHandle, std::uint64_t) override {
  }
  workloads::MmHandle fork(workloads::MmHandle) override { return workloads::MmHandle(mms_++); }
  void ran_on(workloads::MmHandle, std::vector<std::uint32_t>) override {}
  workloads::GuestHandle create_guest(std::uint64_t, mmu::PageSize, std::optional<mmu::PageSize>) override {
    return workloads::GuestHandle(guests_++);
  }
  workloads::GuestMmHandle create_guest_mm(workloads::GuestHandle, mmu::PageSize) override {
    return workloads::GuestMmHandle(mms_++);
  }
  std::uint64_t guest_mmap(workloads::GuestMmHandle, std::uint64_t, bool) override { return 0; }
  void guest_populate(workloads::GuestMmHandle, std::uint64_t, std::uint64_t, mmu::PageSize) override {}

 private:
  const ScriptScene& scene_;
  std::uint32_t mms_ = 0;
  std::uint32_t guests_ = 0;
};

struct Survey {
  std::vector<workloads::OptionDeclared> options;
  std::optional<mmu::UserError> mistake;
};

Survey survey(const std::string& path, const std::string& text, const ScriptScene& scene,
              const std::map<std::string, std::string>& given) {
  EmptyWorld world(scene);
  workloads::LuaHost host(world, workloads::Limits{}, scene.seed, given, [](std::string_view) {});
  Survey result;
  try {
    host.load_text(path, text);
  } catch (const mmu::UserError& error) {
    result.mistake = error;
  }
  result.options = host.options();
  return result;
}

}  // namespace

std::vector<workloads::OptionDeclared> declared_options(const std::string& path, const std::string& text,
                                                        const ScriptScene& scene,
                                                        const std::map<std::string, std::string>& given) {
  Survey by_default = survey(path, text, scene, {});
  const Survey with_given = survey(path, text, scene, given);
  if (by_default.mistake && with_given.mistake) {
    throw *by_default.mistake;
  }
  for (const workloads::OptionDeclared& option : with_given.options) {
    const bool known =
        std::any_of(by_default.options.begin(), by_default.options.end(),
                    [&](const workloads::OptionDeclared& other) { return other.name == option.name; });
    if (!known) {
      by_default.options.push_back(option);
    }
  }
  return by_default.options;
}

}  // namespace p9mmu::model
