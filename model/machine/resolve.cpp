#include "model/machine/resolve.h"

#include <algorithm>

#include "mmu/check.h"
#include "mmu/error.h"
#include "model/machine/inheritance.h"
#include "model/machine/parameter_list.h"
#include "model/machine/quantity.h"

namespace p9mmu::model {
namespace {

using interconnect::Frequency;
using mmu::UserError;

constexpr const char* kSet = "--set";
constexpr const char* kCpus = "--cpus";
constexpr const char* kClock = "clock.core";
constexpr const char* kChips = "topology.chips";

[[noreturn]] void fail(const SourceLine& where, const std::string& what) {
  throw UserError(where.file, where.line, what);
}

Quantity parse(const ParameterSlot& slot, const std::string& text, const SourceLine& where,
               const std::string& what) {
  const std::optional<Quantity> quantity = parse_quantity(slot, text);
  if (!quantity) {
    std::string hint = slot.kind == ParameterKind::choice ? mmu::did_you_mean(text, slot.choices) : "";
    fail(where, what + " is '" + text + "'" + hint + "; expected " + expectation(slot));
  }
  return *quantity;
}

bool has_range(ParameterKind kind) {
  return kind != ParameterKind::choice && kind != ParameterKind::flag;
}

/// The numbers of one parameter at a given clock.
struct Numbers {
  double value;
  std::string range;
};

Numbers checked(const ParameterSlot& slot, const MachineFileEntry& entry, Frequency clock) {
  const double value = parse(slot, entry.value, entry.where, slot.name).at(clock);
  if (!has_range(slot.kind)) {
    if (entry.range) {
      fail(entry.range_where, slot.name + " cannot have a range; its values are " + expectation(slot));
    }
    return {value, slot.kind == ParameterKind::choice ? expectation(slot).substr(7) : "false, true"};
  }
  if (!entry.range) {
    fail(entry.where, slot.name + " has no range; expected a line such as range = [least, greatest]");
  }
  const std::string what = "the range of " + slot.name;
  const double least = parse(slot, entry.range->first, entry.range_where, what).at(clock);
  const double greatest = parse(slot, entry.range->second, entry.range_where, what).at(clock);
  const std::string range =
      tidy(slot.kind, entry.range->first) + " to " + tidy(slot.kind, entry.range->second);
  if (least > greatest) {
    fail(entry.range_where, what + ", " + range + ", is empty; expected [least, greatest]");
  }
  if (value < least || value > greatest) {
    fail(entry.where, slot.name + " is " + tidy(slot.kind, entry.value) + ", outside its range " + range +
                          "; the nearest value allowed is " +
                          tidy(slot.kind, value < least ? entry.range->first : entry.range->second));
  }
  return {value, range};
}

/// Machines are resolved once a run, so that plain steps over all parameters are good enough.
class Resolver {
 public:
  explicit Resolver(MergedMachine merged)
      : slots_(list_parameters(machine_.parameters)), merged_(std::move(merged)) {
    machine_.name = merged_.name;
  }

  void set(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      fail({kSet, 0}, "'" + text + "' is not PARAMETER=VALUE; expected one such as fabric.tlbie.issue=400ns");
    }
    set(std::string(trimmed(text.substr(0, equals))), text.substr(equals + 1), {kSet, 0});
  }

  void set(const std::string& name, const std::string& value, const SourceLine& where) {
    if (!merged_.entries.contains(name)) {
      fail(where, "unknown parameter '" + name + "'" + mmu::did_you_mean(name, names(slots_)));
    }
    replace(name, value, where, "the command line");
    // At once, so that a value that a later --set replaces is checked as well.
    parse(slot(name), in_force(name).entry.value, where, name);
  }

  /// That a parameter's value is in its range.
  void check(const std::string& name) {
    const Frequency clock(checked(slot(kClock), in_force(kClock).entry, Frequency()).value);
    (void)checked(slot(name), in_force(name).entry, clock);
  }

  void set_cpus(std::uint32_t cpus) {
    if (in_force(kChips).entry.provenance == "set") {
      fail({kCpus, 0}, "both --cpus and --set topology.chips are given; expected one of them");
    }
    const std::uint32_t per_chip = count("topology.cores_per_chip") * count("topology.threads_per_core");
    if (cpus == 0 || cpus % per_chip != 0) {
      const std::uint32_t below = cpus / per_chip * per_chip;
      const std::string nearest =
          below == 0 ? std::to_string(per_chip)
                     : std::to_string(below) + " and " + std::to_string(std::uint64_t{below} + per_chip);
      fail({kCpus, 0}, std::to_string(cpus) + " is not a multiple of the " + std::to_string(per_chip) +
                           " CPUs of a chip; nearest: " + nearest);
    }
    replace(kChips, std::to_string(cpus / per_chip), {kCpus, 0}, "the command line's --cpus");
  }

  Machine resolve() {
    const Frequency clock(checked(slot(kClock), in_force(kClock).entry, Frequency()).value);
    for (const ParameterSlot& slot : slots_) {
      const EntryInForce& in_force = this->in_force(slot.name);
      const Numbers numbers = checked(slot, in_force.entry, clock);
      slot.store(numbers.value);
      machine_.resolved.push_back({slot.name, tidy(slot.kind, in_force.entry.value), numbers.value,
                                   unit_of(slot.kind), numbers.range, in_force.entry.provenance,
                                   in_force.entry.source, in_force.entry.calibrated_on,
                                   tidy(slot.kind, in_force.replaced), slot.meaning});
    }
    return std::move(machine_);
  }

 private:
  const ParameterSlot& slot(const std::string& name) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [&](const ParameterSlot& slot) { return slot.name == name; });
    P9MMU_CHECK(found != slots_.end(), "no room describes " << name);
    return *found;
  }

  EntryInForce& in_force(const std::string& name) {
    const auto found = merged_.entries.find(name);
    P9MMU_CHECK(found != merged_.entries.end(), name << " was not read");
    return found->second;
  }

  void replace(const std::string& name, const std::string& value, const SourceLine& where,
               const std::string& source) {
    EntryInForce& place = in_force(name);
    const ParameterKind kind = slot(name).kind;
    if (tidy(kind, place.entry.value) == tidy(kind, value)) {
      return;  // asking for what is there changes nothing, and leaves calibrations as they are
    }
    if (place.entry.provenance != "set") {
      place.replaced = place.entry.value;
    }
    place.entry.value = value;
    place.entry.where = where;
    place.entry.provenance = "set";
    place.entry.source = source;
    place.entry.calibrated_on.clear();
  }

  std::uint32_t count(const std::string& name) {
    const MachineFileEntry& entry = in_force(name).entry;
    return static_cast<std::uint32_t>(checked(slot(name), entry, Frequency()).value);
  }

  Machine machine_;
  std::vector<ParameterSlot> slots_;
  MergedMachine merged_;
};

}  // namespace

MachineSource::MachineSource(const std::string& machine, const SourceLine& asked_at) {
  MachineParameters parameters;
  merged_ = merge_machine_files(machine, asked_at, names(list_parameters(parameters)));
}

Machine MachineSource::resolve(const std::vector<std::string>& sets,
                               const std::optional<std::uint32_t>& cpus) const {
  Resolver resolver(merged_);
  for (const std::string& text : sets) {
    resolver.set(text);
  }
  if (cpus) {
    resolver.set_cpus(*cpus);
  }
  return resolver.resolve();
}

void MachineSource::check(const std::string& parameter, const std::string& value,
                          const SourceLine& where) const {
  Resolver resolver(merged_);
  resolver.set(parameter, value, where);
  resolver.check(parameter);
}

Machine resolve_machine(const MachineChoice& choice) {
  return MachineSource(choice.machine).resolve(choice.sets, choice.cpus);
}

}  // namespace p9mmu::model
