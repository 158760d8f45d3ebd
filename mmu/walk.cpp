#include "mmu/walk.h"

#include <optional>
#include <string>

#include "mmu/check.h"
#include "mmu/walk_engine.h"

namespace p9mmu::mmu {
namespace {

constexpr std::uint64_t kGuestRealMask = 0x0FFFFFFFFFFFFFFF;

Walk segment_interrupt() {
  Walk walk;
  walk.segment = true;
  return walk;
}

}  // namespace

const char* name(ReferenceKind kind) {
  switch (kind) {
    case ReferenceKind::partition_table_entry:
      return "partition table entry";
    case ReferenceKind::process_table_entry:
      return "process table entry";
    case ReferenceKind::process_scoped:
      return "process-scoped";
    case ReferenceKind::partition_scoped:
      return "partition-scoped";
    case ReferenceKind::update:
      return "R/C update";
  }
  return "?";
}

void WalkTrace::refuse(RealAddress address) const {
  check_failed("the walk's trace has room", __FILE__, __LINE__,
               "address " + std::to_string(address.value()) + " references " + std::to_string(count_) +
                   " updates due " + std::to_string(due_count_));
}

Fault make_fault(const Walk& walk, Access access, EffectiveAddress ea) {
  Fault fault;
  if (walk.ok()) {
    return fault;
  }
  const bool fetch = access == Access::fetch;
  fault.address = ea;
  if (walk.segment) {
    fault.interrupt = fetch ? Interrupt::instruction_segment : Interrupt::data_segment;
    return fault;
  }
  fault.syndrome = walk.syndrome;
  if (!fetch && (is_store(access) || walk.table_update)) {
    fault.syndrome |= syndrome::kStore;
  }
  if (walk.partition_scoped) {
    fault.interrupt = fetch ? Interrupt::hypervisor_instruction_storage : Interrupt::hypervisor_data_storage;
    fault.guest_address = walk.guest_address;
  } else {
    fault.interrupt = fetch ? Interrupt::instruction_storage : Interrupt::data_storage;
  }
  return fault;
}

Walk find_mapping(const RealMemory& memory, const Context& context, EffectiveAddress ea, WalkTrace& trace) {
  const std::optional<Owner> owner = quadrant_owner(context, ea);
  if (!owner.has_value()) {
    return segment_interrupt();
  }
  NoWalkCaches none;
  return WalkEngine<NoWalkCaches>(memory, none, trace, WalkChecks{}).translate(context, ea, *owner);
}

Walk find_guest_mapping(const RealMemory& memory, PartitionTableControl ptcr, Lpid lpid,
                        GuestRealAddress address, WalkTrace& trace) {
  NoWalkCaches none;
  return WalkEngine<NoWalkCaches>(memory, none, trace, WalkChecks{})
      .translate_guest_real(ptcr, lpid, address);
}

Walk find_in_tree(const RealMemory& memory, RootDescriptor root, EffectiveAddress ea, WalkTrace& trace) {
  NoWalkCaches none;
  return WalkEngine<NoWalkCaches>(memory, none, trace, WalkChecks{}).translate_tree(Context{}, root, ea);
}

Walk walk_access(RealMemory& memory, const Context& context, Access access, EffectiveAddress ea,
                 RcUpdate update, WalkTrace& trace) {
  NoWalkCaches none;
  WalkEngine<NoWalkCaches> engine(memory, none, trace, WalkChecks{access, update});
  Walk walk;
  if (relocated(context, access)) {
    const std::optional<Owner> owner = quadrant_owner(context, ea);
    if (!owner.has_value()) {
      return segment_interrupt();
    }
    walk = engine.translate(context, ea, *owner);
  } else if (context.hypervisor) {
    walk.address = hypervisor_real_address(context, ea);
    return walk;
  } else {
    const GuestRealAddress guest(ea.value() & kGuestRealMask);
    walk = engine.translate_guest_real(context.ptcr, context.lpidr, guest);
  }
  if (walk.ok()) {
    engine.apply_updates(memory);
  }
  return walk;
}

}  // namespace p9mmu::mmu
