// KVM's part in a guest's accesses: entering and leaving the guest, and the page faults that are the
// hypervisor's, HDSI and HISI, which map a page of the guest's memory as the host has it. Emulated devices,
// memory that is taken away from a guest, dirty logging and nested guests are not modelled.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/guest.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// The CPU's thread becomes a vCPU that runs in `guest`, or with null one that runs on the host.
Task<void> switch_guest(Cpu& cpu, const Guest* guest);

/// One access by a CPU that runs in the guest, with the page faults that the hypervisor handles. Returns the
/// translation that let it go on, or the interrupt that is for the guest's kernel. `context` must outlive it.
Task<mmu::Translation> access_in_guest(Kernel& kernel, Cpu& cpu, Guest& guest, const mmu::Context& context,
                                       mmu::Access kind, EffectiveAddress address);

}  // namespace p9mmu::workloads
