// A load, store or fetch by a process of a guest, and what the guest's kernel does when it faults: it makes
// the page in the guest's memory, which may fault in turn, in the hypervisor (workloads/linux/kvm.h). The
// guest's kernel costs what the host's does. Copy on write, swapping, file mappings and what takes memory
// away are not modelled; an access outside every mapping, which would be a SIGSEGV, is a user's error.
#pragma once

#include "cpus/operations.h"
#include "workloads/linux/guest_mm.h"
#include "workloads/linux/kernel.h"

namespace p9mmu::workloads {

/// One access by a thread of `mm`, through the core's translation caches, with the page faults that it takes.
/// The CPU runs in the guest. Returns the translation that let it go on.
Task<mmu::Translation> access_guest_memory(Kernel& kernel, Cpu& cpu, GuestMm& mm, mmu::Access kind,
                                           EffectiveAddress address);

}  // namespace p9mmu::workloads
