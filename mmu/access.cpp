#include "mmu/access.h"

namespace p9mmu::mmu {

const char* name(Access access) {
  switch (access) {
    case Access::load:
      return "load";
    case Access::store:
      return "store";
    case Access::fetch:
      return "fetch";
    case Access::load_reserve:
      return "load and reserve";
    case Access::store_conditional:
      return "store conditional";
  }
  return "?";
}

const char* name(Interrupt interrupt) {
  switch (interrupt) {
    case Interrupt::none:
      return "none";
    case Interrupt::data_storage:
      return "DSI";
    case Interrupt::data_segment:
      return "DSegI";
    case Interrupt::instruction_storage:
      return "ISI";
    case Interrupt::instruction_segment:
      return "ISegI";
    case Interrupt::hypervisor_data_storage:
      return "HDSI";
    case Interrupt::hypervisor_instruction_storage:
      return "HISI";
  }
  return "?";
}

}  // namespace p9mmu::mmu
