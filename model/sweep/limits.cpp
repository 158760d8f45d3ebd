#include "model/sweep/limits.h"

#include <algorithm>
#include <charconv>

#include "mmu/error.h"
#include "workloads/script/units.h"

namespace p9mmu::model {

using mmu::UserError;

double parse_time_limit(const std::string& text, const SourceLine& where) {
  double number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const std::size_t unit_at = text.find_first_not_of(' ', static_cast<std::size_t>(end - text.data()));
  const std::string unit = unit_at == std::string::npos ? "" : text.substr(unit_at);
  const double factor = unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  constexpr double kLongest = 1e7;
  if (error != std::errc() || !(number * factor > 0) || number * factor > kLongest) {
    throw UserError(where.file, where.line,
                    "'" + text + "' is not a time limit; expected one such as 30s, 5min or 2h");
  }
  return number * factor;
}

std::uint64_t parse_memory_limit(const std::string& text, const SourceLine& where) {
  std::string dense = text;
  dense.erase(std::remove(dense.begin(), dense.end(), ' '), dense.end());
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 20;
  try {
    const std::uint64_t bytes = workloads::parse_size(dense);
    if (bytes < kLeast) {
      throw UserError("too little");
    }
    return bytes;
  } catch (const UserError&) {
    throw UserError(where.file, where.line,
                    "'" + text + "' is not a memory limit; expected one of at least 64MiB, such as 2GiB");
  }
}

}  // namespace p9mmu::model
