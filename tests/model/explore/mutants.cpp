// What the explorer has to notice: kernels that forget something. Operations are left out by name; what is a
// matter of order is written here as a routine of its own, beside the right one.
#include <catch2/catch.hpp>

#include "model/explore/shipped.h"
#include "model/explore/verdict.h"
#include "model/machine/resolve.h"
#include "workloads/linux/gup.h"
#include "workloads/linux/page.h"
#include "workloads/linux/policy.h"
#include "workloads/linux/table_operations.h"

using namespace p9mmu::model;
using namespace p9mmu::model::explore;
using namespace p9mmu::workloads;
using p9mmu::cpus::Task;

namespace {

constexpr const char* kHugePage = R"(
local mm = linux.mm{base_page = "64K"}
local page = mm:mmap(2 * 1024 * 1024)
mm:populate(page, 2 * 1024 * 1024, "2M")
mm:ran_on{0, 2}
)";
constexpr const char* kMunmap = "spawn(0, function(t) t:munmap(mm, page, 2 * 1024 * 1024) end)\n";
constexpr const char* kReader = "spawn(2, function(t) t:load(mm, page) t:load(mm, page) end)\n";
constexpr const char* kPin = "spawn(2, function(t) t:gup_fast(mm, page) end)\n";

Scenario scenario_of(const std::string& threads, const char* kernel = "ipi-free") {
  static const Machine machine = resolve_machine(MachineChoice{});
  return read_scenario(machine, kernel_policy(kernel), {"test.lua", kHugePage + threads}, 1, {});
}

/// One of those that come with the program.
Scenario shipped(const std::string& name, const KernelPolicy& policy) {
  static const Machine machine = resolve_machine(MachineChoice{});
  const std::optional<std::string_view> text = shipped_scenario(name);
  REQUIRE(text);
  return read_scenario(machine, policy, {name + ".lua", std::string(*text)}, 1, {});
}

Verdict verdict_of(const Scenario& scenario) {
  return p9mmu::model::explore::explore(scenario, Reduction::full, {}, nullptr);
}

Mm& only_mm(LinuxWorld& world) {
  return world.mm(MmHandle(0));
}
EffectiveAddress only_page(LinuxWorld& world) {
  return EffectiveAddress(only_mm(world).vmas.begin()->first);
}

enum class Order : std::uint8_t { clear_flush_free, flush_clear_free, clear_free_flush };

/// One huge page is taken from its process, in some order.
Task<void> take_page(LinuxWorld& world, Cpu& cpu, Order order) {
  const p9mmu::cpus::Routine routine(cpu, "take_page");
  Kernel& kernel = world.linux_kernel();
  Mm& mm = only_mm(world);
  const EffectiveAddress address = only_page(world);
  const std::uint64_t end = address.value() + p9mmu::mmu::bytes(PageSize::k2M);
  PmdTable& table = *mm.pmd_table(address);
  co_await cpu.spin_lock(table.lock);
  if (order == Order::flush_clear_free) {
    co_await kernel.flush().radix__flush_pmd_tlb_range(cpu, mm, address.value(), end);
  }
  const RadixEntry old = co_await clear_entry(cpu, Mm::pmd_entry(table, address));
  const RealAddress page(old.real_page());
  if (order == Order::clear_flush_free) {
    co_await kernel.flush().radix__flush_pmd_tlb_range(cpu, mm, address.value(), end);
  }
  co_await page_remove_rmap(cpu, kernel.pages(), page, PageSize::k2M);
  co_await put_page(cpu, kernel.pages(), page);
  if (order == Order::clear_free_flush) {
    co_await kernel.flush().radix__flush_pmd_tlb_range(cpu, mm, address.value(), end);
  }
  co_await cpu.spin_unlock(table.lock);
}

/// gup_fast's way of taking a huge page, with or without looking at the entry again.
Task<void> pin_page(LinuxWorld& world, Cpu& cpu, bool looks_again) {
  const p9mmu::cpus::Routine routine(cpu, "pin_page");
  Kernel& kernel = world.linux_kernel();
  Mm& mm = only_mm(world);
  const EffectiveAddress address = only_page(world);
  co_await cpu.local_irq_disable();
  // Only now, for what keeps a removed table from being freed are the interrupts that are off.
  if (const PmdTable* const table = mm.pmd_table(address); table != nullptr) {
    const RealAddress pmd = Mm::pmd_entry(*table, address);
    const RadixEntry seen = co_await read_entry(cpu, pmd);
    const RealAddress page(seen.real_page());
    bool got = false;
    if (pmd_access_permitted(seen, false)) {
      got = co_await page_try_get(cpu, kernel.pages(), page);
    }
    if (got && looks_again) {
      const RadixEntry now = co_await read_entry(cpu, pmd);
      got = now == seen;
      if (!got) {
        co_await put_page(cpu, kernel.pages(), page);
      }
    }
    if (got) {
      cpu.system().audit()->reference_taken(page, pmd);
    }
  }
  co_await cpu.local_irq_enable();
}

Scenario with_routine(Scenario scenario, std::uint32_t cpu,
                      std::function<Task<void>(LinuxWorld&, Cpu&)> routine) {
  scenario.script.threads.push_back(RecordedThread{CpuId(cpu), "routine", {}, std::move(routine)});
  return scenario;
}

}  // namespace

TEST_CASE(
    "a kernel that leaves an operation of a flush out is caught by a scenario that comes with the program") {
  struct Case {
    const char* name;
    const char* scenario;
    std::vector<Omission> omissions;
    AuditRule rule;
  };
  const Case c = GENERATE(values<Case>({
      {"the first ptesync",
       "munmap_reader",
       {{"_tlbie_va_range", "ptesync"}, {"fixup_tlbie", "ptesync"}},
       AuditRule::flushed_translation},
      {"the wait for all cores",
       "munmap_reader",
       {{"_tlbie_va_range", "eieio; tlbsync; ptesync"}},
       AuditRule::flushed_translation},
      {"the tlbie", "munmap_reader", {{"_tlbie_va_range", "tlbie"}}, AuditRule::flushed_translation},
      {"the ERAT's fix-up", "munmap_reader", {{"fixup_tlbie", "tlbie"}}, AuditRule::flushed_translation},
  }));
  CAPTURE(c.name);
  Scenario scenario = shipped(c.scenario, kernel_policy("ipi-free"));
  CHECK(verdict_of(scenario).safe());
  scenario.omissions = c.omissions;
  const Verdict verdict = verdict_of(scenario);
  REQUIRE_FALSE(verdict.safe());
  CHECK(verdict.counterexample->finding.rule == c.rule);
}

TEST_CASE(
    "a collapse that waits for no walker is caught: a reference is taken on a page that is being copied") {
  KernelPolicy policy = kernel_policy("ipi-free");
  CHECK(verdict_of(shipped("collapse_gup", policy)).safe());
  policy.collapse_sync = CollapseSync::nobody;
  const Verdict verdict = verdict_of(shipped("collapse_gup", policy));
  REQUIRE_FALSE(verdict.safe());
  CHECK(verdict.counterexample->finding.rule == AuditRule::unstable_reference);
}

TEST_CASE("a tlbie that is taken for complete too early is caught by the litmus test") {
  const char* omitted = GENERATE("eieio; tlbsync; ptesync", "tlbie");
  CAPTURE(omitted);
  Scenario scenario = shipped("tlbie_litmus", kernel_policy("ipi-free-flush"));
  scenario.omissions = {{"_tlbie_va_range", omitted}};
  const Verdict verdict = verdict_of(scenario);
  REQUIRE_FALSE(verdict.safe());
  CHECK(verdict.counterexample->finding.rule == AuditRule::flushed_translation);
}

TEST_CASE("only clearing, flushing and freeing in that order is safe") {
  const auto [order, safe] = GENERATE(table<Order, bool>(
      {{Order::clear_flush_free, true}, {Order::flush_clear_free, false}, {Order::clear_free_flush, false}}));
  Scenario scenario = shipped("munmap_reader", kernel_policy("ipi-free"));
  REQUIRE(scenario.script.threads.front().name == "munmap");
  scenario.script.threads.front() =
      RecordedThread{CpuId(0), "routine", {}, [order = order](LinuxWorld& world, Cpu& cpu) {
                       return take_page(world, cpu, order);
                     }};
  const Verdict verdict = verdict_of(scenario);
  CHECK(verdict.safe() == safe);
  if (!safe) {
    CHECK(verdict.counterexample->finding.rule == AuditRule::freed_page);
    CHECK(verdict.counterexample->finding.cause.path.find("take_page") != std::string::npos);
  }
}

TEST_CASE("get_user_pages_fast has to look at the entry again once it has its reference") {
  const bool looks_again = GENERATE(true, false);
  const Scenario scenario = with_routine(scenario_of(kMunmap), 2, [looks_again](LinuxWorld& world, Cpu& cpu) {
    return pin_page(world, cpu, looks_again);
  });
  const Verdict verdict = verdict_of(scenario);
  INFO((verdict.safe() ? "" : verdict.counterexample->finding.text));
  CHECK(verdict.safe() == looks_again);
  if (!looks_again) {
    CHECK(verdict.counterexample->finding.rule == AuditRule::unstable_reference);
  }
}

TEST_CASE("the kernel's own get_user_pages_fast is safe against munmap") {
  const char* kernel = GENERATE("ipi", "ipi-free", "ipi-free-flush");
  CAPTURE(kernel);
  CHECK(verdict_of(scenario_of(std::string(kMunmap) + kPin, kernel)).safe());
}

TEST_CASE("a counterexample is the shortest, holds only its causes, and can be replayed") {
  Scenario scenario = scenario_of(std::string(kMunmap) + kReader);
  scenario.omissions = {{"_tlbie_va_range", "eieio; tlbsync; ptesync"}};
  const Verdict verdict = verdict_of(scenario);
  REQUIRE_FALSE(verdict.safe());
  const Counterexample& shortest = *verdict.counterexample;
  CHECK(shortest.schedule.size() < verdict.search.longest);
  const Counterexample again = replay(scenario, parse_schedule(to_text(shortest.schedule)));
  CHECK(again.finding == shortest.finding);
  CHECK(again.steps.size() == shortest.schedule.size());
  // Without its last step nothing is broken yet.
  Schedule shorter = shortest.schedule;
  shorter.pop_back();
  CHECK(replay(scenario, shorter).finding.text.empty());
}

TEST_CASE("threads that wait for each other are a finding") {
  const Scenario scenario =
      with_routine(with_routine(scenario_of("spawn(4, function(t) t:irq_enable() end)\n"), 0,
                                [](LinuxWorld& world, Cpu& cpu) -> Task<void> {
                                  co_await cpu.spin_lock(only_mm(world).pmd_table(only_page(world))->lock);
                                }),
                   2, [](LinuxWorld& world, Cpu& cpu) -> Task<void> {
                     co_await cpu.spin_lock(only_mm(world).pmd_table(only_page(world))->lock);
                   });
  const Verdict verdict = verdict_of(scenario);
  REQUIRE_FALSE(verdict.safe());
  CHECK(verdict.counterexample->finding.rule == AuditRule::deadlock);
}
