#include "model/translate/describe_walk.h"

#include <array>
#include <cstdio>
#include <utility>

#include "mmu/table_entries.h"

namespace p9mmu::model {
namespace {

using mmu::Interrupt;
using mmu::ReferenceKind;
using mmu::WalkReference;

constexpr std::array<std::pair<std::uint32_t, const char*>, 10> kBits = {{
    {mmu::syndrome::kNoTranslation, "no translation"},
    {mmu::syndrome::kAttributeConflict, "attribute conflict"},
    {mmu::syndrome::kNoExecuteOrGuarded, "no execute or guarded"},
    {mmu::syndrome::kProtection, "protection"},
    {mmu::syndrome::kBadAccess, "bad access"},
    {mmu::syndrome::kStore, "store"},
    {mmu::syndrome::kKey, "key"},
    {mmu::syndrome::kUnsupportedConfiguration, "unsupported configuration"},
    {mmu::syndrome::kReferenceOrChange, "R or C must be set"},
    {mmu::syndrome::kTableAccess, "on a process table or guest table access"},
}};

std::string bits_text(std::uint32_t syndrome) {
  std::string text;
  for (const auto& [bit, meaning] : kBits) {
    if ((syndrome & bit) != 0) {
      text += (text.empty() ? "" : ", ") + std::string(meaning);
    }
  }
  return text;
}

const char* syndrome_register(Interrupt interrupt) {
  switch (interrupt) {
    case Interrupt::instruction_storage:
      return "SRR1";
    case Interrupt::hypervisor_data_storage:
      return "HDSISR";
    case Interrupt::hypervisor_instruction_storage:
      return "HSRR1";
    default:
      return "DSISR";
  }
}

std::string address_register(const mmu::Fault& fault) {
  switch (fault.interrupt) {
    case Interrupt::data_storage:
    case Interrupt::data_segment:
      return ", DAR " + hex(fault.address.value());
    case Interrupt::hypervisor_data_storage:
      return ", HDAR " + hex(fault.address.value());
    default:
      return "";  // the address of the instruction, as in any other interrupt
  }
}

std::string entry_text(const WalkReference& reference) {
  const mmu::RadixEntry entry = reference.value;
  const bool tree =
      reference.kind == ReferenceKind::process_scoped || reference.kind == ReferenceKind::partition_scoped;
  if (!tree) {
    return "";
  }
  if (!entry.valid()) {
    return "invalid";
  }
  if (entry.leaf()) {
    return "leaf, RPN " + hex(entry.real_page()) + (entry.reference() ? ", R" : "") +
           (entry.change() ? ", C" : "");
  }
  return "table at " + hex(entry.next_table()) + ", " + std::to_string(entry.next_bits()) + " bits";
}

}  // namespace

std::string hex(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string status_of(const mmu::Walk& walk) {
  if (walk.ok()) {
    return "ok";
  }
  if (walk.segment) {
    return "segment";
  }
  if ((walk.syndrome & mmu::syndrome::kNoTranslation) != 0) {
    return walk.partition_scoped ? "no-partition-translation" : "no-translation";
  }
  return "unsupported-configuration";
}

std::string rights_text(const mmu::Mapping& mapping) {
  std::string text;
  text += (mapping.rights & mmu::Mapping::kRead) != 0 ? 'r' : '-';
  text += (mapping.rights & mmu::Mapping::kWrite) != 0 ? 'w' : '-';
  text += (mapping.rights & mmu::Mapping::kExecute) != 0 ? 'x' : '-';
  return text + ((mapping.rights & mmu::Mapping::kPrivileged) != 0 ? " privileged" : "");
}

std::string fault_text(const mmu::Fault& fault) {
  std::string text = mmu::name(fault.interrupt);
  if (fault.syndrome != 0) {
    text += ", " + std::string(syndrome_register(fault.interrupt)) + " " + hex(fault.syndrome) + " (" +
            bits_text(fault.syndrome) + ")";
  }
  text += address_register(fault);
  const bool hypervisor = fault.interrupt == Interrupt::hypervisor_data_storage ||
                          fault.interrupt == Interrupt::hypervisor_instruction_storage;
  return hypervisor ? text + ", ASDR " + hex(fault.guest_address.value()) : text;
}

std::vector<std::string> walk_lines(const mmu::WalkTrace& trace) {
  std::vector<std::string> lines;
  for (const WalkReference& reference : trace.references()) {
    std::string line = hex(reference.address.value());
    line.append("  ").append(hex(reference.value.bits)).append("  ").append(mmu::name(reference.kind));
    if (reference.level != 0) {
      line.append(" level ").append(std::to_string(reference.level));
    }
    const std::string meaning = entry_text(reference);
    if (!meaning.empty()) {
      line.append(": ").append(meaning);
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace p9mmu::model
