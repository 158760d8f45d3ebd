#include "mmu/real_memory.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "mmu/check.h"

namespace p9mmu::mmu {
namespace {

constexpr std::size_t kFirstDirectorySlots = 64;

template <typename T>
T* zeroed(std::size_t count) {
  void* block = std::calloc(count, sizeof(T));
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return static_cast<T*>(block);
}

}  // namespace

RealMemory::RealMemory(std::uint64_t size)
    : size_(size),
      words_end_(size & ~std::uint64_t{7}),
      directory_(kFirstDirectorySlots),
      slot_shift_(64 - static_cast<unsigned>(std::countr_zero(kFirstDirectorySlots))),
      words_(zeroed<std::uint64_t>(kFirstLines * kLineWords)) {
  P9MMU_CHECK(size <= std::uint64_t{1} << kAddressBits, "size " << size);
}

void RealMemory::refuse(const char* what, RealAddress address) const {
  check_failed(what, __FILE__, __LINE__,
               "address " + std::to_string(address.value()) + " of " + std::to_string(size_) + " bytes");
}

void RealMemory::put_in_directory(Slot slot) {
  std::size_t i = first_slot(slot.number);
  while (directory_[i].number != kNoRegion) {
    i = (i + 1) & (directory_.size() - 1);
  }
  directory_[i] = slot;
}

std::uint32_t* RealMemory::make_region(std::uint64_t number) {
  if ((regions_.size() + 1) * 2 > directory_.size()) {
    const std::vector<Slot> before = std::exchange(directory_, std::vector<Slot>(directory_.size() * 2));
    --slot_shift_;
    for (const Slot& slot : before) {
      if (slot.number != kNoRegion) {
        put_in_directory(slot);
      }
    }
  }
  regions_.emplace_back(zeroed<std::uint32_t>(kRegionLines));
  put_in_directory(Slot{number, regions_.back().get()});
  return regions_.back().get();
}

std::uint32_t* RealMemory::make_line(std::uint64_t raw) {
  std::uint32_t* region = find_region(raw >> kRegionShift);
  if (region == nullptr) {
    region = make_region(raw >> kRegionShift);
  }
  std::uint32_t& line = region[line_in_region(raw)];
  if (line == 0) {
    P9MMU_CHECK(lines_ < std::numeric_limits<std::uint32_t>::max(), "lines " << lines_);
    if (lines_ == capacity_) {
      grow();
    }
    line = static_cast<std::uint32_t>(lines_++);
    std::fill_n(word(line, 0), kLineWords, std::uint64_t{0});
  }
  return region;
}

/// The host's library moves a large block by mapping it elsewhere, so that nothing is copied, and what is not
/// used yet is not resident.
void RealMemory::grow() {
  void* block = std::realloc(words_.get(), 2 * capacity_ * kLineBytes);
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  static_cast<void>(words_.release());
  words_.reset(static_cast<std::uint64_t*>(block));
  capacity_ *= 2;
}

void RealMemory::clear() {
  for (std::uint64_t line = 1; line < lines_; ++line) {
    std::fill_n(word(static_cast<std::uint32_t>(line), 0), kLineWords, std::uint64_t{0});
  }
}

void RealMemory::read(RealAddress address, std::span<std::byte> bytes) const {
  std::uint64_t raw = address.value();
  while (!bytes.empty()) {
    const std::size_t in_line = raw & (kLineBytes - 1);
    const std::size_t count = std::min<std::size_t>(bytes.size(), kLineBytes - in_line);
    const std::uint32_t* region = find_region(raw >> kRegionShift);
    const std::uint32_t line = region == nullptr ? 0 : region[line_in_region(raw)];
    const auto* from = reinterpret_cast<const std::byte*>(word(line, raw - in_line));
    std::memcpy(bytes.data(), from + in_line, count);
    bytes = bytes.subspan(count);
    raw += count;
  }
}

void RealMemory::write(RealAddress address, std::span<const std::byte> bytes) {
  P9MMU_CHECK(contains(address, bytes.size()), "address " << address.value() << " bytes " << bytes.size());
  std::uint64_t raw = address.value();
  while (!bytes.empty()) {
    const std::size_t in_line = raw & (kLineBytes - 1);
    const std::size_t count = std::min<std::size_t>(bytes.size(), kLineBytes - in_line);
    const auto* part = bytes.data();
    const bool all_zero = std::all_of(part, part + count, [](std::byte b) { return b == std::byte{0}; });
    const std::uint32_t* region = find_region(raw >> kRegionShift);
    const bool absent = region == nullptr || region[line_in_region(raw)] == 0;
    if (!(all_zero && absent)) {
      const std::uint32_t line = make_line(raw)[line_in_region(raw)];
      std::memcpy(reinterpret_cast<std::byte*>(word(line, raw - in_line)) + in_line, part, count);
    }
    bytes = bytes.subspan(count);
    raw += count;
  }
}

}  // namespace p9mmu::mmu
