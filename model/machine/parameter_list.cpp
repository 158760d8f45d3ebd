#include "model/machine/parameter_list.h"

#include "mmu/check.h"

namespace p9mmu::model {

ParameterSlot& ParameterLister::add(std::string_view name, ParameterKind kind, std::string_view meaning) {
  for (const ParameterSlot& slot : slots_) {
    P9MMU_CHECK(slot.name != name, "parameter " << name << " is described twice");
  }
  slots_.push_back({std::string(name), kind, std::string(meaning), {}, {}});
  return slots_.back();
}

void ParameterLister::count(std::string_view name, std::uint32_t& place, std::string_view meaning) {
  add(name, ParameterKind::count, meaning).store = [&place](double number) {
    place = static_cast<std::uint32_t>(number);
  };
}

void ParameterLister::time(std::string_view name, interconnect::Time& place, std::string_view meaning) {
  add(name, ParameterKind::time, meaning).store = [&place](double picoseconds) {
    place = interconnect::Time(static_cast<std::int64_t>(picoseconds));
  };
}

void ParameterLister::ratio(std::string_view name, double& place, std::string_view meaning) {
  add(name, ParameterKind::ratio, meaning).store = [&place](double number) { place = number; };
}

void ParameterLister::flag(std::string_view name, bool& place, std::string_view meaning) {
  add(name, ParameterKind::flag, meaning).store = [&place](double number) { place = number != 0; };
}

void ParameterLister::frequency(std::string_view name, interconnect::Frequency& place,
                                std::string_view meaning) {
  add(name, ParameterKind::frequency, meaning).store = [&place](double hertz) {
    place = interconnect::Frequency(hertz);
  };
}

std::vector<ParameterSlot> list_parameters(MachineParameters& parameters) {
  ParameterLister lister;
  describe(parameters.interconnect, lister);
  describe(parameters.cpus, lister);
  describe(parameters.mmu, lister);
  describe(parameters.kernel, lister);
  return lister.take();
}

std::vector<std::string> names(const std::vector<ParameterSlot>& slots) {
  std::vector<std::string> result;
  result.reserve(slots.size());
  for (const ParameterSlot& slot : slots) {
    result.push_back(slot.name);
  }
  return result;
}

}  // namespace p9mmu::model
