// What brings an interrupt from one CPU to another, as plain computation. Two ways, one contract: doorbells
// (msgsnd), which POWER9 hosts use, and XIVE, which they fall back to. What the target does then is the
// kernel's and not modelled here.
#pragma once

#include <memory>

#include "interconnect/ids.h"
#include "interconnect/parameters.h"
#include "interconnect/time.h"

namespace p9mmu::interconnect {

/// One interrupt on its way.
struct IpiSent {
  Time sender_free;  ///< the sending instruction is done
  Time pending;      ///< the target's core presents the interrupt
};

/// The contract: `sender_free` and `pending` are never before `now`, and how long after it depends on the two
/// CPUs alone; so interrupts of one CPU to one target are presented in their order, and targets share
/// nothing.
class IpiDelivery {
 public:
  virtual ~IpiDelivery() = default;
  [[nodiscard]] virtual IpiSent send(CpuId from, CpuId to, Time now) const = 0;
  /// What the target spends on acknowledging one interrupt and ending it, over the handler itself.
  [[nodiscard]] virtual Time accept() const = 0;
};

/// msgsnd to any thread of the system; the doorbell is cleared by taking the interrupt.
class DoorbellDelivery final : public IpiDelivery {
 public:
  explicit DoorbellDelivery(const IpiParameters& p) : issue_(p.msgsnd_issue), delivery_(p.msgsnd_delivery) {}
  [[nodiscard]] IpiSent send(CpuId, CpuId, Time now) const override {
    return IpiSent{now + issue_, now + issue_ + delivery_};
  }
  [[nodiscard]] Time accept() const override { return Time(); }

 private:
  Time issue_;
  Time delivery_;
};

/// A store to the target's trigger page; the target reads the cause and ends the interrupt by MMIO.
class XiveDelivery final : public IpiDelivery {
 public:
  explicit XiveDelivery(const IpiParameters& p)
      : trigger_(p.xive_trigger), delivery_(p.xive_delivery), accept_(p.xive_accept) {}
  [[nodiscard]] IpiSent send(CpuId, CpuId, Time now) const override {
    return IpiSent{now + trigger_, now + trigger_ + delivery_};
  }
  [[nodiscard]] Time accept() const override { return accept_; }

 private:
  Time trigger_;
  Time delivery_;
  Time accept_;
};

/// The controller that the parameters name.
[[nodiscard]] std::unique_ptr<IpiDelivery> make_ipi_delivery(const IpiParameters& parameters);

}  // namespace p9mmu::interconnect
