// The random numbers of a run: xoshiro256** seeded through splitmix64, both by Blackman and Vigna. A stream
// depends on the run's seed and the stream's number only, never on time, address or library. Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace p9mmu::workloads {

class Random {
 public:
  /// Stream `stream` of `seed`; two streams have nothing to do with each other.
  Random(std::uint64_t seed, std::uint64_t stream) {
    std::uint64_t mixer = seed ^ mix(stream + 1);
    for (std::uint64_t& word : state_) {
      mixer += kGolden;
      word = mix(mixer);
    }
  }

  /// 64 random bits.
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), in steps of 2^-53.
  double real() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Uniform in [0, most].
  std::uint64_t below_or_equal(std::uint64_t most) {
    // The least mask that covers `most`; draws beyond it are thrown away, so that no value is favoured.
    const std::uint64_t mask = most == 0 ? 0 : ~std::uint64_t{0} >> std::countl_zero(most);
    std::uint64_t drawn = next() & mask;
    while (drawn > most) {
      drawn = next() & mask;
    }
    return drawn;
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace p9mmu::workloads
