#include "interconnect/ipi_controller.h"

namespace p9mmu::interconnect {

std::unique_ptr<IpiDelivery> make_ipi_delivery(const IpiParameters& parameters) {
  if (parameters.controller == IpiControllerKind::xive) {
    return std::make_unique<XiveDelivery>(parameters);
  }
  return std::make_unique<DoorbellDelivery>(parameters);
}

}  // namespace p9mmu::interconnect
