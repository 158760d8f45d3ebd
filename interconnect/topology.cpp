#include "interconnect/topology.h"

#include "mmu/check.h"

namespace p9mmu::interconnect {

Topology::Topology(const TopologyParameters& parameters)
    : chips_(parameters.chips),
      cores_per_chip_(parameters.cores_per_chip),
      cores_(parameters.cores()),
      threads_per_core_(parameters.threads_per_core) {
  P9MMU_CHECK(parameters.cpus() > 0, "chips " << chips_ << " cores_per_chip " << cores_per_chip_);
  // A chip with an odd number of cores has one that shares its L2 with nobody.
  const std::uint32_t pairs_per_chip = (cores_per_chip_ + 1) / 2;
  places_.reserve(parameters.cpus());
  for (std::uint32_t cpu = 0; cpu < parameters.cpus(); ++cpu) {
    const std::uint32_t core = cpu / threads_per_core_;
    const std::uint32_t chip = core / cores_per_chip_;
    const std::uint32_t pair = chip * pairs_per_chip + (core % cores_per_chip_) / 2;
    places_.push_back(Place{core, pair, chip});
  }
}

}  // namespace p9mmu::interconnect
