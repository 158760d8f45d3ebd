// What a script has used of what it may use: memory through the allocator that Lua is given, work through the
// instruction hook and the library functions. Knows no Lua; who finds the budget spent stops the script.
#pragma once

#include <cstddef>
#include <cstdint>

namespace p9mmu::workloads {

class Budget {
 public:
  /// `work` is in Lua instructions.
  Budget(std::size_t memory_bytes, std::uint64_t work)
      : memory_limit_bytes_(memory_bytes), work_limit_(work), work_left_(work) {}

  /// Work counts from here on; until then the host sets itself up, which is not the script's.
  void begin() { counting_ = true; }

  /// One unit is a Lua instruction, or as much work as takes about as long. False when the budget is spent.
  bool charge(std::uint64_t work) {
    if (!counting_) {
      return true;
    }
    spent_ = spent_ || work > work_left_;
    work_left_ = spent_ ? 0 : work_left_ - work;
    return !spent_;
  }

  [[nodiscard]] bool spent() const { return spent_; }
  [[nodiscard]] std::uint64_t work_left() const { return work_left_; }
  [[nodiscard]] std::uint64_t work_limit() const { return work_limit_; }
  [[nodiscard]] std::size_t memory_limit_bytes() const { return memory_limit_bytes_; }
  [[nodiscard]] std::size_t memory_used_bytes() const { return memory_used_bytes_; }

  /// An allocator in the manner of lua_Alloc, `budget` being a Budget: null when the bound would be passed,
  /// and when the work is spent. Growth is charged as work, so that copying long strings cannot go on for
  /// ever.
  static void* reallocate(void* budget, void* block, std::size_t old_bytes, std::size_t new_bytes);

 private:
  std::size_t memory_limit_bytes_;
  std::size_t memory_used_bytes_ = 0;
  std::uint64_t work_limit_;
  std::uint64_t work_left_;
  bool counting_ = false;
  bool spent_ = false;
};

}  // namespace p9mmu::workloads
