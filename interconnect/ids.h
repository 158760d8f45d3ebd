// The ids of what a machine consists of. CPU is Linux's word: one hardware thread. Ids are dense and count
// from 0 through the machine: thread, core, pair of cores, chip.
#pragma once

#include <cstdint>

#include "mmu/strong.h"

namespace p9mmu::interconnect {

using CpuId = mmu::Strong<struct CpuIdTag, std::uint32_t>;
using CoreId = mmu::Strong<struct CoreIdTag, std::uint32_t>;
using ChipId = mmu::Strong<struct ChipIdTag, std::uint32_t>;

}  // namespace p9mmu::interconnect
