#include "workloads/linux/auditor.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace p9mmu::workloads {
namespace {

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

constexpr std::uint64_t kHuge = mmu::bytes(mmu::PageSize::k2M);
constexpr std::array kSizes = {mmu::PageSize::k4K, mmu::PageSize::k64K, mmu::PageSize::k2M,
                               mmu::PageSize::k1G};

/// The flushes of a process's translations of one size: others are nothing to an access through one.
cpus::SharedObject flushes_of(mmu::Pid pid, mmu::PageSize size) {
  return {cpus::SharedKind::flush, (std::uint64_t{pid.value()} << 8) | static_cast<std::uint64_t>(size)};
}

const char* verb(mmu::Access kind) {
  return kind == mmu::Access::load ? "load" : kind == mmu::Access::store ? "store" : "fetch";
}

}  // namespace

/// The innermost region around `address`: a piece of a huge page before the huge page.
const Auditor::Region* Auditor::find(const Regions& regions, RealAddress address) {
  const auto after = regions.upper_bound(address.value());
  if (after == regions.begin()) {
    return nullptr;
  }
  const auto before = std::prev(after);
  if (address.value() < before->first + before->second.bytes) {
    return &before->second;
  }
  const auto huge = regions.find(address.value() & ~(kHuge - 1));
  return huge != regions.end() && address.value() < huge->first + huge->second.bytes ? &huge->second
                                                                                     : nullptr;
}

/// Pieces of a huge page are taken together: their order hardly matters, and some order is always right.
void Auditor::touch_region(RealAddress address, cpus::Touch how) {
  if (system_.exploration() != nullptr) {
    const auto table = tables_.upper_bound(address.value());
    const bool inside = table != tables_.begin() &&
                        address.value() < std::prev(table)->first + std::prev(table)->second.bytes;
    const std::uint64_t first = inside ? std::prev(table)->first : address.value() & ~(kHuge - 1);
    system_.touch({cpus::SharedKind::page, first}, how);
  }
}

void Auditor::put(Regions& regions, RealAddress first, std::uint64_t bytes) {
  const auto begin = regions.lower_bound(first.value());
  regions.erase(begin, regions.lower_bound(first.value() + bytes));
  Region& region = regions[first.value()];
  region.bytes = bytes;
}

void Auditor::take(Regions& regions, RealAddress first, std::uint64_t bytes) {
  Region& region = regions[first.value()];
  region.bytes = bytes;
  region.live = false;
  region.changed_by = system_.running();
  region.changed_in = system_.cpu(region.changed_by).path();
}

void Auditor::table_allocated(RealAddress table, std::uint64_t bytes) {
  put(tables_, table, bytes);
}

void Auditor::table_freed(RealAddress table) {
  ++events_;
  touch_region(table, cpus::Touch::write);
  const auto known = tables_.find(table.value());
  take(tables_, table, known == tables_.end() ? 8 : known->second.bytes);
}

void Auditor::page_allocated(RealAddress page, std::uint64_t bytes) {
  put(pages_, page, bytes);
}

void Auditor::page_freed(RealAddress page, std::uint64_t bytes) {
  ++events_;
  touch_region(page, cpus::Touch::write);
  take(pages_, page, bytes);
}

void Auditor::page_unstable(RealAddress page, bool unstable) {
  ++events_;
  touch_region(page, cpus::Touch::write);
  Region& region = pages_[page.value()];
  region.bytes = std::max<std::uint64_t>(region.bytes, 1);
  region.unstable = unstable;
  region.changed_by = system_.running();
  region.changed_in = system_.cpu(region.changed_by).path();
}

void Auditor::flush_completed(mmu::Pid pid, std::uint64_t start, std::uint64_t end,
                              std::optional<mmu::PageSize> size, std::uint64_t began) {
  ++events_;
  for (const mmu::PageSize one : kSizes) {
    if (!size || size == one) {
      system_.touch(flushes_of(pid, one), cpus::Touch::write);
    }
  }
  const CpuId cpu = system_.running();
  Flushes& flushes = flushes_[pid.value()];
  // A later flush of the same range says all that the earlier one said.
  const auto first = flushes.by_start.lower_bound(start);
  for (auto flush = first; flush != flushes.by_start.end() && flush->first < end;) {
    const bool said =
        flush->second.end <= end && flush->second.began <= began && (!size || size == flush->second.size);
    flush = said ? flushes.by_start.erase(flush) : std::next(flush);
  }
  flushes.by_start.emplace(start, Flush{end, size, began, cpu, system_.cpu(cpu).path()});
  flushes.longest = std::max(flushes.longest, end - start);
}

AuditedActor Auditor::actor(CpuId cpu, cpus::PathId path) const {
  return AuditedActor{cpu, system_.paths().text(path)};
}

AuditedActor Auditor::running() const {
  return actor(system_.running(), system_.cpu(system_.running()).path());
}

void Auditor::report(AuditRule rule, std::uint64_t place, std::string text, AuditedActor cause) {
  AuditFinding finding{rule, std::move(text), place, running(), std::move(cause)};
  if (std::find(findings_.begin(), findings_.end(), finding) == findings_.end()) {
    findings_.push_back(std::move(finding));
  }
}

void Auditor::leaf_used(RealAddress entry, mmu::RadixEntry value) {
  ++events_;
  if (!value.leaf()) {
    report(AuditRule::table_as_leaf, entry.value(),
           "the entry at " + hex(entry.value()) + " is used as a leaf and holds " +
               (value.bits == 0 ? "nothing" : "a pointer to the table at " + hex(value.next_table())),
           AuditedActor{});
  }
}

void Auditor::reference_taken(RealAddress page, RealAddress entry) {
  ++events_;
  touch_region(page, cpus::Touch::read);
  const Region* const region = find(pages_, page);
  if (region == nullptr) {
    return;
  }
  const AuditedActor cause = actor(region->changed_by, region->changed_in);
  if (!region->live) {
    report(AuditRule::freed_page, page.value(),
           "a reference is taken on the free page at " + hex(page.value()), cause);
  } else if (region->unstable) {
    report(AuditRule::unstable_reference, page.value(),
           "a reference is taken on the page at " + hex(page.value()) + ", which is being split or collapsed",
           cause);
  } else if (const mmu::RadixEntry now{system_.memory().read64(entry)};
             !now.leaf() || now.real_page() > page.value() || page.value() - now.real_page() >= kHuge) {
    report(AuditRule::unstable_reference, page.value(),
           "a reference is taken on the page at " + hex(page.value()) + ", which the entry at " +
               hex(entry.value()) + " no longer maps",
           AuditedActor{});
  }
}

void Auditor::nobody_goes_on(const std::string& who) {
  report(AuditRule::deadlock, 0, who, AuditedActor{});
}

/// A completed flush that began after the leaf from which the translation came had changed. A walk may have
/// read it after that, while the store was still on its way.
const Auditor::Flush* Auditor::flush_that_ended(const cpus::AuditedAccess& access,
                                                const cpus::TranslationOrigin& origin) const {
  const auto stores = stores_.find(origin.leaf_address.value());
  const auto flushes = flushes_.find(mmu::pid_of(access.owner).value());
  if (stores == stores_.end() || flushes == flushes_.end()) {
    return nullptr;
  }
  const auto unseen = std::find_if(stores->second.begin(), stores->second.end(),
                                   [&](const StoreTimes& store) { return store.arrived > origin.read_at; });
  if (unseen == stores->second.end()) {
    return nullptr;
  }
  const std::uint64_t address = mmu::tree_address(access.address);
  const auto& by_start = flushes->second.by_start;
  for (auto flush = by_start.upper_bound(address);
       flush != by_start.begin() && address - std::prev(flush)->first < flushes->second.longest; --flush) {
    const Flush& earlier = std::prev(flush)->second;
    if (address < earlier.end && (!earlier.size || *earlier.size == access.size) &&
        unseen->stored <= earlier.began) {
      return &earlier;
    }
  }
  return nullptr;
}

Auditor::FillKey Auditor::fill_key(const cpus::Cpu& cpu, const cpus::AuditedAccess& access) const {
  const std::uint64_t address = mmu::tree_address(access.address);
  return {system_.topology().core_of(cpu.id()).value(), access.owner.value(),
          address & ~(mmu::bytes(access.size) - 1), access.size};
}

void Auditor::filled(const cpus::Cpu& cpu, const cpus::AuditedAccess& access, RealAddress leaf) {
  filled_[fill_key(cpu, access)] = {leaf, ++events_};
}

void Auditor::accessed(const cpus::Cpu& cpu, const cpus::AuditedAccess& access) {
  ++events_;
  touch_region(access.real_address, cpus::Touch::read);
  system_.touch(flushes_of(mmu::pid_of(access.owner), access.size), cpus::Touch::read);
  const Region* const page = find(pages_, access.real_address);
  const auto what = [&access] {
    return std::string("a ") + verb(access.kind) + " at " + hex(access.address.value()) + " goes to " +
           hex(access.real_address.value());
  };
  if (page != nullptr && !page->live) {
    report(AuditRule::freed_page, access.real_address.value(), what() + ", which has been given back",
           actor(page->changed_by, page->changed_in));
  }
  std::optional<cpus::TranslationOrigin> origin = access.origin;
  if (const auto fill = filled_.find(fill_key(cpu, access)); !origin && fill != filled_.end()) {
    origin = fill->second;
  }
  const Flush* const flush = origin ? flush_that_ended(access, *origin) : nullptr;
  if (flush != nullptr) {
    report(AuditRule::flushed_translation, access.address.value(),
           what() + " through a translation that a completed flush had taken away",
           actor(flush->cpu, flush->path));
  }
}

void Auditor::table_read(const cpus::Cpu&, RealAddress entry, bool by_hardware) {
  ++events_;
  touch_region(entry, cpus::Touch::read);
  const Region* const table = find(tables_, entry);
  if (table != nullptr && !table->live) {
    report(AuditRule::freed_table, entry.value(),
           std::string(by_hardware ? "a hardware walk" : "a software walk") + " reads the entry at " +
               hex(entry.value()) + " of a table that has been freed",
           actor(table->changed_by, table->changed_in));
  }
}

void Auditor::table_stored(RealAddress entry) {
  ++events_;
  const bool on_its_way = system_.exploration() != nullptr;
  stores_[entry.value()].push_back(StoreTimes{events_, on_its_way ? ~std::uint64_t{0} : events_});
}

void Auditor::store_arrived(RealAddress entry) {
  ++events_;
  for (StoreTimes& store : stores_[entry.value()]) {
    if (store.arrived == ~std::uint64_t{0}) {
      store.arrived = events_;
      return;
    }
  }
}

void Auditor::two_sizes(const cpus::Cpu&, mmu::EffectiveAddress address, mmu::PageSize one,
                        mmu::PageSize other) {
  ++events_;
  report(AuditRule::two_sizes, address.value(),
         std::string("the core has translations of ") + mmu::name(std::min(one, other)) + " and of " +
             mmu::name(std::max(one, other)) + " for " + hex(address.value()),
         AuditedActor{});
}

}  // namespace p9mmu::workloads
