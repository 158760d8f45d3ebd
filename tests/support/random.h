// Seeded numbers for property tests, the same on every platform.
#pragma once

#include <cstdint>
#include <random>

namespace p9mmu::testing {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  /// From 0 to `count` - 1.
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(engine_() % count); }

 private:
  std::mt19937 engine_;
};

}  // namespace p9mmu::testing
