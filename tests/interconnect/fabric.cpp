#include "interconnect/fabric.h"

#include "interconnect/sc_time_conversion.h"
#include "tests/interconnect/ipi_delivery_contract.h"
#include "tests/interconnect/tlbie_transport_contract.h"

using namespace p9mmu::interconnect;

TEST_CASE("the fabric module keeps the contract of a tlbie transport") {
  const Topology topology({2, 4, 2});
  const TlbieParameters parameters{nanoseconds(370), nanoseconds(60), nanoseconds(35), nanoseconds(63), 4, 6};
  Fabric fabric(sc_core::sc_module_name(sc_core::sc_gen_unique_name("fabric")), parameters, topology);
  testing::check_tlbie_transport(fabric, topology, 7);
}

TEST_CASE("the IPI controller module keeps the contract of IPI delivery") {
  const auto kind = GENERATE(IpiControllerKind::doorbell, IpiControllerKind::xive);
  const IpiParameters parameters{
      kind, nanoseconds(5), nanoseconds(150), nanoseconds(50), nanoseconds(400), nanoseconds(600)};
  const IpiController controller(sc_core::sc_module_name(sc_core::sc_gen_unique_name("ipi")), parameters);
  testing::check_ipi_delivery(controller, 128);
}

TEST_CASE("a time goes to SystemC and comes back unchanged") {
  const Time time = GENERATE(Time(), Time(1), nanoseconds(370), microseconds(82'150'000));
  CHECK(from_sc_time(to_sc_time(time)) == time);
  CHECK(to_sc_time(time).to_seconds() == Approx(static_cast<double>(time.ps()) * 1e-12));
}
