// Who accesses memory and how: the machine state that translation depends on, and the fault that it may
// answer with. A fault is a value here; delivering the interrupt is the hardware thread's business (cpus/).
#pragma once

#include <cstdint>

#include "mmu/address.h"
#include "mmu/table_entries.h"

namespace p9mmu::mmu {

/// The last two are the accesses that need memory: larx and stcx., and with the same rules lq and stq, AMOs,
/// copy and paste.
enum class Access : std::uint8_t { load, store, fetch, load_reserve, store_conditional };

[[nodiscard]] const char* name(Access access);
[[nodiscard]] constexpr bool is_store(Access access) {
  return access == Access::store || access == Access::store_conditional;
}
[[nodiscard]] constexpr bool needs_memory(Access access) {
  return access >= Access::load_reserve;
}

/// The registers of a hardware thread that decide what an effective address means.
struct Context {
  bool hypervisor = true;              ///< MSR[HV]
  bool problem_state = false;          ///< MSR[PR]
  bool instruction_relocation = true;  ///< MSR[IR]
  bool data_relocation = true;         ///< MSR[DR]
  Lpid lpidr;
  Pid pidr;
  PartitionTableControl ptcr;
  std::uint64_t amr = 0;    ///< key 0 alone matters in radix mode: bits 0:1
  std::uint64_t iamr = 0;   ///< key 0 alone matters: bit 1
  std::uint64_t hrmor = 0;  ///< hypervisor real mode offset

  /// Key 0 of AMR and IAMR: what a privileged access may not do to a page that is not privileged.
  static constexpr std::uint64_t kNoWrite = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kNoRead = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kNoExecute = std::uint64_t{1} << 62;
  [[nodiscard]] constexpr bool key_denies(Access access) const {
    return access == Access::fetch ? (iamr & kNoExecute) != 0
                                   : (amr & (is_store(access) ? kNoWrite : kNoRead)) != 0;
  }
};

/// The interrupt that a translation ends in.
enum class Interrupt : std::uint8_t {
  none,
  data_storage,                    ///< DSI: DSISR, DAR
  data_segment,                    ///< DAR
  instruction_storage,             ///< ISI: SRR1
  instruction_segment,             ///< nothing but SRR0
  hypervisor_data_storage,         ///< HDSI: HDSISR, HDAR, ASDR
  hypervisor_instruction_storage,  ///< HISI: HSRR1, ASDR
};

[[nodiscard]] const char* name(Interrupt interrupt);

/// Bits of DSISR and HDSISR, and of SRR1 and HSRR1 on the instruction side.
namespace syndrome {
inline constexpr std::uint32_t kNoTranslation = 0x40000000;
inline constexpr std::uint32_t kAttributeConflict = 0x20000000;
inline constexpr std::uint32_t kNoExecuteOrGuarded = 0x10000000;  ///< instruction side only
inline constexpr std::uint32_t kProtection = 0x08000000;
inline constexpr std::uint32_t kBadAccess = 0x04000000;  ///< needs_memory(), at I/O
inline constexpr std::uint32_t kStore = 0x02000000;      ///< data side only
inline constexpr std::uint32_t kKey = 0x00200000;        ///< hash mode's keys; radix reports kProtection
inline constexpr std::uint32_t kUnsupportedConfiguration = 0x00080000;
inline constexpr std::uint32_t kReferenceOrChange = 0x00040000;  ///< R or C must be set
inline constexpr std::uint32_t kTableAccess = 0x00020000;        ///< on the way to a process or guest table
}  // namespace syndrome

struct Fault {
  Interrupt interrupt = Interrupt::none;
  std::uint32_t syndrome = 0;      ///< DSISR, HDSISR, or the bits of SRR1, HSRR1
  EffectiveAddress address;        ///< DAR, HDAR; for a fetch the address of the instruction
  GuestRealAddress guest_address;  ///< ASDR, of a hypervisor storage interrupt

  [[nodiscard]] bool raised() const { return interrupt != Interrupt::none; }
  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace p9mmu::mmu
