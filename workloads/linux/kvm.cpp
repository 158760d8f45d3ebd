#include "workloads/linux/kvm.h"

#include "mmu/check.h"
#include "workloads/linux/gup.h"
#include "workloads/linux/page.h"

namespace p9mmu::workloads {
namespace {

using cpus::Cause;
using cpus::Routine;

Task<void> leave_guest(Cpu& cpu) {
  const Routine routine(cpu, "kvmhv_p9_guest_entry");
  co_await cpu.execute(cpus::steps::Spend{cpu.system().parameters().guest.exit, Cause::guest_exit});
}

Task<void> enter_guest(Cpu& cpu) {
  const Routine routine(cpu, "kvmhv_p9_guest_entry");
  co_await cpu.execute(cpus::steps::Spend{cpu.system().parameters().guest.entry, Cause::guest_exit});
}

Task<void> kvmppc_create_pte(Cpu& cpu, Guest& guest, GuestRealAddress address) {
  const Routine routine(cpu, "kvmppc_create_pte");
  co_await cpu.spin_lock(guest.mmu_lock);
  if (!guest.maps(address)) {
    guest.map(address);
  }
  co_await cpu.spin_unlock(guest.mmu_lock);
}

/// The host's page is asked for to be written to, whatever the guest wanted, and held while it is mapped.
Task<void> kvmppc_book3s_instantiate_page(Kernel& kernel, Cpu& cpu, Guest& guest, GuestRealAddress address) {
  const Routine routine(cpu, "kvmppc_book3s_instantiate_page");
  const RealAddress page =
      co_await get_user_pages_fast(kernel, cpu, guest.host(), guest.host_address(address), true);
  co_await kvmppc_create_pte(cpu, guest, address);
  co_await put_page(cpu, kernel.pages(), page);
}

Task<void> kvmppc_book3s_radix_page_fault(Kernel& kernel, Cpu& cpu, Guest& guest, mmu::Fault fault) {
  const Routine routine(cpu, "kvmppc_book3s_radix_page_fault");
  ++cpu.system().counters().hypervisor_page_faults;
  co_await cpu.compute(kernel.parameters().kvm_page_fault);
  // What the tree maps, it maps for all accesses, R and C set; and the guest's tables name its memory only.
  P9MMU_CHECK((fault.syndrome & mmu::syndrome::kNoTranslation) != 0 &&
                  fault.guest_address.value() < guest.memory_bytes(),
              "syndrome " << fault.syndrome << " guest real address " << fault.guest_address.value());
  co_await kvmppc_book3s_instantiate_page(kernel, cpu, guest, fault.guest_address);
}

}  // namespace

Task<void> switch_guest(Cpu& cpu, const Guest* guest) {
  const mmu::Lpid lpid = guest == nullptr ? mmu::Lpid(0) : guest->lpid();
  mmu::Lpid& runs_in = cpu.current()->lpid;
  if (runs_in == lpid) {
    co_return;
  }
  if (runs_in != mmu::Lpid(0)) {
    co_await leave_guest(cpu);
  }
  if (guest != nullptr) {
    co_await enter_guest(cpu);
  }
  runs_in = lpid;
}

Task<mmu::Translation> access_in_guest(Kernel& kernel, Cpu& cpu, Guest& guest, const mmu::Context& context,
                                       mmu::Access kind, EffectiveAddress address) {
  for (;;) {
    const mmu::Translation translation = co_await cpu.access(kind, context, address);
    const mmu::Fault fault = translation.fault;
    if (fault.interrupt != mmu::Interrupt::hypervisor_data_storage &&
        fault.interrupt != mmu::Interrupt::hypervisor_instruction_storage) {
      co_return translation;
    }
    co_await leave_guest(cpu);
    co_await kvmppc_book3s_radix_page_fault(kernel, cpu, guest, fault);
    co_await enter_guest(cpu);
  }
}

}  // namespace p9mmu::workloads
