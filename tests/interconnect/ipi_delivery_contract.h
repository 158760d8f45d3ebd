// What every IpiDelivery promises, whatever its timing.
#pragma once

#include "interconnect/ipi_controller.h"
#include "tests/support/random.h"
#include "tests/support/time_printing.h"

namespace p9mmu::interconnect::testing {

inline void check_ipi_delivery(const IpiDelivery& delivery, std::uint32_t cpus) {
  const std::uint32_t seed = GENERATE(1U, 2U);
  CAPTURE(seed);
  p9mmu::testing::Random random(seed);
  CHECK(delivery.accept() >= Time());
  for (int i = 0; i < 500; ++i) {
    const CpuId from(random.below(cpus));
    const CpuId to(random.below(cpus));
    const Time now = nanoseconds(random.below(1'000'000));
    const IpiSent sent = delivery.send(from, to, now);
    CAPTURE(from.value(), to.value(), now);
    REQUIRE(sent.sender_free >= now);
    REQUIRE(sent.pending >= sent.sender_free);
    // How long it takes does not depend on when, nor on what was sent before.
    const Time later(static_cast<std::int64_t>(random.below(1'000'000)));
    const IpiSent again = delivery.send(from, to, now + later);
    REQUIRE(again.sender_free == sent.sender_free + later);
    REQUIRE(again.pending == sent.pending + later);
  }
}

}  // namespace p9mmu::interconnect::testing
