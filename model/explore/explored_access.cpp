// The stages of an access under the explorer: look-up, one read for each level of the walk, fill, memory.
#include <algorithm>

#include "mmu/check.h"
#include "mmu/error.h"
#include "mmu/leaf_rules.h"
#include "mmu/table_entries.h"
#include "model/explore/explored_machine.h"
#include "model/explore/words.h"

namespace p9mmu::model::explore {
namespace {

using cpus::SharedKind;
using cpus::Touch;

mmu::Fault fault_of(mmu::Access kind, std::uint32_t syndrome, mmu::EffectiveAddress address) {
  mmu::Walk walk;
  walk.syndrome = syndrome;
  return mmu::make_fault(walk, kind, address);
}

}  // namespace

/// An access that is tried again after a fault finds all stores arrived: a store does not stay on its way for
/// ever, and a CPU that faults again and again meanwhile shows nothing new.
bool ExploredMachine::access_possible(CpuId cpu) const {
  return !faulted_[cpu.value()] || stores_.empty();
}

bool ExploredMachine::access(cpus::Cpu& cpu, mmu::Access kind, const mmu::Context& context,
                             mmu::EffectiveAddress address, mmu::Translation& result) {
  const Place place = place_of(cpu.id());
  AccessUnderWay& access = cores_[place.core].access(place.thread);
  switch (access.stage) {
    case AccessStage::none: {
      const std::optional<mmu::Owner> owner = mmu::quadrant_owner(context, address);
      if (!owner || mmu::lpid_of(*owner) != mmu::Lpid(0) || !mmu::relocated(context, kind)) {
        throw mmu::UserError("an access at " + hex(address.value()) +
                             ": what is explored are accesses of host processes to user addresses");
      }
      access = AccessUnderWay{};
      if (faulted_[cpu.id().value()]) {
        touch(kStoresOnTheirWay, Touch::acquire);
        faulted_[cpu.id().value()] = false;
      }
      access.kind = kind;
      access.address = address;
      access.owner = *owner;
      // From here to memory the instruction takes no interrupt.
      touch({SharedKind::access, cpu.id().value()}, Touch::write);
      look_up(cpu.id(), access, context);
      return false;
    }
    case AccessStage::look_up:
      look_up(cpu.id(), access, context);
      return false;
    case AccessStage::walk:
      return read_level(cpu, access, context, result);
    case AccessStage::fill:
      fill(cpu, access);
      return false;
    case AccessStage::translated:
      go_to_memory(cpu, access, result);
      return true;
  }
  return true;
}

void ExploredMachine::look_up(CpuId cpu, AccessUnderWay& access, const mmu::Context& context) {
  const Place place = place_of(cpu);
  ExploredMmu& core = cores_[place.core];
  touch_translations(place.core, Touch::read);
  if (const CachedTranslation* const hit = core.look_up(place.thread, context, access)) {
    access.found = *hit;
    take_in_hand(cpu, access.found);
    access.stage = AccessStage::translated;
    if (described_) {
      tell(std::string("hit: ") + mmu::name(hit->mapping.size) + " at " + hex(hit->mapping.real_page));
    }
    return;
  }
  access.stage = AccessStage::walk;
  touch(core_part(CorePart::walk_cache, place.core), Touch::read);
  if (!core.deepest(access.owner, mmu::tree_address(access.address), access.at)) {
    // Process and partition table entries stay as they are while a scenario runs.
    const mmu::PartitionTableEntry partition{
        system_.memory().read64(mmu::RealAddress(context.ptcr.base())),
        system_.memory().read64(mmu::RealAddress(context.ptcr.base() + 8))};
    const mmu::RealAddress entry(partition.process_table_base() +
                                 mmu::kProcessTableEntryBytes * mmu::pid_of(access.owner).value());
    const auto root = mmu::RootDescriptor::decode(system_.memory().read64(entry));
    access.at = mmu::PartialWalk{root.base, root.root_bits, mmu::kFirstLevel};
    if (described_) {
      tell("miss: a walk begins at the root");
    }
  } else {
    if (described_) {
      tell("miss: the walk cache knows the table at " + hex(access.at.table));
    }
  }
}

std::uint64_t ExploredMachine::seen_by_walkers(std::uint64_t address) const {
  for (const PendingStore& store : stores_) {
    if (store.address == address) {
      return store.old;
    }
  }
  return system_.memory().read64(mmu::RealAddress(address));
}

bool ExploredMachine::read_level(cpus::Cpu& cpu, AccessUnderWay& access, const mmu::Context& context,
                                 mmu::Translation& result) {
  const std::uint64_t address = mmu::tree_address(access.address);
  const std::uint64_t place =
      access.at.table + 8 * mmu::table_index(address, access.at.level, access.at.bits);
  const std::uint32_t core = place_of(cpu.id()).core;
  touch({SharedKind::walk_view, place}, Touch::read);
  touch(core_part(CorePart::walk_cache, core), Touch::read);
  const mmu::RadixEntry entry{seen_by_walkers(place)};
  auditor_.table_read(cpu, mmu::RealAddress(place), true);
  if (described_) {
    tell("level " + std::to_string(access.at.level) + " at " + hex(place) + " reads " +
         describe_entry(entry));
  }
  const auto fault = [&](std::uint32_t syndrome) {
    result.fault = fault_of(access.kind, syndrome, access.address);
    access.stage = AccessStage::none;
    faulted_[cpu.id().value()] = true;
    touch({SharedKind::access, cpu.id().value()}, Touch::write);
    if (described_) {
      tell("a fault");
    }
    return true;
  };
  if (!entry.valid()) {
    return fault(mmu::syndrome::kNoTranslation);
  }
  if (!entry.leaf()) {
    const unsigned level = access.at.level + 1;
    if (level > mmu::kLastLevel || !mmu::table_bits_supported(level, entry.next_bits())) {
      return fault(mmu::syndrome::kUnsupportedConfiguration);
    }
    access.at = mmu::PartialWalk{entry.next_table(), entry.next_bits(), level};
    if (cores_[core].keep(access.owner, address, access.at)) {
      touch(core_part(CorePart::walk_cache, core), Touch::write);
    }
    return false;
  }
  const std::optional<mmu::PageSize> size = mmu::leaf_size(access.at.level, access.at.bits);
  if (!size) {
    return fault(mmu::syndrome::kUnsupportedConfiguration);
  }
  const std::uint32_t denied = mmu::denied_to(context, entry, access.kind);
  if (denied != 0) {
    return fault(denied | (access.kind == mmu::Access::store ? mmu::syndrome::kStore : 0U));
  }
  const std::uint64_t wanted =
      mmu::RadixEntry::kReference |
      (access.kind == mmu::Access::store ? mmu::RadixEntry::kChange : std::uint64_t{0});
  if ((wanted & ~entry.bits) != 0) {
    return fault(mmu::syndrome::kReferenceOrChange);
  }
  mmu::FoundLeaf found{entry, mmu::RealAddress(place), 0, *size};
  const std::uint64_t offset = mmu::bytes(*size) - 1;
  found.output = (entry.real_page() & ~offset) | (address & offset);
  access.found = CachedTranslation{access.owner,
                                   mmu::map_one_leaf(found, mmu::Scope::process, address, false),
                                   {mmu::RealAddress(place), auditor_.now()},
                                   false};
  access.stage = AccessStage::fill;
  take_in_hand(cpu.id(), access.found);
  return false;
}

/// The access has come to a leaf or a translation, goes on with it, or leaves it behind.
void ExploredMachine::take_in_hand(CpuId cpu, const CachedTranslation& translation) {
  touch(core_part(is_huge(translation.mapping.size) ? CorePart::huge_in_hand : CorePart::base_in_hand,
                  cpu.value()),
        Touch::write);
  if (translation.missed) {
    touch(core_part(CorePart::passed_in_hand, cpu.value()), Touch::write);
  }
}

void ExploredMachine::fill(cpus::Cpu& cpu, AccessUnderWay& access) {
  const Place place = place_of(cpu.id());
  const bool huge = is_huge(access.found.mapping.size);
  touch(core_part(CorePart::base_pages, place.core), huge ? Touch::read : Touch::write);
  touch(core_part(CorePart::huge_pages, place.core), huge ? Touch::write : Touch::read);
  take_in_hand(cpu.id(), access.found);
  if (const std::optional<mmu::PageSize> other = cores_[place.core].other_size(access.found)) {
    auditor_.two_sizes(cpu, access.address, *other, access.found.mapping.size);
  }
  if (cores_[place.core].fill(place.thread, access.found)) {
    touch(core_part(CorePart::passed_over, place.core), Touch::write);
  }
  access.stage = AccessStage::translated;
  if (described_) {
    tell(std::string("the TLB and the ERAT hold the ") + mmu::name(access.found.mapping.size) + " at " +
         hex(access.found.mapping.real_page));
  }
}

void ExploredMachine::go_to_memory(cpus::Cpu& cpu, AccessUnderWay& access, mmu::Translation& result) {
  const mmu::Mapping& mapping = access.found.mapping;
  const mmu::RealAddress real = mapping.address_of(access.address);
  touch({SharedKind::access, cpu.id().value()}, Touch::write);
  take_in_hand(cpu.id(), access.found);
  const std::uint64_t word = real.value() & ~std::uint64_t{7};
  const bool stores = access.kind == mmu::Access::store;
  touch({SharedKind::data, word}, stores ? Touch::write : Touch::read);
  auditor_.accessed(cpu,
                    {access.kind, access.owner, access.address, real, mapping.size, access.found.origin});
  const auto place =
      std::find_if(data_.begin(), data_.end(), [word](const DataWord& data) { return data.address == word; });
  if (stores) {
    // A value that tells which store it was, the same in every schedule.
    std::uint64_t own = 0;
    for (const Loaded& loaded : loaded_) {
      own += loaded.cpu == cpu.id().value() ? 1U : 0U;
    }
    const std::uint64_t value = (std::uint64_t{cpu.id().value() + 1} << 32) + own;
    loaded_.push_back(Loaded{cpu.id().value(), value});
    if (place == data_.end()) {
      data_.push_back(DataWord{word, value});
    } else {
      place->value = value;
    }
  } else {
    loaded_.push_back(Loaded{cpu.id().value(), place == data_.end() ? 0 : place->value});
  }
  if (described_) {
    tell(std::string(stores ? "stores to " : "loads from ") + hex(real.value()));
  }
  result.address = real;
  result.size = mapping.size;
  result.source = mmu::TranslationSource::tlb;
  access.stage = AccessStage::none;
}

}  // namespace p9mmu::model::explore
