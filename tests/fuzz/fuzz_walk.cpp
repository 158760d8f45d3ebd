// libFuzzer target: whatever lies in memory, a walk ends, reads nothing outside, and the bare walk, the
// caching MMU (cold and warm) and the reference answer the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "mmu/core_mmu.h"
#include "mmu/walk.h"
#include "tests/mmu/reference_mmu.h"

namespace {

using namespace p9mmu::mmu;

constexpr std::uint64_t kMemory = std::uint64_t{1} << 20;
constexpr std::size_t kHeaderWords = 4;

std::uint64_t word(const std::uint8_t* data, std::size_t i) {
  std::uint64_t value = 0;
  std::memcpy(&value, data + i * sizeof(value), sizeof(value));
  return value;
}

/// Mostly an entry that leads somewhere inside the small memory; what the input says otherwise.
std::uint64_t entry(std::uint64_t raw) {
  constexpr std::uint64_t kInside = 0xF000000000000FFF | (kMemory - 1);
  return (raw >> 56 & 7) != 0 ? raw & kInside : raw;
}

/// Memory that is kept from one input to the next, and zero again at its end: making a new one costs more
/// than all the walks.
class ScratchMemory {
 public:
  ScratchMemory() = default;
  ScratchMemory(const ScratchMemory&) = delete;
  ScratchMemory& operator=(const ScratchMemory&) = delete;
  ~ScratchMemory() {
    for (const RealAddress at : written_) {
      memory_.write64(at, 0);
    }
  }

  RealMemory& memory() { return memory_; }
  void write(RealAddress at, std::uint64_t value) {
    memory_.write64(at, value);
    written_.push_back(at);
  }

 private:
  static inline RealMemory memory_{kMemory};
  std::vector<RealAddress> written_;
};

/// Small, because a core is made for each input; the answers do not depend on it.
MmuParameters few_entries() {
  MmuParameters parameters;
  parameters.ierat_entries = parameters.derat_entries = 4;
  parameters.tlb_sets = 2;
  parameters.tlb_ways = 2;
  parameters.pwc_entries = 8;
  parameters.table_entry_cache = 4;
  return parameters;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t words = size / 8;
  if (words < kHeaderWords + 1) {
    return 0;
  }
  const std::uint64_t flags = word(data, 0);
  Context context;
  context.hypervisor = (flags & 1) != 0;
  context.problem_state = (flags & 2) != 0;
  context.data_relocation = (flags & 4) == 0;
  context.instruction_relocation = context.data_relocation;
  context.lpidr = Lpid(static_cast<std::uint32_t>(flags >> 8 & 3));
  context.pidr = Pid(static_cast<std::uint32_t>(flags >> 16 & 3));
  context.amr = flags >> 32 << 62;
  context.iamr = flags >> 34 << 62;
  context.ptcr.value = entry(word(data, 1));
  const EffectiveAddress ea(word(data, 2));
  const auto access = static_cast<Access>(word(data, 3) % 5);

  ScratchMemory scratch;
  std::uint64_t at = 0;
  for (std::size_t i = kHeaderWords; i < words; ++i) {
    // Words lie side by side; one with its lowest nibble set moves on to another place.
    const std::uint64_t raw = word(data, i);
    at = (raw & 0xF) == 0xF ? raw >> 8 & (kMemory - 8) : (at + 8) & (kMemory - 1);
    scratch.write(RealAddress(at & ~std::uint64_t{7}), entry(raw));
  }
  RealMemory& memory = scratch.memory();

  WalkTrace trace;
  const Walk walk = walk_access(memory, context, access, ea, RcUpdate::interrupt, trace);
  const Fault fault = make_fault(walk, access, ea);
  const auto expected = test::ReferenceMmu(memory, false).translate(context, access, ea.value());
  if (!(fault == expected.fault) || (walk.ok() && walk.address.value() != expected.real)) {
    std::abort();
  }
  CoreMmu core(few_entries(), 4);
  for (int i = 0; i < 2; ++i) {
    const Translation found = core.translate(0, access, context, ea, memory);
    if (!(found.fault == fault) || (walk.ok() && found.address != walk.address)) {
      std::abort();
    }
  }
  return 0;
}
