#include "model/sweep/value_range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;

struct Unit {
  std::string_view name;
  char dimension;
  double factor;
};

constexpr double kKi = 1024;
constexpr std::array<Unit, 21> kUnits = {{{"ps", 't', 1},
                                          {"ns", 't', 1e3},
                                          {"us", 't', 1e6},
                                          {"ms", 't', 1e9},
                                          {"s", 't', 1e12},
                                          {"Hz", 'f', 1},
                                          {"kHz", 'f', 1e3},
                                          {"MHz", 'f', 1e6},
                                          {"GHz", 'f', 1e9},
                                          {"B", 'b', 1},
                                          {"K", 'b', kKi},
                                          {"M", 'b', kKi* kKi},
                                          {"G", 'b', kKi* kKi* kKi},
                                          {"T", 'b', kKi* kKi* kKi* kKi},
                                          {"P", 'b', kKi* kKi* kKi* kKi* kKi},
                                          {"KiB", 'b', kKi},
                                          {"MiB", 'b', kKi* kKi},
                                          {"GiB", 'b', kKi* kKi* kKi},
                                          {"TiB", 'b', kKi* kKi* kKi* kKi},
                                          {"PiB", 'b', kKi* kKi* kKi* kKi* kKi},
                                          {"cycles", 'c', 1}}};

/// A number as written, and what follows it, blanks before the unit included.
struct Written {
  double number;
  std::string suffix;
};

std::string_view unit_in(std::string_view suffix) {
  const std::size_t first = suffix.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : suffix.substr(first);
}

const Unit* find_unit(std::string_view name) {
  const auto* found =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == kUnits.end() ? nullptr : found;
}

std::string digits(double number, int precision) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                          std::chars_format::general, precision);
  return {buffer.data(), end};
}

/// Without the noise of the last digits. What a geometric range gives is rarely a round number, and then six
/// digits say enough, unless multiples of something are wanted.
std::string shortest(double number, const ValueRange& range) {
  constexpr double kExact = 1e15;
  const double near = std::round(number);
  if (std::abs(number - near) <= 1e-9 * std::max(1.0, std::abs(number)) && std::abs(near) < kExact) {
    return std::to_string(static_cast<std::int64_t>(near));
  }
  return digits(number, !range.multiple_of.empty() ? 15 : range.kind == ValueRange::Kind::linear ? 12 : 6);
}

class Expansion {
 public:
  Expansion(const ValueRange& range, const SourceLine& where) : range_(range), where_(where) {
    const Written from = read(range.from, "from");
    suffix_ = from.suffix;
    from_ = from.number;
    to_ = in_unit_of_from(read(range.to, "to"), "to");
    if (!(to_ > from_)) {
      fail("the range from " + range.from + " to " + range.to + " is empty; expected the lesser end first");
    }
    if (is_geometric() && !(from_ > 0)) {
      fail("a geometric range begins above 0");
    }
    if (!range.multiple_of.empty()) {
      multiple_ = in_unit_of_from(read(range.multiple_of, "multiple_of"), "multiple_of");
      if (!(multiple_ > 0)) {
        fail("multiple_of is not above 0");
      }
    }
  }

  std::vector<std::string> values() {
    for (const double number : range_.step.empty() ? by_points() : by_step()) {
      add(number);
    }
    return std::move(values_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw UserError(where_.file, where_.line, what); }

  [[nodiscard]] bool is_geometric() const { return range_.kind == ValueRange::Kind::geometric; }

  Written read(const std::string& text, const char* key) const {
    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || !std::isfinite(number)) {
      fail(std::string(key) + " is '" + text + "'; expected a number, with a unit where the value has one");
    }
    return {number, std::string(end, last)};
  }

  double in_unit_of_from(const Written& written, const char* key) const {
    if (written.suffix == suffix_ || unit_in(written.suffix) == unit_in(suffix_)) {
      return written.number;
    }
    const Unit* const mine = find_unit(unit_in(suffix_));
    const Unit* const other = find_unit(unit_in(written.suffix));
    if (mine == nullptr || other == nullptr || mine->dimension != other->dimension) {
      fail(std::string(key) + " has the unit '" + std::string(unit_in(written.suffix)) + "' and from has '" +
           std::string(unit_in(suffix_)) + "'; expected units of one kind");
    }
    return written.number * other->factor / mine->factor;
  }

  std::vector<double> by_points() const {
    if (range_.points < 2 || range_.points > kMostValues) {
      fail("points is " + std::to_string(range_.points) + "; expected 2 to " + std::to_string(kMostValues));
    }
    const double last = static_cast<double>(range_.points - 1);
    std::vector<double> result;
    for (std::int64_t i = 0; i < range_.points; ++i) {
      const double part = static_cast<double>(i) / last;
      result.push_back(is_geometric() ? from_ * std::pow(to_ / from_, part) : from_ + (to_ - from_) * part);
    }
    return result;
  }

  std::vector<double> by_step() const {
    const Written written = read(range_.step, is_geometric() ? "factor" : "step");
    if (is_geometric() && (!written.suffix.empty() || !(written.number > 1))) {
      fail("factor is '" + range_.step + "'; expected a number above 1");
    }
    const double step = is_geometric() ? written.number : in_unit_of_from(written, "step");
    if (!(step > 0)) {
      fail("step is '" + range_.step + "'; expected a number above 0");
    }
    constexpr double kSlack = 1e-9;  // so that 0.1 + 0.1 + 0.1 reaches 0.3
    std::vector<double> result;
    for (std::int64_t i = 0;; ++i) {
      const double n = static_cast<double>(i);
      const double number = is_geometric() ? from_ * std::pow(step, n) : from_ + step * n;
      if (number > to_ + kSlack * std::abs(to_)) {
        return result;
      }
      if (i == kMostValues) {
        fail("the range has more than " + std::to_string(kMostValues) + " values");
      }
      result.push_back(number);
    }
  }

  void add(double number) {
    if (multiple_ > 0) {
      number = std::round(number / multiple_) * multiple_;
    }
    std::string text = shortest(number, range_) + suffix_;
    if (text == shortest(from_, range_) + suffix_) {
      text = range_.from;
    } else if (text == shortest(to_, range_) + suffix_) {
      text = range_.to;
    }
    if (values_.empty() || values_.back() != text) {
      values_.push_back(std::move(text));
    }
  }

  const ValueRange& range_;
  const SourceLine& where_;
  std::string suffix_;  ///< of `from`
  double from_ = 0;     ///< this and the others in the unit of `from`
  double to_ = 0;
  double multiple_ = 0;  ///< 0 for none
  std::vector<std::string> values_;
};

}  // namespace

std::vector<std::string> values_of(const ValueRange& range, const SourceLine& where) {
  return Expansion(range, where).values();
}

}  // namespace p9mmu::model
