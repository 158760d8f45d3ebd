#include "model/sweep/plan_machines.h"

#include <algorithm>

#include "mmu/check.h"
#include "mmu/error.h"
#include "model/sweep/content_hash.h"

namespace p9mmu::model {
namespace {

constexpr const char* kChips = "topology.chips";

/// Everything of a machine that a run or its results depend on.
std::string fingerprint(const Machine& machine) {
  std::string text = machine.name;
  for (const ResolvedParameter& parameter : machine.resolved) {
    for (const std::string& field :
         {parameter.name, parameter.value_text, parameter.range, parameter.provenance, parameter.source,
          parameter.calibrated_on, parameter.replaced, parameter.meaning}) {
      text += '\0' + field;
    }
  }
  return content_hash(text);
}

}  // namespace

PlanMachines::PlanMachines() {
  MachineParameters scratch;
  for (ParameterSlot& slot : list_parameters(scratch)) {
    const std::string name = slot.name;
    slot.store = nullptr;
    slots_.emplace(name, std::move(slot));
  }
}

void PlanMachines::add(const std::string& machine, const SourceLine& where) {
  Base base = {MachineSource(machine, where), "", {}, {}};
  const Machine resolved = base.source.resolve({}, std::nullopt);
  base.hash = fingerprint(resolved);
  for (const ResolvedParameter& parameter : resolved.resolved) {
    base.values[parameter.name] = parameter.value_text;
    base.ranges[parameter.name] = parameter.range;
  }
  bases_.emplace(machine, std::move(base));
  first_ = first_.empty() ? machine : first_;
}

std::vector<std::string> PlanMachines::range(const std::string& parameter) const {
  const std::string& text = bases_.at(first_).ranges.at(parameter);
  const ParameterKind kind = slots_.at(parameter).kind;
  const bool has_words = kind == ParameterKind::choice || kind == ParameterKind::flag;
  const std::string separator = has_words ? ", " : " to ";
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return result;
}

void PlanMachines::check(const std::string& parameter, const StatedValue& value) const {
  for (const auto& [name, base] : bases_) {
    base.source.check(parameter, value.text, value.where);
  }
}

std::string PlanMachines::tidy(const std::string& parameter, const std::string& value) const {
  return model::tidy(slots_.at(parameter).kind, value);
}

std::uint32_t PlanMachines::per_chip(const PointInputs& inputs, const Base& base) const {
  const auto count = [&](const char* parameter) {
    return static_cast<std::uint32_t>(quantity(parameter, value_of(parameter, inputs, base)).number);
  };
  return count("topology.cores_per_chip") * count("topology.threads_per_core");
}

std::string PlanMachines::cpus_problem(const PointInputs& inputs) const {
  const std::uint32_t per_chip = inputs.cpus ? this->per_chip(inputs, base(inputs)) : 0;
  if (per_chip == 0 || (*inputs.cpus > 0 && *inputs.cpus % per_chip == 0)) {
    return "";
  }
  try {
    (void)resolve(inputs);
  } catch (const mmu::UserError& error) {
    return error.what();
  }
  return "";
}

std::string PlanMachines::hash(const PointInputs& inputs) const {
  const Base& base = this->base(inputs);
  std::string changes;
  for (const auto& [name, value] : inputs.sets) {
    if (base.values.at(name) != value) {
      changes += '\0' + name + '=' + value;
    }
  }
  if (inputs.cpus) {
    const std::uint32_t per_chip = this->per_chip(inputs, base);
    const bool fits = per_chip > 0 && *inputs.cpus % per_chip == 0;
    const std::string chips = fits ? std::to_string(*inputs.cpus / per_chip) : "";
    if (chips != base.values.at(kChips) || inputs.sets.contains(kChips)) {
      changes += std::string(1, '\0') + "--cpus=" + (fits ? chips : "not " + std::to_string(*inputs.cpus));
    }
  }
  return changes.empty() ? base.hash : content_hash(base.hash + changes);
}

Machine PlanMachines::resolve(const PointInputs& inputs) const {
  std::vector<std::string> sets;
  sets.reserve(inputs.sets.size());
  for (const auto& [name, value] : inputs.sets) {
    sets.push_back(name + "=" + value);
  }
  return base(inputs).source.resolve(sets, inputs.cpus);
}

double PlanMachines::number(const std::string& parameter, const std::string& value,
                            const PointInputs& inputs) const {
  const std::string clock = value_of("clock.core", inputs, base(inputs));
  return quantity(parameter, value).at(interconnect::Frequency(quantity("clock.core", clock).number));
}

const PlanMachines::Base& PlanMachines::base(const PointInputs& inputs) const {
  return bases_.at(inputs.machine);
}

Quantity PlanMachines::quantity(const std::string& parameter, const std::string& value) const {
  const std::optional<Quantity> result = parse_quantity(slots_.at(parameter), value);
  P9MMU_CHECK(result.has_value(), parameter << " was checked to take " << value);
  return *result;
}

std::string PlanMachines::value_of(const std::string& parameter, const PointInputs& inputs,
                                   const Base& base) {
  const auto set = inputs.sets.find(parameter);
  return set == inputs.sets.end() ? base.values.at(parameter) : set->second;
}

}  // namespace p9mmu::model
