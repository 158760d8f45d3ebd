// The interconnect as SystemC users look for it: modules, interfaces, ports. A hardware thread reaches the
// broadcast and the interrupt controller through these interfaces, so that another fabric can be plugged in.
// The modules only hold the plain objects (interconnect/tlbie_broadcast.h, interconnect/ipi_controller.h).
#pragma once

#include <memory>
#include <systemc>

#include "interconnect/ipi_controller.h"
#include "interconnect/tlbie_broadcast.h"
#include "interconnect/topology.h"

namespace p9mmu::interconnect {

/// What a hardware thread needs of the tlbie broadcast.
class TlbieFabricIf : public virtual sc_core::sc_interface, public TlbieTransport {};

/// What a hardware thread needs of the interrupt controller.
class IpiIf : public virtual sc_core::sc_interface, public IpiDelivery {};

class Fabric final : public sc_core::sc_module, public TlbieFabricIf {
 public:
  Fabric(const sc_core::sc_module_name& name, const TlbieParameters& parameters, const Topology& topology)
      : sc_module(name), broadcast_(parameters, topology) {}

  TlbieIssued tlbie(CpuId cpu, Time now) override { return broadcast_.tlbie(cpu, now); }
  void tlbsync(CpuId cpu, Time now) override { broadcast_.tlbsync(cpu, now); }
  Time ptesync(CpuId cpu, Time now, Time empty) override { return broadcast_.ptesync(cpu, now, empty); }
  [[nodiscard]] Time core_done(CoreId core) const override { return broadcast_.core_done(core); }
  [[nodiscard]] Time core_served(CoreId core) const override { return broadcast_.core_served(core); }

 private:
  TlbieBroadcast broadcast_;
};

class IpiController final : public sc_core::sc_module, public IpiIf {
 public:
  IpiController(const sc_core::sc_module_name& name, const IpiParameters& parameters)
      : sc_module(name), delivery_(make_ipi_delivery(parameters)) {}

  [[nodiscard]] IpiSent send(CpuId from, CpuId to, Time now) const override {
    return delivery_->send(from, to, now);
  }
  [[nodiscard]] Time accept() const override { return delivery_->accept(); }

 private:
  std::unique_ptr<IpiDelivery> delivery_;
};

}  // namespace p9mmu::interconnect
