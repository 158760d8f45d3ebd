#include "workloads/linux/rcu.h"

#include <utility>

namespace p9mmu::workloads {

Rcu::Rcu(System& system, PageAllocator& pages) : system_(system), pages_(pages) {
  system.set_mask_observer(this);
}

Rcu::~Rcu() {
  system_.set_mask_observer(nullptr);
}

void Rcu::call(std::vector<RemovedTable> tables) {
  GracePeriod period;
  for (std::uint32_t id = 0; id < system_.cpus(); ++id) {
    system_.touch({cpus::SharedKind::interrupts, id}, cpus::Touch::read);
    if (system_.cpu(CpuId(id)).soft_masked()) {
      period.readers.push_back(CpuId(id));
    }
  }
  if (period.readers.empty()) {
    give_back(tables);
    return;
  }
  period.tables = std::move(tables);
  periods_.push_back(std::move(period));
}

void Rcu::interrupts_enabled(CpuId cpu) {
  for (GracePeriod& period : periods_) {
    if (std::erase(period.readers, cpu) > 0 && period.readers.empty()) {
      give_back(period.tables);
    }
  }
  std::erase_if(periods_, [](const GracePeriod& period) { return period.readers.empty(); });
}

std::size_t Rcu::waiting() const {
  std::size_t tables = 0;
  for (const GracePeriod& period : periods_) {
    tables += period.tables.size();
  }
  return tables;
}

void Rcu::give_back(const std::vector<RemovedTable>& tables) {
  for (const RemovedTable& removed : tables) {
    system_.touch({cpus::SharedKind::page, removed.table.value()}, cpus::Touch::write);
    pages_.free_table(removed.table, removed.bytes);
  }
  system_.counters().page_tables_freed += static_cast<std::int64_t>(tables.size());
}

void CallRcu::effect(Cpu&) const {
  rcu->call(std::exchange(*tables, {}));
}

}  // namespace p9mmu::workloads
