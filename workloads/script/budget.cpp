#include "workloads/script/budget.h"

#include <cstdlib>

namespace p9mmu::workloads {
namespace {

/// Bytes that are allocated and filled in about the time of one Lua instruction.
constexpr std::size_t kBytesPerInstruction = 16;

}  // namespace

void* Budget::reallocate(void* budget, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  Budget& self = *static_cast<Budget*>(budget);
  if (block == nullptr) {
    old_bytes = 0;  // Lua passes the kind of object here.
  }
  if (new_bytes == 0) {
    std::free(block);
    self.memory_used_bytes_ -= old_bytes;
    return nullptr;
  }
  if (new_bytes > old_bytes) {
    const std::size_t growth = new_bytes - old_bytes;
    if (growth > self.memory_limit_bytes_ - self.memory_used_bytes_ ||
        !self.charge(growth / kBytesPerInstruction)) {
      return nullptr;
    }
  }
  void* const moved = std::realloc(block, new_bytes);
  if (moved == nullptr) {
    return nullptr;
  }
  self.memory_used_bytes_ += new_bytes;
  self.memory_used_bytes_ -= old_bytes;
  return moved;
}

}  // namespace p9mmu::workloads
