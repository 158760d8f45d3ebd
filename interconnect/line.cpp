#include "interconnect/line.h"

#include <cmath>

namespace p9mmu::interconnect {
namespace {

Time scaled(Time time, double factor) {
  return Time(std::llround(static_cast<double>(time.ps()) * factor));
}

}  // namespace

LineTransfers::LineTransfers(const LineParameters& parameters, const Topology& topology)
    : topology_(topology),
      by_distance_{parameters.l1_hit, parameters.l2_hit, scaled(parameters.same_chip, parameters.scale),
                   scaled(parameters.cross_chip, parameters.scale)},
      memory_(parameters.memory) {}

}  // namespace p9mmu::interconnect
