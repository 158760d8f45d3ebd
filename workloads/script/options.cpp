#include "workloads/script/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "mmu/error.h"
#include "workloads/script/units.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

template <typename Number>
Number parse_whole(std::string_view text, const char* expected) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || text.empty()) {
    throw UserError("'" + std::string(text) + "' is not " + expected);
  }
  return number;
}

double parse_finite(std::string_view text) {
  const auto number = parse_whole<double>(text, "a number");
  if (!std::isfinite(number)) {
    throw UserError("'" + std::string(text) + "' is not a finite number");
  }
  return number;
}

bool parse_boolean(std::string_view text) {
  if (text != "true" && text != "false") {
    throw UserError("'" + std::string(text) + "' is not a boolean; expected true or false");
  }
  return text == "true";
}

std::string parse_choice(std::string_view text, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) {
    return std::string(text);
  }
  std::string listed;
  for (const std::string& choice : choices) {
    listed += (listed.empty() ? "" : ", ") + choice;
  }
  throw UserError("'" + std::string(text) + "' is none of " + listed + mmu::did_you_mean(text, choices));
}

OptionValue parse_value(const OptionDeclared& option, std::string_view text, std::uint32_t machine_cpus) {
  switch (option.type) {
    case OptionType::integer:
      return parse_whole<std::int64_t>(text, "an integer");
    case OptionType::number:
      return parse_finite(text);
    case OptionType::boolean:
      return parse_boolean(text);
    case OptionType::string:
      return std::string(text);
    case OptionType::size:
      return static_cast<std::int64_t>(parse_size(text));
    case OptionType::choice:
      return parse_choice(text, option.choices);
    case OptionType::cpus:
      return parse_cpu_list(text, machine_cpus);
  }
  return std::string(text);
}

}  // namespace

const char* name(OptionType type) {
  switch (type) {
    case OptionType::integer:
      return "integer";
    case OptionType::number:
      return "number";
    case OptionType::boolean:
      return "boolean";
    case OptionType::string:
      return "string";
    case OptionType::size:
      return "size";
    case OptionType::choice:
      return "choice";
    case OptionType::cpus:
      return "cpus";
  }
  return "?";
}

OptionValue parse_option(const OptionDeclared& option, std::string_view text, std::uint32_t machine_cpus) {
  try {
    return parse_value(option, text, machine_cpus);
  } catch (const UserError& error) {
    throw UserError("option '" + option.name + "': " + error.what());
  }
}

}  // namespace p9mmu::workloads
