// Every parameter of a machine as a list: name, kind, meaning, and how to store a value. The rooms describe
// their parameters to a visitor; this is the visitor. Values pass through here as plain numbers; reading them
// from text is quantity.h's.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "model/machine/machine.h"

namespace p9mmu::model {

enum class ParameterKind : std::uint8_t { count, time, ratio, choice, flag, frequency };

/// One place in MachineParameters.
struct ParameterSlot {
  std::string name;
  ParameterKind kind = ParameterKind::count;
  std::string meaning;
  std::vector<std::string> choices;  ///< of a choice, in the order of its enumerators
  /// Takes a count, picoseconds, a ratio, a choice's index, 0 or 1, or hertz, according to the kind.
  std::function<void(double)> store;
};

/// Collects slots; the rooms' `describe` functions call its members.
class ParameterLister {
 public:
  void count(std::string_view name, std::uint32_t& place, std::string_view meaning);
  void time(std::string_view name, interconnect::Time& place, std::string_view meaning);
  void ratio(std::string_view name, double& place, std::string_view meaning);
  void flag(std::string_view name, bool& place, std::string_view meaning);
  void frequency(std::string_view name, interconnect::Frequency& place, std::string_view meaning);

  template <typename Enum>
  void choice(std::string_view name, Enum& place, std::initializer_list<const char*> choices,
              std::string_view meaning) {
    ParameterSlot& slot = add(name, ParameterKind::choice, meaning);
    slot.choices.assign(choices.begin(), choices.end());
    slot.store = [&place](double index) { place = static_cast<Enum>(static_cast<unsigned>(index)); };
  }

  [[nodiscard]] std::vector<ParameterSlot> take() { return std::move(slots_); }

 private:
  ParameterSlot& add(std::string_view name, ParameterKind kind, std::string_view meaning);

  std::vector<ParameterSlot> slots_;
};

/// The slots of `parameters`, which must outlive them, in the order in which the rooms describe them.
[[nodiscard]] std::vector<ParameterSlot> list_parameters(MachineParameters& parameters);

/// Their names, for "did you mean".
[[nodiscard]] std::vector<std::string> names(const std::vector<ParameterSlot>& slots);

}  // namespace p9mmu::model
