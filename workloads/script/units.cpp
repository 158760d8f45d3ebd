#include "workloads/script/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "mmu/error.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr std::uint64_t kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// More would overflow the power of ten, and no unit has a use for them.
constexpr std::size_t kMostFractionDigits = 18;

/// The longest text that is worth reading; a longer one is no quantity.
constexpr std::size_t kLongestText = 64;

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 12> kSizeUnits = {{{"", 1},
                                              {"B", 1},
                                              {"K", std::uint64_t{1} << 10},
                                              {"KiB", std::uint64_t{1} << 10},
                                              {"M", std::uint64_t{1} << 20},
                                              {"MiB", std::uint64_t{1} << 20},
                                              {"G", std::uint64_t{1} << 30},
                                              {"GiB", std::uint64_t{1} << 30},
                                              {"T", std::uint64_t{1} << 40},
                                              {"TiB", std::uint64_t{1} << 40},
                                              {"P", std::uint64_t{1} << 50},
                                              {"PiB", std::uint64_t{1} << 50}}};

constexpr std::array<Unit, 5> kTimeUnits = {
    {{"ps", 1}, {"ns", 1'000}, {"us", 1'000'000}, {"ms", 1'000'000'000}, {"s", 1'000'000'000'000}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string quoted(std::string_view text) {
  if (text.size() > kLongestText) {
    return "'" + std::string(text.substr(0, kLongestText)) + "...'";
  }
  return "'" + std::string(text) + "'";
}

/// The number that `digits` write, or nothing when it is too large.
std::optional<std::uint64_t> parse_digits(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (kMost - digit) / 10) {
      return std::nullopt;
    }
    number = number * 10 + digit;
  }
  return number;
}

/// `whole`.`fraction` times `unit`, or nothing when that is not an integer or too large.
std::optional<std::uint64_t> exact_product(std::string_view whole, std::string_view fraction,
                                           std::uint64_t unit) {
  while (!fraction.empty() && fraction.back() == '0') {
    fraction.remove_suffix(1);
  }
  const std::optional<std::uint64_t> integer = parse_digits(whole);
  const std::optional<std::uint64_t> numerator = parse_digits(fraction);
  if (!integer || !numerator || fraction.size() > kMostFractionDigits || *integer > kMost / unit) {
    return std::nullopt;
  }
  std::uint64_t denominator = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    denominator *= 10;
  }
  // numerator * unit / denominator, reduced first so that nothing overflows.
  const std::uint64_t common = std::gcd(unit, denominator);
  if (*numerator % (denominator / common) != 0) {
    return std::nullopt;
  }
  const std::uint64_t part = *numerator / (denominator / common) * (unit / common);
  const std::uint64_t product = *integer * unit;
  return part > kMost - product ? std::nullopt : std::optional(product + part);
}

template <std::size_t kUnits>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, kUnits>& units) {
  if (text.size() > kLongestText) {
    return std::nullopt;
  }
  const auto whole_end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto whole = text.substr(0, static_cast<std::size_t>(whole_end - text.begin()));
  std::string_view rest = text.substr(whole.size());
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    fraction = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    if (fraction.empty()) {
      return std::nullopt;
    }
    rest.remove_prefix(fraction.size());
  }
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.first == rest; });
  if (whole.empty() || unit == units.end()) {
    return std::nullopt;
  }
  return exact_product(whole, fraction, unit->second);
}

std::uint32_t parse_number(std::string_view digits, std::string_view list) {
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stop != end) {
    throw UserError(
        quoted(list) +
        " is not a list of CPUs; expected all, a range such as 0-63, a stride such as 0-127:4, or "
        "several with commas between");
  }
  return number;
}

/// Adds the CPUs of one element of a list: "8", "8-11" or "0-127:4".
void add_element(std::string_view element, std::string_view list, std::uint32_t machine_cpus,
                 std::set<std::uint32_t>& cpus) {
  std::uint32_t stride = 1;
  const std::size_t colon = element.find(':');
  const std::size_t dash = element.find('-');
  if (colon != std::string_view::npos) {
    if (dash == std::string_view::npos || dash > colon) {
      throw UserError(quoted(list) + ": a stride needs a range before it, such as 0-127:4");
    }
    stride = parse_number(element.substr(colon + 1), list);
    if (stride == 0) {
      throw UserError(quoted(list) + ": a stride is at least 1");
    }
    element = element.substr(0, colon);
  }
  const std::uint32_t first = parse_number(element.substr(0, dash), list);
  const std::uint32_t last =
      dash == std::string_view::npos ? first : parse_number(element.substr(dash + 1), list);
  if (first > last) {
    throw UserError(quoted(list) + ": the range " + std::to_string(first) + "-" + std::to_string(last) +
                    " runs backwards");
  }
  check_cpu(last, machine_cpus);
  for (std::uint64_t cpu = first; cpu <= last; cpu += stride) {
    cpus.insert(static_cast<std::uint32_t>(cpu));
  }
}

}  // namespace

std::uint64_t parse_size(std::string_view text) {
  const std::optional<std::uint64_t> size = parse_quantity(text, kSizeUnits);
  if (!size) {
    throw UserError(quoted(text) +
                    " is not a size; expected a number with a unit such as 64K, 2MiB, 496GiB or 1TiB");
  }
  return *size;
}

interconnect::Time parse_time(std::string_view text) {
  const std::optional<std::uint64_t> ps = parse_quantity(text, kTimeUnits);
  if (!ps) {
    throw UserError(quoted(text) +
                    " is not a time; expected a number with a unit such as 200ns, 10us, 1.5ms or 2s");
  }
  return interconnect::Time(static_cast<std::int64_t>(*ps));
}

void check_cpu(std::int64_t cpu, std::uint32_t machine_cpus) {
  if (cpu < 0 || cpu >= machine_cpus) {
    throw UserError("there is no CPU " + std::to_string(cpu) + "; the machine has " +
                    std::to_string(machine_cpus) + " CPUs, 0 to " + std::to_string(machine_cpus - 1));
  }
}

std::vector<std::uint32_t> parse_cpu_list(std::string_view text, std::uint32_t machine_cpus) {
  std::set<std::uint32_t> cpus;
  if (text == "all") {
    add_element("0-" + std::to_string(machine_cpus - 1), text, machine_cpus, cpus);
    return {cpus.begin(), cpus.end()};
  }
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    add_element(rest.substr(0, comma), text, machine_cpus, cpus);
    if (comma == std::string_view::npos) {
      return {cpus.begin(), cpus.end()};
    }
    rest.remove_prefix(comma + 1);
  }
}

mmu::PageSize parse_page_size(std::string_view text) {
  for (const mmu::PageSize size :
       {mmu::PageSize::k4K, mmu::PageSize::k64K, mmu::PageSize::k2M, mmu::PageSize::k1G}) {
    if (text == mmu::name(size)) {
      return size;
    }
  }
  throw UserError(quoted(text) + " is not a page size; expected 4K, 64K, 2M or 1G");
}

}  // namespace p9mmu::workloads
