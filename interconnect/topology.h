// Where every CPU sits: its core, the pair of cores that shares an L2, its chip. Pure arithmetic on the
// parameters; how long a distance takes is interconnect/line.h's.
#pragma once

#include <cstdint>
#include <vector>

#include "interconnect/ids.h"
#include "interconnect/parameters.h"

namespace p9mmu::interconnect {

/// How far a line has to travel between two CPUs.
enum class Distance : std::uint8_t { same_core, same_pair, same_chip, cross_chip };
inline constexpr std::size_t kDistances = 4;

class Topology {
 public:
  explicit Topology(const TopologyParameters& parameters);

  [[nodiscard]] std::uint32_t cpus() const { return static_cast<std::uint32_t>(places_.size()); }
  [[nodiscard]] std::uint32_t cores() const { return cores_; }
  [[nodiscard]] std::uint32_t chips() const { return chips_; }
  [[nodiscard]] std::uint32_t threads_per_core() const { return threads_per_core_; }

  [[nodiscard]] CoreId core_of(CpuId cpu) const { return CoreId(places_[cpu.value()].core); }
  [[nodiscard]] ChipId chip_of(CpuId cpu) const { return ChipId(places_[cpu.value()].chip); }
  [[nodiscard]] ChipId chip_of(CoreId core) const { return ChipId(core.value() / cores_per_chip_); }
  [[nodiscard]] std::uint32_t thread_of(CpuId cpu) const { return cpu.value() % threads_per_core_; }

  [[nodiscard]] Distance distance(CpuId a, CpuId b) const {
    const Place& here = places_[a.value()];
    const Place& there = places_[b.value()];
    if (here.core == there.core) {
      return Distance::same_core;
    }
    if (here.pair == there.pair) {
      return Distance::same_pair;
    }
    return here.chip == there.chip ? Distance::same_chip : Distance::cross_chip;
  }

 private:
  struct Place {
    std::uint32_t core;
    std::uint32_t pair;
    std::uint32_t chip;
  };

  std::uint32_t chips_;
  std::uint32_t cores_per_chip_;
  std::uint32_t cores_;
  std::uint32_t threads_per_core_;
  std::vector<Place> places_;
};

}  // namespace p9mmu::interconnect
