#include "interconnect/ipi_controller.h"

#include "tests/interconnect/ipi_delivery_contract.h"

using namespace p9mmu::interconnect;

namespace {

IpiParameters parameters(IpiControllerKind kind) {
  return IpiParameters{
      kind, nanoseconds(5), nanoseconds(150), nanoseconds(50), nanoseconds(400), nanoseconds(600)};
}

}  // namespace

TEST_CASE("both controllers keep the contract of IPI delivery") {
  const auto kind = GENERATE(IpiControllerKind::doorbell, IpiControllerKind::xive);
  testing::check_ipi_delivery(*make_ipi_delivery(parameters(kind)), 128);
}

TEST_CASE("a doorbell is pending its delivery after msgsnd and costs the target nothing more") {
  const auto delivery = make_ipi_delivery(parameters(IpiControllerKind::doorbell));
  const IpiSent sent = delivery->send(CpuId(0), CpuId(1), nanoseconds(1000));
  CHECK(sent.sender_free == nanoseconds(1005));
  CHECK(sent.pending == nanoseconds(1155));
  CHECK(delivery->accept() == Time());
}

TEST_CASE("XIVE takes longer to present an interrupt, which the target must acknowledge and end") {
  const auto delivery = make_ipi_delivery(parameters(IpiControllerKind::xive));
  const IpiSent sent = delivery->send(CpuId(0), CpuId(1), nanoseconds(1000));
  CHECK(sent.sender_free == nanoseconds(1050));
  CHECK(sent.pending == nanoseconds(1450));
  CHECK(delivery->accept() == nanoseconds(600));
}
