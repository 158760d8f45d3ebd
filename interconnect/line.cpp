#include "interconnect/line.h"

namespace p9mmu::interconnect {
namespace {

Time scaled(Time time, double factor) {
  return Time(static_cast<std::int64_t>(static_cast<double>(time.ps()) * factor + 0.5));
}

}  // namespace

LineTransfers::LineTransfers(const LineParameters& parameters, const Topology& topology)
    : topology_(topology),
      by_distance_{parameters.l1_hit, parameters.l2_hit, scaled(parameters.same_chip, parameters.scale),
                   scaled(parameters.cross_chip, parameters.scale)},
      memory_(parameters.memory) {}

}  // namespace p9mmu::interconnect
