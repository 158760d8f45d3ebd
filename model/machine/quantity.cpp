#include "model/machine/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace p9mmu::model {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 5> kTimeUnits = {{{"ps", 1}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}};
constexpr std::array<Unit, 4> kFrequencyUnits = {{{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}}};

struct NumberAndUnit {
  double number;
  std::string_view digits;
  std::string_view unit;
};

/// Finite and not negative, or nothing.
std::optional<NumberAndUnit> split(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  const std::size_t length = static_cast<std::size_t>(end - text.data());
  return NumberAndUnit{number, text.substr(0, length), trimmed(text.substr(length))};
}

template <std::size_t N>
std::optional<double> scaled(const NumberAndUnit& value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (unit.name == value.unit) {
      return value.number * unit.factor;
    }
  }
  return std::nullopt;
}

std::optional<Quantity> parse_count(std::string_view text) {
  text = trimmed(text);
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return Quantity{static_cast<double>(count)};
}

std::optional<Quantity> parse_time(std::string_view text) {
  const std::optional<NumberAndUnit> value = split(text);
  if (!value) {
    return std::nullopt;
  }
  if (value->unit == "cycles" || value->unit == "cycle") {
    // Bounded as if the clock were 1 GHz: no machine's is so slow that this would matter.
    constexpr double kMostCycles = static_cast<double>(kLongestTime.whole_ns());
    return value->number <= kMostCycles ? std::optional(Quantity{value->number, true}) : std::nullopt;
  }
  const std::optional<double> ps = scaled(*value, kTimeUnits);
  if (!ps || *ps > static_cast<double>(kLongestTime.ps())) {
    return std::nullopt;
  }
  return Quantity{std::round(*ps)};
}

std::optional<Quantity> parse_word(const std::vector<std::string>& words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), trimmed(text));
  if (found == words.end()) {
    return std::nullopt;
  }
  return Quantity{static_cast<double>(found - words.begin())};
}

}  // namespace

double Quantity::at(interconnect::Frequency core_clock) const {
  return in_cycles ? static_cast<double>(core_clock.cycles(number).ps()) : number;
}

std::optional<Quantity> parse_quantity(const ParameterSlot& slot, std::string_view text) {
  switch (slot.kind) {
    case ParameterKind::count:
      return parse_count(text);
    case ParameterKind::time:
      return parse_time(text);
    case ParameterKind::ratio: {
      const std::optional<NumberAndUnit> value = split(text);
      return value && value->unit.empty() ? std::optional(Quantity{value->number}) : std::nullopt;
    }
    case ParameterKind::choice:
      return parse_word(slot.choices, text);
    case ParameterKind::flag:
      return parse_word({"false", "true"}, text);
    case ParameterKind::frequency: {
      const std::optional<NumberAndUnit> value = split(text);
      const std::optional<double> hertz = value ? scaled(*value, kFrequencyUnits) : std::nullopt;
      return hertz && *hertz >= 1 ? std::optional(Quantity{*hertz}) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string expectation(const ParameterSlot& slot) {
  switch (slot.kind) {
    case ParameterKind::count:
      return "a whole number";
    case ParameterKind::time:
      return "a time such as 370 ns, 1.5 us or 42 cycles";
    case ParameterKind::ratio:
      return "a number without unit such as 1.25";
    case ParameterKind::flag:
      return "true or false";
    case ParameterKind::frequency:
      return "a frequency such as 3.8 GHz";
    case ParameterKind::choice:
      break;
  }
  std::string text = "one of ";
  for (std::size_t i = 0; i < slot.choices.size(); ++i) {
    text += (i == 0 ? "" : ", ") + slot.choices[i];
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string tidy(ParameterKind kind, std::string_view text) {
  const bool is_word = kind == ParameterKind::choice || kind == ParameterKind::flag;
  const std::optional<NumberAndUnit> value = is_word ? std::nullopt : split(text);
  if (!value || value->unit.empty()) {
    return std::string(trimmed(text));
  }
  return std::string(value->digits) + " " + std::string(value->unit);
}

std::string unit_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::time:
      return "ps";
    case ParameterKind::frequency:
      return "Hz";
    default:
      return "";
  }
}

}  // namespace p9mmu::model
