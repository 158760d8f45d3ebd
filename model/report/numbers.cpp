#include "model/report/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace p9mmu::model::report {
namespace {

/// Puts commas into the digits before the point, if any.
std::string with_commas(std::string text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  std::size_t place = std::min(text.find('.'), text.size());
  while (place > first + 3) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

}  // namespace

std::string grouped(std::int64_t number) {
  return with_commas(std::to_string(number));
}

std::string fixed(double number, int decimals) {
  if (!std::isfinite(number)) {
    return "?";
  }
  // The largest double has 309 digits before its point.
  std::array<char, 400> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                          std::chars_format::fixed, std::clamp(decimals, 0, 20));
  return error == std::errc() ? with_commas(std::string(buffer.data(), end)) : "?";
}

std::string significant(double number, int digits) {
  if (number == 0) {
    return "0";
  }
  const double size = std::abs(number);
  const int magnitude = std::isfinite(size) ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
  return fixed(number, std::max(0, digits - magnitude));
}

std::string paragraph(std::string_view first, std::string_view text) {
  std::string result;
  std::string line(first);
  bool empty = true;
  std::size_t place = 0;
  while ((place = text.find_first_not_of(" \n\t", place)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \n\t", place), text.size());
    const std::string_view word = text.substr(place, end - place);
    if (!empty && line.size() + 1 + word.size() > kTextWidth) {
      result += line + "\n";
      line.assign(first.size(), ' ');
      empty = true;
    }
    line += empty ? "" : " ";
    line += word;
    empty = false;
    place = end;
  }
  return result + line + "\n";
}

}  // namespace p9mmu::model::report
