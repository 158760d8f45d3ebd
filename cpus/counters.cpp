#include "cpus/counters.h"

namespace p9mmu::cpus {

Counters difference(const Counters& end, const Counters& begin) {
  static_assert(sizeof(Counters) % sizeof(std::int64_t) == 0, "counters are whole numbers and nothing else");
  Counters result;
  const auto* from = reinterpret_cast<const std::int64_t*>(&begin);
  const auto* to = reinterpret_cast<const std::int64_t*>(&end);
  auto* out = reinterpret_cast<std::int64_t*>(&result);
  for (std::size_t i = 0; i < sizeof(Counters) / sizeof(std::int64_t); ++i) {
    out[i] = to[i] - from[i];
  }
  return result;
}

}  // namespace p9mmu::cpus
