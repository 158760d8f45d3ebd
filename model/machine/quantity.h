// Values as people write them, "370 ns", "42 cycles", "3.8 GHz", "true", to numbers, independent of the
// locale. Whether a value is within a parameter's range is resolve.h's question.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "interconnect/time.h"
#include "model/machine/parameter_list.h"

namespace p9mmu::model {

/// A number in the unit of its kind: picoseconds, hertz, or none. A time may be in cycles of the cores' clock
/// instead, since the clock is known only when all of the machine has been read.
struct Quantity {
  double number = 0;
  bool in_cycles = false;

  /// The number, cycles turned into picoseconds.
  [[nodiscard]] double at(interconnect::Frequency core_clock) const;
};

/// What `text` says for that slot, or nothing if it is not of that kind: no unit or a wrong one, negative,
/// not a whole count, an unknown word, or longer than kLongestTime.
[[nodiscard]] std::optional<Quantity> parse_quantity(const ParameterSlot& slot, std::string_view text);

/// No single parameter is longer than that; it keeps sums of times far from the end of the integers.
inline constexpr interconnect::Time kLongestTime = interconnect::microseconds(1'000'000'000);

/// What a value of that slot looks like: "a time such as 370 ns, 1.5 us or 42 cycles".
[[nodiscard]] std::string expectation(const ParameterSlot& slot);

/// `text` as a value of that kind is shown: with one space between number and unit and none around, so that
/// "400ns" becomes "400 ns". A word, such as the choice "4K", stays what it is.
[[nodiscard]] std::string tidy(ParameterKind kind, std::string_view text);

/// `text` without blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The unit in which the numbers of that kind are kept: "ps", "Hz" or "".
[[nodiscard]] std::string unit_of(ParameterKind kind);

}  // namespace p9mmu::model
