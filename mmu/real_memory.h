// Simulated real memory: sparse, and big-endian bytes as in the machine, so that a table found here is a
// table a POWER9 would walk. It holds contents only: no timing, no line ownership (interconnect/), no
// atomicity beyond the simulator's own single thread.
//
// A guest of 496 GiB leaves a quarter of a million page tables behind of which only the first bytes are ever
// written, so presence is kept by 128-byte line: a directory of 16 MiB regions, in each an index of line
// numbers, the lines themselves in one block. A line never written costs nothing but its place in the index.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "mmu/address.h"

namespace p9mmu::mmu {

class RealMemory {
 public:
  /// Real addresses have at most this many bits; POWER9 implements fewer.
  static constexpr unsigned kAddressBits = 52;
  static constexpr unsigned kLineShift = 7;
  static constexpr std::uint64_t kLineBytes = std::uint64_t{1} << kLineShift;

  /// Memory of `size` bytes from address 0 on; what was never written reads as zero.
  explicit RealMemory(std::uint64_t size = std::uint64_t{1} << kAddressBits);
  RealMemory(RealMemory&&) noexcept = default;
  RealMemory& operator=(RealMemory&&) noexcept = default;
  ~RealMemory() = default;

  /// The big-endian double word at `address`, which is a multiple of 8; zero outside memory.
  [[nodiscard]] std::uint64_t read64(RealAddress address) const {
    const std::uint64_t raw = address.value();
    if ((raw & 7) != 0) [[unlikely]] {
      refuse("unaligned read", address);
    }
    const std::uint32_t* region = find_region(raw >> kRegionShift);
    return region == nullptr ? 0 : to_host(*word(region[line_in_region(raw)], raw));
  }

  /// Stores a big-endian double word at `address`, which is a multiple of 8 and inside memory.
  void write64(RealAddress address, std::uint64_t value) {
    const std::uint64_t raw = address.value();
    if ((raw & 7) != 0 || raw >= size_) [[unlikely]] {
      refuse("write", address);
    }
    std::uint32_t* region = find_region(raw >> kRegionShift);
    if (region == nullptr || region[line_in_region(raw)] == 0) [[unlikely]] {
      if (value == 0) {
        return;  // it reads as zero already
      }
      region = make_line(raw);
    }
    *word(region[line_in_region(raw)], raw) = to_host(value);
  }

  /// Copies the bytes at `address`, as they lie in memory; bytes outside memory are zero.
  void read(RealAddress address, std::span<std::byte> bytes) const;
  /// Stores bytes as they are; the range must be inside memory.
  void write(RealAddress address, std::span<const std::byte> bytes);

  /// Makes all of it read as zero again; what it has taken from the host stays, so that the next use is
  /// cheap.
  void clear();

  /// Whether all of the `bytes` bytes from `address` on are memory.
  [[nodiscard]] bool contains(RealAddress address, std::uint64_t bytes) const {
    return address.value() <= size_ && bytes <= size_ - address.value();
  }
  /// The same for the double word at `address`, which is a multiple of 8.
  [[nodiscard]] bool contains_word(RealAddress address) const { return address.value() < words_end_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Bytes of the lines that were ever written to.
  [[nodiscard]] std::uint64_t resident_bytes() const { return (lines_ - 1) * kLineBytes; }

 private:
  static constexpr unsigned kRegionShift = 24;
  static constexpr std::size_t kRegionLines = std::size_t{1} << (kRegionShift - kLineShift);
  static constexpr std::size_t kFirstLines = std::size_t{1} << 13;
  static constexpr std::size_t kLineWords = kLineBytes / 8;
  static constexpr std::uint64_t kNoRegion = ~std::uint64_t{0};

  struct Free {
    void operator()(void* block) const { std::free(block); }
  };
  /// calloc keeps untouched pages of a large block out of the resident set.
  template <typename T>
  using ZeroedArray = std::unique_ptr<T[], Free>;

  struct Slot {
    std::uint64_t number = kNoRegion;
    std::uint32_t* index = nullptr;
  };

  [[nodiscard]] static constexpr std::uint64_t to_host(std::uint64_t big_endian) {
    return std::endian::native == std::endian::big ? big_endian : __builtin_bswap64(big_endian);
  }
  [[nodiscard]] static constexpr std::size_t line_in_region(std::uint64_t raw) {
    return (raw >> kLineShift) & (kRegionLines - 1);
  }
  [[nodiscard]] std::uint64_t* word(std::uint32_t line, std::uint64_t raw) const {
    return &words_[std::size_t{line} * kLineWords + ((raw >> 3) & (kLineWords - 1))];
  }
  [[nodiscard]] std::size_t first_slot(std::uint64_t number) const {
    return static_cast<std::size_t>((number * 0x9E3779B97F4A7C15U) >> slot_shift_);
  }
  /// The region's index, or null. Open addressing; the directory is never more than half full.
  [[nodiscard]] std::uint32_t* find_region(std::uint64_t number) const {
    if (number == last_.number) {
      return last_.index;
    }
    for (std::size_t i = first_slot(number);; i = (i + 1) & (directory_.size() - 1)) {
      const Slot& slot = directory_[i];
      if (slot.number == number) {
        last_ = slot;
        return slot.index;
      }
      if (slot.number == kNoRegion) {
        return nullptr;
      }
    }
  }

  std::uint32_t* make_line(std::uint64_t raw);
  void grow();
  std::uint32_t* make_region(std::uint64_t number);
  void put_in_directory(Slot slot);
  [[noreturn]] void refuse(const char* what, RealAddress address) const;

  std::uint64_t size_;
  std::uint64_t words_end_;  ///< the size, down to a multiple of 8
  std::vector<Slot> directory_;
  unsigned slot_shift_;
  mutable Slot last_;  ///< walks stay in few regions, and a run writes one after the other
  std::vector<ZeroedArray<std::uint32_t>> regions_;
  ZeroedArray<std::uint64_t> words_;  ///< of all lines
  std::uint64_t capacity_ = kFirstLines;
  std::uint64_t lines_ = 1;  ///< line 0 is the zero line that absent ones read as
};

}  // namespace p9mmu::mmu
