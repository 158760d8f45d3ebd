#include "workloads/measurement.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "mmu/check.h"

namespace p9mmu::workloads {
namespace {

using cpus::Cause;
using interconnect::CpuId;
using interconnect::Time;

/// Whether time spent so on another CPU has been taken from it.
bool is_taken(const std::string& path, Cause cause, const std::string& handler) {
  const bool in_handler = path == handler || path.starts_with(handler + ";");
  const bool of_program = path == "guest" || path == "user";
  return in_handler || cause == Cause::idle_wake || cause == Cause::guest_exit ||
         (of_program && cause == Cause::tlbie);
}

Time at_slot(const std::vector<Time>& view, std::size_t slot) {
  return slot < view.size() ? view[slot] : Time();
}

}  // namespace

Measurements::AccountViews Measurements::view_accounts(Time moment) {
  AccountViews views;
  views.reserve(system_.cpus());
  for (std::uint32_t i = 0; i < system_.cpus(); ++i) {
    views.push_back(system_.cpu(CpuId(i)).account_view(moment));
    const Time total = std::accumulate(views.back().begin(), views.back().end(), Time());
    P9MMU_CHECK(total == moment,
                "the account of CPU " << i << " adds up to " << total.ps() << " ps of " << moment.ps());
  }
  return views;
}

void Measurements::begin(const cpus::Cpu& cpu, const std::string& name) {
  Open open;
  open.phase.name = name;
  open.phase.cpu = cpu.id();
  open.phase.begin = cpu.now();
  open.counters = system_.counters();
  open.ipi_round_times = system_.ipi_round_times();
  open.accounts = view_accounts(cpu.now());
  open_.push_back(std::move(open));
  if (cpu.observer() != nullptr) {
    cpu.observer()->phase_begins(name, cpu.now());
  }
}

void Measurements::end(const cpus::Cpu& cpu, const std::string& name) {
  const auto open = std::find_if(open_.begin(), open_.end(), [&](const Open& candidate) {
    return candidate.phase.cpu == cpu.id() && candidate.phase.name == name;
  });
  P9MMU_CHECK(open != open_.end(), "phase " << name << " has not begun on CPU " << cpu.id().value());
  Phase phase = std::move(open->phase);
  phase.end = cpu.now();
  phase.counters = difference(system_.counters(), open->counters);
  phase.ipi_round_times = system_.ipi_round_times().since(open->ipi_round_times);
  spend(phase, open->accounts, view_accounts(cpu.now()));
  open_.erase(open);
  phases_.push_back(std::move(phase));
}

void Measurements::spend(Phase& phase, const AccountViews& before, const AccountViews& after) {
  const std::string handler = system_.interrupt_handler().name();
  const std::size_t slots = system_.paths().size() * cpus::kCauses;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    Time here;
    Time elsewhere;
    for (std::size_t i = 0; i < after.size(); ++i) {
      const Time span = at_slot(after[i], slot) - at_slot(before[i], slot);
      (i == phase.cpu.value() ? here : elsewhere) += span;
    }
    const cpus::PathId path(static_cast<std::uint32_t>(slot / cpus::kCauses));
    const auto cause = static_cast<Cause>(slot % cpus::kCauses);
    const std::string text = system_.paths().text(path);
    if (here != Time()) {
      phase.spending.push_back(Spending{true, text, cause, here});
    }
    if (elsewhere != Time()) {
      phase.spending.push_back(Spending{false, text, cause, elsewhere});
      phase.taken_from_others += is_taken(text, cause, handler) ? elsewhere : Time();
    }
  }
  // Paths are numbered as they occur, which depends on how the run was computed; their names do not.
  std::sort(phase.spending.begin(), phase.spending.end(), [](const Spending& a, const Spending& b) {
    return std::tuple(!a.measured_cpu, a.path, a.cause) < std::tuple(!b.measured_cpu, b.path, b.cause);
  });
}

}  // namespace p9mmu::workloads
